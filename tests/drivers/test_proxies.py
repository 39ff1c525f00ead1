"""In front of us: a caching proxy, which never mixes visitors up; and HTTP/2."""

from __future__ import annotations

import http.client
import os
import random
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.drivers.processes import START_SECONDS, process, reserved_port, running

pytestmark = pytest.mark.server

NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Dest": "document", "Host": "brightwash.example"}
FORM = {
    "Content-Type": "application/x-www-form-urlencoded", "Host": "brightwash.example",
    "Origin": "https://brightwash.example", "Sec-Fetch-Site": "same-origin",
}  # fmt: skip
LIVE = b'<script src="https://counter.example'

NGINX = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=pages:1m;
    gzip on;
    gzip_proxied any;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
            proxy_cache pages;
            proxy_cache_valid 200 1m;
            add_header X-Cache $upstream_cache_status always;
        }}
    }}
}}
"""


class Visitor:
    """A browser behind the proxy."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        self.cookie: str | None = None

    def close(self) -> None:
        """Hangs up."""
        self.connection.close()

    def get(self, path: str = "/whole") -> tuple[bytes, str]:
        """The page, and whether the cache had it."""
        headers = {**NAVIGATION, **({"Cookie": self.cookie} if self.cookie else {})}
        self.connection.request("GET", path, headers=headers)
        response = self.connection.getresponse()
        body = response.read()
        assert response.status == 200
        return body, response.headers["X-Cache"]

    def ask(self, method: str, **headers: str) -> tuple[int, bytes]:
        """What another question about the page is answered with."""
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        self.connection.request(method, "/whole", headers={**NAVIGATION, **cookie, **headers})
        response = self.connection.getresponse()
        return response.status, response.read()

    def decide(self, decision: str) -> None:
        """Decides, and keeps the cookie."""
        self.connection.request("POST", "/_ck/decide", f"decision={decision}", FORM)
        response = self.connection.getresponse()
        response.read()
        assert response.status == 303
        self.cookie = response.headers["Set-Cookie"].partition(";")[0]


@pytest.fixture(params=["per-visitor", "shared"])
def mode(request: pytest.FixtureRequest) -> str:
    """The policy's mode."""
    name: str = request.param
    return name


@pytest.fixture
def cached(mode: str, tmp_path: Path) -> Iterator[int]:
    """The port of a proxy that caches, in front of the site."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    with running("uvicorn", tmp_path, MODE=mode) as (upstream, _), reserved_port() as port:
        file = tmp_path / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""  # its workers write into our folder
        file.write_text(NGINX.format(user=user, folder=tmp_path, port=port, upstream=upstream), "utf-8")
        with process([nginx, "-c", file], port, tmp_path / "nginx.log"):
            yield port


def test_a_cache_mixes_nobody_up(cached: int, mode: str) -> None:
    """Per visitor: no page comes out of the cache, each visitor gets the own. Shared: all get the same, from the cache."""
    with ExitStack() as stack:
        new, yes, no = (stack.enter_context(closing(Visitor(cached))) for _ in range(3))
        yes.decide("accept")
        no.decide("reject")
        pages = [who.get() for _ in range(3) for who in (new, yes, no)]
        plain = [new.get("/json")[1], yes.get("/json")[1]]
    if mode == "per-visitor":
        assert {"MISS"} == {state for _, state in pages}
        assert [False, True, False] * 3 == [LIVE in body for body, _ in pages]
    else:
        assert ["HIT"] * 8 == [state for _, state in pages][1:]
        assert {pages[0][0]} == {body for body, _ in pages}
        assert LIVE not in pages[0][0]
    assert ["MISS", "HIT"] == plain


def test_visitors_who_change_their_minds(cached: int, mode: str) -> None:
    """Whoever decides anew, asks for heads or for parts: the next page is the own, or in shared mode that of all."""
    chance = random.Random(1)  # the same walk on every machine
    with ExitStack() as stack:
        visitors = [stack.enter_context(closing(Visitor(cached))) for _ in range(3)]
        granted, pages = dict.fromkeys(visitors, False), set[bytes]()
        for _ in range(60):
            who, what = chance.choice(visitors), chance.choice(["accept", "reject", "HEAD", "Range", "page", "page"])
            if what in {"accept", "reject"}:
                who.decide(what)
                granted[who] = what == "accept"
            elif what == "HEAD":
                assert (200, b"") == who.ask("HEAD")
            elif what == "Range":
                status, body = who.ask("GET", Range="bytes=-20")
                assert mode == "shared" or (status, LIVE in body) == (200, granted[who])
            else:
                page = who.get()[0]
                assert (LIVE in page) == (mode == "per-visitor" and granted[who])
                pages.add(page)
    assert mode == "per-visitor" or len(pages) == 1


def test_http_2(tmp_path: Path) -> None:
    """Over HTTP/2 a decision and a page, whole and streamed, are the same as over HTTP/1.1."""
    h2 = pytest.importorskip("h2.connection", reason="h2, which comes with Hypercorn, is not installed")
    from h2.events import DataReceived, ResponseReceived, StreamEnded

    with running("hypercorn-trio", tmp_path) as (port, _), socket.create_connection(("127.0.0.1", port), 30) as sock:
        client = h2.H2Connection()
        client.initiate_connection()
        paths = ("/whole", "/stream", "/json", "/_ck/policy")
        streams = dict(zip(range(1, 9, 2), paths, strict=True))
        for stream, path in streams.items():
            fields = [(":method", "GET"), (":path", path), (":scheme", "http"), (":authority", "brightwash.example")]
            client.send_headers(stream, [*fields, ("accept", "text/html")], end_stream=True)
        status, bodies, ended = dict[int, str](), dict.fromkeys(streams, b""), set[int]()
        while ended != set(streams):
            sock.sendall(client.data_to_send())
            for event in client.receive_data(sock.recv(65536)):
                if isinstance(event, ResponseReceived):
                    status[event.stream_id] = dict(event.headers)[b":status"].decode()
                elif isinstance(event, DataReceived):
                    bodies[event.stream_id] += event.data
                    client.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, StreamEnded):
                    ended.add(event.stream_id)
    assert set(status.values()) == {"200"}
    assert bodies[1] == bodies[3].replace(b"/stream", b"/whole")  # where a decision returns to
    assert bodies[5] == b"{}"
    assert b"<h1>Glass</h1>" in bodies[1]
    assert LIVE not in bodies[1]
    assert b"Brightwash Ltd" in bodies[7]
