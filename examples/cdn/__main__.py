"""`python -m examples.cdn` serves the Gazette on this machine, with nginx in front."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
GREETING = """
  The Gazette is at http://127.0.0.1:{port}/, behind nginx.

    1. Load it twice: the edition's number stays, because nginx has kept the page (X-Cache: HIT).
    2. Accept in one browser and look again in another: the page is the same, and only the first one plays the film.
    3. /_ck/state answers each reader, and is never kept.

  Stop with Ctrl+C.
"""


@contextlib.contextmanager
def serving(port: int, folder: Path, certificate: Path | None = None) -> Iterator[None]:
    """The app, and nginx in front of it on a port, with TLS if there is a certificate (with its key)."""
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if nginx is None:
        raise RuntimeError(
            "this example needs nginx: install it (Debian, Ubuntu: apt install nginx; macOS: brew install nginx)"
        )
    # A socket that listens already goes to the app, so that nobody takes its port in between.
    with socket.create_server(("127.0.0.1", 0)) as listening, contextlib.ExitStack() as stack:
        tls = f" ssl; ssl_certificate {certificate}; ssl_certificate_key {certificate}" if certificate else ""
        words = {"folder": str(folder), "port": str(port), "app": str(listening.getsockname()[1]), "tls": tls}
        text = (HERE / "nginx.conf").read_text(encoding="utf-8")
        for name, value in words.items():
            text = text.replace(f"@{name}@", value)
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        number = listening.fileno()
        environment = {"GAZETTE_FOLDER": str(folder), "GAZETTE_INSECURE_DEV": "0" if tls else "1", **os.environ}
        app = [sys.executable, "-m", "uvicorn", "examples.cdn.app:app", "--fd", str(number), "--log-level", "warning",
               "--proxy-headers", "--forwarded-allow-ips", "127.0.0.1"]  # fmt: skip
        commands = (app, [nginx, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")])
        for command in commands:
            process = subprocess.Popen(command, cwd=HERE.parents[1], env=environment, pass_fds=[number])
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m examples.cdn", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    with tempfile.TemporaryDirectory() as folder, serving(port, Path(folder)), contextlib.suppress(KeyboardInterrupt):
        print(GREETING.format(port=port), flush=True)  # noqa: T201
        stop, _ = socket.socketpair()
        stop.recv(1)


if __name__ == "__main__":
    main()
