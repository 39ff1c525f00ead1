"""The examples in real server processes, as a visitor's browser would meet them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0  # a slow machine with every core busy


# Each example: the server that it is started with, and what that server is told.
APPS = {
    "asgi": ("uvicorn", ["--factory", "examples.brightwash.app:from_environment"]),
    "wsgi": ("gunicorn", ["examples.brightwash.wsgi:from_environment()", "--workers", "2"]),
    "flask": ("gunicorn", ["examples.brightwash_flask:create_app()", "--workers", "2"]),
    "django": ("gunicorn", ["examples.brightwash_django.wsgi", "--workers", "2"]),
    "django-asgi": ("uvicorn", ["examples.brightwash_django.asgi:application"]),
    "htmx": ("uvicorn", ["examples.fastapi_htmx.app:app"]),
    "cms": ("gunicorn", ["examples.django_cms_like.wsgi", "--workers", "2"]),
}
SETTINGS = {
    "django": "examples.brightwash_django.settings",
    "django-asgi": "examples.brightwash_django.settings",
    "cms": "examples.django_cms_like.settings",
}


def command(driver: str, listening: int, certificate: Path | None) -> list[str]:
    """How an example is served on a listening socket: uvicorn for ASGI, gunicorn for WSGI; with TLS or without."""
    server, arguments = APPS[driver]
    names = ("--ssl-certfile", "--ssl-keyfile") if server == "uvicorn" else ("--certfile", "--keyfile")
    # A worker of gunicorn's that takes long to load is waited for as well.
    gunicorn = ["--bind", f"fd://{listening}", "--threads", "4", "--timeout", "300"]
    where = ["--fd", str(listening)] if server == "uvicorn" else gunicorn
    tls = [word for name in names for word in (name, str(certificate))] if certificate else []
    return ["-m", server, *arguments, *where, *tls, "--log-level", "warning"]


@contextlib.contextmanager
def running(
    driver: str,
    certificate: Path | None,
    folder: Path,
    environment: Mapping[str, str],
    listening: socket.socket | None = None,
) -> Iterator[int]:
    """Start a site and give its port; what it printed is shown if it does not come up, or is gone in the end.

    The server is given a socket that listens already: nobody else can take its port in between.
    """
    log = folder / "server.log"
    folders = {f"{name}_FOLDER": str(folder) for name in ("BRIGHTWASH", "FILMS", "MUSEUM", "GAZETTE")}
    # Which settings Django has in this process is no matter of the examples.
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    settings = {**inherited, **folders, **environment}
    if driver in SETTINGS:
        migrate = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
        subprocess.run(migrate, cwd=PROJECT, env={**settings, "DJANGO_SETTINGS_MODULE": SETTINGS[driver]}, check=True)
    with listening or socket.create_server(("127.0.0.1", 0), backlog=128) as listening, log.open("wb") as out:
        port = int(listening.getsockname()[1])
        arguments = [sys.executable, *command(driver, listening.fileno(), certificate)]
        process = subprocess.Popen(arguments, cwd=PROJECT, env=settings, pass_fds=[listening.fileno()],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)  # fmt: skip
    try:
        wait_for_answer(port, tls=certificate is not None)
        yield port
        if process.poll() is not None:
            raise RuntimeError(f"the {driver} server has ended with status {process.returncode}:\n{log.read_text()}")
    except OSError as error:
        raise RuntimeError(f"the {driver} server does not answer:\n{log.read_text()}") from error
    finally:
        process.terminate()
        try:
            process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for_answer(port: int, *, tls: bool) -> None:
    """Wait until the server answers a request; a port on which nobody listens yet is asked again.

    Raises:
        OSError: if it does not.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = HTTPSConnection("127.0.0.1", port, timeout=START_SECONDS, context=context)
    patience = time.monotonic() + START_SECONDS
    while True:
        with contextlib.closing(connection):
            try:
                connection.request("GET", "/static/drop.svg")
                answer = connection.getresponse()
                answer.read()
            except ConnectionRefusedError:
                if time.monotonic() > patience:
                    raise
            else:
                if answer.status != HTTPStatus.BAD_GATEWAY:  # a proxy whose app is not there yet
                    return
        time.sleep(0.1)
