"""Real servers: every rewrite leaves the connection usable, pieces leave at once, and nothing decided is lost."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from consentkit.kit import ConsentKit
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.sqlite_counts import read
from tests.drivers.policies import SECRET, small_policy
from tests.drivers.processes import SERVERS, START_SECONDS, running
from tests.drivers.site import ANSWERS, PAGE

pytestmark = pytest.mark.server

DECISIONS = int(os.environ.get("DECISIONS", "400"))
KILLS = 4  # of workers, spread over the decisions

NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Dest": "document", "Host": "brightwash.example"}
FORM = {
    "Content-Type": "application/x-www-form-urlencoded", "Host": "brightwash.example",
    "Origin": "http://brightwash.example", "Sec-Fetch-Site": "same-origin",
}  # fmt: skip


@pytest.fixture(scope="module", params=sorted(SERVERS))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port of each server, and its folder."""
    folder = tmp_path_factory.mktemp("server")
    with running(request.param, folder) as (number, _):
        yield number, folder


@pytest.fixture
def port(server: tuple[int, Path]) -> int:
    """The port of each server."""
    return server[0]


@pytest.fixture
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    """One connection."""
    made = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    yield made
    made.close()


def test_one_connection_for_everything(connection: http.client.HTTPConnection, request: pytest.FixtureRequest) -> None:
    """After each kind of answer the same connection serves the next (keep-alive)."""
    closes_after_chunks = "waitress" in request.node.name  # whoever the app is
    connection.connect()
    sock = connection.sock
    for method in ("GET", "HEAD"):
        for path in [*ANSWERS, "/_ck/policy", "/_ck/preferences", "/_ck/state", "/_ck/nothing"]:
            connection.request(method, path, headers=NAVIGATION)
            response = connection.getresponse()
            body = response.read()
            if closes_after_chunks and response.headers["Content-Length"] is None and connection.sock is None:
                connection.connect()
                sock = connection.sock
            assert connection.sock is sock, f"{method} {path} ended the connection"
            if method == "HEAD":
                assert body == b""
            if path in {"/whole", "/stream", "/gzip"} and method == "GET":
                assert b"<h1>Glass</h1>" in body
                assert body.count(b"<p>glass</p>") == PAGE.count(b"<p>glass</p>")
                assert b'<script src="https://counter.example' not in body
            if path == "/json":
                assert (response.status, response.headers["Content-Length"]) == (200, "2")


def test_deciding(connection: http.client.HTTPConnection) -> None:
    """A decision over a real connection holds for the next page."""
    connection.request("POST", "/_ck/decide", "decision=accept", FORM)
    response = connection.getresponse()
    response.read()
    assert response.status == 303
    cookie = response.headers["Set-Cookie"].partition(";")[0]
    connection.request("GET", "/stream", headers={**NAVIGATION, "Cookie": cookie})
    assert b'<script src="https://counter.example' in connection.getresponse().read()


def test_refused_bodies(connection: http.client.HTTPConnection) -> None:
    """A body that is too large is answered, and the server stays in order."""
    connection.request("POST", "/_ck/decide", b"x" * 500_000, FORM)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        response = connection.getresponse()
        response.read()
        assert response.status == 413
    connection.close()
    connection.request("GET", "/json", headers=NAVIGATION)
    assert connection.getresponse().read() == b"{}"


def test_chunked_bodies(connection: http.client.HTTPConnection) -> None:
    """A decision that comes in chunks, without a length, is read to its end."""
    connection.request("POST", "/_ck/decide", iter([b"decision=", b"reject"]), FORM, encode_chunked=True)
    response = connection.getresponse()
    response.read()
    assert response.status == 303


def test_pipelining(port: int) -> None:
    """Requests sent before their turn are answered in order."""
    request = b"GET %s HTTP/1.1\r\nHost: brightwash.example\r\nAccept: text/html\r\n%s\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as sock:
        last = b"Connection: close\r\n"
        sock.sendall(request % (b"/gone", b"") + request % (b"/whole", b"") + request % (b"/json", last))
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.count(b"HTTP/1.1 ") == 3
    assert answer.index(b"<p>gone") < answer.index(b"<h1>Glass") < answer.index(b"application/json")


def test_the_first_piece_does_not_wait(server: tuple[int, Path]) -> None:
    """A streamed page's beginning arrives while the app still waits before the rest: until we have it."""
    port, folder = server
    with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as sock:
        sock.sendall(
            b"GET /slow?arrived HTTP/1.1\r\nHost: brightwash.example\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
        )
        got = b""
        while b"first" not in got:
            got += sock.recv(65536)
        assert b"second" not in got
        (folder / "arrived").touch()
        assert b"second" in b"".join(iter(lambda: sock.recv(65536), b""))


