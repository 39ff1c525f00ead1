"""Real servers: Django under uvicorn and gunicorn, decisions kept in the site's database."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.django.views import COUNTER
from tests.drivers.processes import GUNICORN

pytestmark = pytest.mark.server

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0  # a slow machine with every core busy
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Dest": "document", "Host": "brightwash.example"}
FORM = {
    "Content-Type": "application/x-www-form-urlencoded", "Host": "brightwash.example",
    "Origin": "http://brightwash.example", "Sec-Fetch-Site": "same-origin",
}  # fmt: skip
SERVERS = {
    "uvicorn": [
        "uvicorn",
        "--factory",
        "tests.django.project:asgi",
        "--timeout-keep-alive",
        "75",
        "--log-level",
        "warning",
    ],
    "gunicorn": ["gunicorn", "tests.django.project:wsgi()", "--threads", "4", "--log-level", "warning", *GUNICORN],
}


@pytest.fixture(scope="module", params=sorted(SERVERS))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path, str]]:
    """The port of each server, its folder and its name."""
    name, folder = request.param, tmp_path_factory.mktemp("django")
    pytest.importorskip(name)
    environment = {**os.environ, "FOLDER": str(folder), "DJANGO_SETTINGS_MODULE": "tests.django.project"}
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity=0"], cwd=PROJECT, env=environment, check=True
    )
    with socket.create_server(("127.0.0.1", 0)) as listening, (folder / "log").open("wb") as log:
        listening.set_inheritable(True)
        number = listening.fileno()
        where = ["--fd", str(number)] if name == "uvicorn" else ["--bind", f"fd://{number}"]
        process = subprocess.Popen(
            [sys.executable, "-m", *SERVERS[name], *where], cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True, pass_fds=[number],
        )  # fmt: skip
        port = listening.getsockname()[1]
    try:
        yield port, folder, name
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_one_connection_for_everything(server: tuple[int, Path, str]) -> None:
    """Pages, streams, files and our own answers over one connection; a decision holds and is in the database."""
    port, folder, _ = server
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    paths = ["/", "/apage", "/stream", "/astream", "/file?name=page.html", "/_ck/policy", "/_ck/nothing", "/cookies"]
    for path in paths:
        connection.request("GET", path, headers=NAVIGATION)
        text = connection.getresponse().read().decode(errors="replace")
        assert COUNTER not in text
        assert ("<h1>Glass</h1>" in text) == (not path.startswith(("/_ck", "/cookies")))
    connection.request("POST", "/_ck/decide", "decision=accept", FORM)
    response = connection.getresponse()
    response.read()
    cookie = (response.headers["Set-Cookie"] or "").partition(";")[0]
    assert 303 == response.status
    for path in paths[:5]:
        connection.request("GET", path, headers={**NAVIGATION, "Cookie": cookie})
        assert COUNTER in connection.getresponse().read().decode(errors="replace")
    connection.close()
    with contextlib.closing(sqlite3.connect(folder / "site.sqlite3")) as database:
        assert [("banner",)] == database.execute("SELECT source FROM consentkit_consentrecord").fetchall()


def test_the_first_piece_does_not_wait(server: tuple[int, Path, str]) -> None:
    """A stream of the server's own kind leaves piece by piece while the view still waits: until we have it."""
    port, folder, name = server
    path = "/aslow" if name == "uvicorn" else "/slow"
    with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as sock:
        head = (
            f"GET {path}?arrived HTTP/1.1\r\nHost: brightwash.example\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
        )
        sock.sendall(head.encode())
        got = b""
        while b"first" not in got:
            got += sock.recv(65536)
        assert b"second" not in got
        (folder / "arrived").touch()
        while part := sock.recv(65536):
            got += part
        assert b"second" in got


def test_visitors_who_leave(server: tuple[int, Path, str]) -> None:
    """Visitors who hang up in the middle do no harm."""
    port, _, _ = server
    for path in ("/slow", "/aslow", "/stream", "/astream"):
        with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as sock:
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: brightwash.example\r\nAccept: text/html\r\n\r\n".encode())
            sock.recv(10)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    connection.request("GET", "/", headers=NAVIGATION)
    assert 200 == connection.getresponse().status
    connection.close()
