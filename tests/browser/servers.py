"""The example site in real server processes, with TLS, as a visitor's browser would meet it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 40.0  # a slow machine with every core busy


def command(driver: str, port: int, certificate: Path) -> list[str]:
    """How the site is served: uvicorn for ASGI, gunicorn with two workers for WSGI."""
    if driver == "asgi":
        return ["-m", "uvicorn", "--factory", "examples.brightwash.app:from_environment", "--port", str(port),
                "--ssl-certfile", str(certificate), "--ssl-keyfile", str(certificate), "--log-level", "warning"]  # fmt: skip
    return ["-m", "gunicorn", "examples.brightwash.wsgi:from_environment()", "--bind", f"127.0.0.1:{port}",
            "--certfile", str(certificate), "--keyfile", str(certificate), "--workers", "2", "--threads", "4",
            "--log-level", "warning"]  # fmt: skip


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(driver: str, certificate: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """Start the site and give its port; what it printed is shown if it does not come up."""
    port, log = free_port(), folder / "server.log"
    settings = {**os.environ, "BRIGHTWASH_FOLDER": str(folder), **environment}
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, *command(driver, port, certificate)], cwd=PROJECT, env=settings,
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=out)  # fmt: skip
    try:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        else:
            raise RuntimeError(f"the {driver} server did not start:\n{log.read_text()}")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)
