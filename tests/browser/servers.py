"""The example site in real server processes, with TLS, as a visitor's browser would meet it."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.client import HTTPSConnection
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 40.0  # a slow machine with every core busy


def command(driver: str, listening: int, certificate: Path) -> list[str]:
    """How the site is served on a listening socket: uvicorn for ASGI, gunicorn with two workers for WSGI."""
    if driver == "asgi":
        return ["-m", "uvicorn", "--factory", "examples.brightwash.app:from_environment", "--fd", str(listening),
                "--ssl-certfile", str(certificate), "--ssl-keyfile", str(certificate), "--log-level", "warning"]  # fmt: skip
    return ["-m", "gunicorn", "examples.brightwash.wsgi:from_environment()", "--bind", f"fd://{listening}",
            "--certfile", str(certificate), "--keyfile", str(certificate), "--workers", "2", "--threads", "4",
            "--log-level", "warning"]  # fmt: skip


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(driver: str, certificate: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """Start the site and give its port; what it printed is shown if it does not come up, or is gone in the end.

    The server is given a socket that listens already: nobody else can take its port in between.
    """
    log = folder / "server.log"
    settings = {**os.environ, "BRIGHTWASH_FOLDER": str(folder), **environment}
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening, log.open("wb") as out:
        port = int(listening.getsockname()[1])
        arguments = [sys.executable, *command(driver, listening.fileno(), certificate)]
        process = subprocess.Popen(arguments, cwd=PROJECT, env=settings, pass_fds=[listening.fileno()],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)  # fmt: skip
    try:
        wait_for_answer(port)
        yield port
        if process.poll() is not None:
            raise RuntimeError(f"the {driver} server has ended with status {process.returncode}:\n{log.read_text()}")
    except OSError as error:
        raise RuntimeError(f"the {driver} server does not answer:\n{log.read_text()}") from error
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def wait_for_answer(port: int) -> None:
    """Wait until the server answers a request.

    Raises:
        OSError: if it does not.
    """
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = HTTPSConnection("127.0.0.1", port, timeout=START_SECONDS, context=context)
    with contextlib.closing(connection):
        connection.request("GET", "/static/drop.svg")
        connection.getresponse().read()