def test_visitors_who_leave(port: int) -> None:
    """Visitors who hang up in the middle do no harm."""
    for path in (b"/whole", b"/stream", b"/slow", b"/_ck/policy"):
        with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as sock:
            sock.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: brightwash.example\r\nAccept: text/html\r\n\r\n")
            sock.recv(10)
    with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as sock:
        head = "".join(f"{name}: {value}\r\n" for name, value in FORM.items())
        sock.sendall(b"POST /_ck/decide HTTP/1.1\r\n" + head.encode() + b"Content-Length: 100\r\n\r\ndecision=accept")
    made = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    made.request("GET", "/json", headers=NAVIGATION)
    assert made.getresponse().read() == b"{}"
    made.close()


@pytest.mark.parametrize("name", ["gunicorn", "uvicorn", "hypercorn-trio"])
def test_a_server_that_ends_stores_its_last_counts(name: str, tmp_path: Path) -> None:
    """Of hosts that were known already, what was counted last is written when the server is told to end."""
    report = {
        "csp-report": {
            "document-uri": "http://brightwash.example/", "blocked-uri": "http://spy.example/x.js",
            "effective-directive": "script-src-elem",
        }
    }  # fmt: skip
    with running(name, tmp_path) as (port, server):
        connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=START_SECONDS
        )  # one worker hears all of them
        for _ in range(5):
            connection.request("POST", "/_ck/report", json.dumps(report), {"Content-Type": "application/csp-report"})
            response = connection.getresponse()
            response.read()
            assert response.status == 204
        connection.close()
        server.terminate()  # as whoever runs it does: its workers hear of it from the server
        server.wait(timeout=START_SECONDS)
    assert [("spy.example", 5)] == [(each.host, each.count) for each in read(tmp_path / "records.sqlite3")]


def workers_of(process: int) -> list[int]:
    """The processes that a server started."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no /proc tells here which workers a server has")
@pytest.mark.parametrize("name", ["gunicorn", "uvicorn"])
def test_killed_servers_lose_no_decision(name: str, tmp_path: Path) -> None:
    """Of servers and workers killed amid many decisions, every decision answered with success is in the store, by id.

    The environment variable ``DECISIONS`` asks for more than run here as a rule.
    """
    kit = ConsentKit(small_policy(), secret=SECRET, insecure_dev=True)
    answered = set[str]()
    lock, enough = threading.Lock(), threading.Event()
    lost = [0]  # connections that a kill ended: whether what they asked was decided, nobody was told

    def visit(port: int) -> None:
        headers = {**FORM, "Content-Type": "application/json", "Accept": "application/json"}
        while not enough.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
            try:
                while not enough.is_set():
                    connection.request("POST", "/_ck/decide", '{"decision": "accept"}', headers)
                    response = connection.getresponse()
                    response.read()
                    if response.status == 200:
                        cookie = response.headers["Set-Cookie"].partition(";")[0]
                        record_id = kit.cookie.parse(cookie, now=time.time()).record_id
                        with lock:
                            answered.add(str(record_id))
            except (OSError, http.client.HTTPException):
                with lock:
                    lost[0] += 1
                time.sleep(0.01)
            finally:
                connection.close()

    with running(name, tmp_path) as (port, process):
        visitors = [threading.Thread(target=visit, args=(port,)) for _ in range(4)]
        for visitor in visitors:
            visitor.start()
        deadline = time.monotonic() + START_SECONDS + DECISIONS
        kills, wanted = 0, KILLS if name == "gunicorn" else 0
        # On a busy machine all decisions may be made while this thread waits for its turn: then more are.
        while (len(answered) < DECISIONS or kills < wanted) and time.monotonic() < deadline:
            time.sleep(0.01)
            due = kills < wanted and len(answered) > DECISIONS * (kills + 1) / (KILLS + 1)
            if due and (workers := workers_of(process.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(workers[0], signal.SIGKILL)  # the server starts another
                kills += 1
        os.killpg(process.pid, signal.SIGKILL)
        enough.set()
        for visitor in visitors:
            visitor.join()
    with contextlib.closing(SQLiteStore(tmp_path / "records.sqlite3")):  # it can be opened: it is whole
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "records.sqlite3")) as records:
        kept = {row[0] for row in records.execute("SELECT record_id FROM records WHERE record_id IS NOT NULL")}
    assert len(answered) >= DECISIONS
    assert kills == wanted
    assert set() == answered - kept
    assert len(kept - answered) <= lost[0] + len(visitors)
