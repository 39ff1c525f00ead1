"""Pages that come encoded, through the whole of it, behind every driver: read and rewritten, or not shown."""

from __future__ import annotations

import gzip
import importlib.util
import zlib
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from consentkit import asgi
from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from tests.drivers.asgi_server import Server, http_scope
from tests.drivers.clients import NAVIGATION, Answered, Asked, Client
from tests.drivers.policies import SECRET, small_policy

Visit = Callable[..., Client]
Encode = Callable[[bytes], bytes]

LIVE = b'<script src="https://counter.example/count.js">'
PAGE = (
    b"<!doctype html><html lang=en><head><title>Brightwash</title></head><body><h1>Glass</h1>"
    + LIVE
    + b"</script>"
    + b"".join(b"<p>glass number %d</p>\n" % number for number in range(500))
    + b"<p>last</p></body></html>"
)
TEXT_HTML = ("Content-Type", "text/html; charset=utf-8")
NOT_SHOWN = "This page cannot be shown"
SCRIPTED = (("Sec-Fetch-Dest", "empty"), ("Accept", "*/*"), ("Accept-Encoding", "gzip, br"))
needs_codings = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("brotli", "zstandard"))), reason="the extra [codings] is not installed"
)


def bare_deflate(data: bytes) -> bytes:
    """Without the framing, as some servers send it."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def brotli(data: bytes) -> bytes:
    """The coding br, of the extra."""
    import brotli

    packed: bytes = brotli.compress(data, quality=1)
    return packed


def zstd(data: bytes) -> bytes:
    """The coding zstd, of the extra."""
    import zstandard

    return zstandard.ZstdCompressor().compress(data)


def encoded(body: bytes, coding: str, status: int = 200, *more: tuple[str, str]) -> Callable[[object], Answered]:
    """A site that answers so whatever is asked."""
    headers = (TEXT_HTML, ("Content-Encoding", coding), ("Content-Length", str(len(body))), *more)
    return lambda _asked: Answered(body, headers, status)


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZip, identity", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", bare_deflate),
        ("gzip, deflate", lambda data: zlib.compress(gzip.compress(data))),
        pytest.param("br", brotli, marks=needs_codings),
        pytest.param("zstd", zstd, marks=needs_codings),
        pytest.param("br, gzip, zstd", lambda data: zstd(gzip.compress(brotli(data))), marks=needs_codings),
    ],
)
@pytest.mark.parametrize("asked", [NAVIGATION, SCRIPTED])
def test_what_can_be_read_is_rewritten(visit: Visit, coding: str, encode: Encode, asked: Any) -> None:
    """Whoever asks gets the page decoded, whole and inert, with no field that says otherwise (R142)."""
    reply = visit(encoded(encode(PAGE), coding)).get(headers=asked)
    assert (200, None) == (reply.status, reply.one("content-encoding"))
    assert reply.body.endswith(b"<p>last</p></body></html>") or b"<p>last</p>" in reply.body
    assert LIVE not in reply.body
    assert reply.one("content-length") in {None, str(len(reply.body))}


@pytest.mark.parametrize("coding", ["secret", "gzip, secret", "compress", ", ".join(["gzip"] * 5)])
def test_an_unknown_coding(visit: Visit, coding: str) -> None:
    """A page in a coding nobody knows is replaced, or passed as it came with the policy that stops the browser (R159)."""
    data = b"\x01\x02" * 50
    reply = visit(encoded(data, coding)).get()
    assert (500, None) == (reply.status, reply.one("content-encoding"))
    assert NOT_SHOWN in reply.text
    assert data not in reply.body
    for way in ("csp", "pass"):
        reply = visit(encoded(data, coding), on_unreadable=way).get()
        assert (200, data, coding) == (reply.status, reply.body, reply.one("content-encoding"))
        assert "default-src" in (reply.one("content-security-policy") or "")


@pytest.mark.parametrize("way", ["block", "csp"])
def test_head_of_what_cannot_be_read(visit: Visit, way: str) -> None:
    """HEAD tells the status and the fields that GET would have, and no body (RFC 9110 §9.3.2)."""

    def site(asked: Asked) -> Answered:
        found = encoded(b"\x01\x02" * 50, "secret")(asked)
        return Answered(b"", found.headers) if asked.method == "HEAD" else found

    got, head = (visit(site, on_unreadable=way).request(method, "/", NAVIGATION) for method in ("GET", "HEAD"))
    assert (500 if way == "block" else 200, b"") == (head.status, head.body)
    assert got.status == head.status
    assert [(name, value) for name, value in got.headers if name.lower() != "content-length"] == [
        (name, value) for name, value in head.headers if name.lower() != "content-length"
    ]


@pytest.mark.parametrize("way", ["block", "csp", "pass"])
@pytest.mark.parametrize("coding", ["gzip", "deflate", pytest.param("br", marks=needs_codings)])
def test_a_wrong_label(visit: Visit, way: str, coding: str, caplog: pytest.LogCaptureFixture) -> None:
    """A page that is not what its label says never leaves unread; the owner is told."""
    reply = visit(encoded(PAGE, coding), on_unreadable=way, version=f"wrong {way} {coding}").get()
    assert LIVE not in reply.body
    assert (way == "block") == (NOT_SHOWN in reply.text)
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("way", ["block", "csp", "pass"])
@pytest.mark.parametrize("cut", [1, 9, 200, -9, -1])
def test_a_page_cut_short(visit: Visit, way: str, cut: int) -> None:
    """What could be read of a page that ends early is shown and inert, or nothing of it; never what was not read."""
    reply = visit(encoded(gzip.compress(PAGE)[:cut], "gzip"), on_unreadable=way).get()
    assert LIVE not in reply.body
    assert NOT_SHOWN in reply.text or reply.body.startswith(b"<!doctype html><html lang=en>") or not reply.body
    if cut in {-9, -1}:
        assert b"glass number 100" in reply.body


def test_a_bomb(visit: Visit) -> None:
    """A body that expands out of proportion ends after a little of it."""
    bomb = gzip.compress(PAGE + b" " * 8_000_000 + LIVE, mtime=0)
    reply = visit(encoded(bomb, "gzip")).get()
    assert len(reply.body) < 4_000_000
    assert LIVE not in reply.body


def test_answers_without_a_body(visit: Visit) -> None:
    """HEAD and 304 of an encoded page say nothing of a coding or a length that GET would not have (R141)."""
    client = visit(lambda asked: Answered(b"", (TEXT_HTML, ("Content-Encoding", "gzip"), ("Content-Length", "900"))))
    reply = client.request("HEAD", "/", NAVIGATION)
    assert (200, b"", None) == (reply.status, reply.body, reply.one("content-length"))
    assert reply.one("content-encoding") is None
    if type(client) is not Client:
        return  # Django's answers always have a Content-Type, which a 304 must not have
    reply = visit(lambda _: Answered(b"", (("ETag", '"1"'),), 304)).get()
    assert (304, b"", None) == (reply.status, reply.body, reply.one("content-length"))


@pytest.mark.parametrize("field", ["X-Accel-Redirect", "X-Sendfile", "X-LIGHTTPD-send-file", "X-LiteSpeed-Location"])
def test_a_page_that_the_web_server_is_to_send(visit: Visit, field: str) -> None:
    """A page that the app leaves to the server in front would pass unread: it is not shown; other files go that way (R159)."""
    reply = visit(lambda _: Answered(b"", (TEXT_HTML, (field, "/files/page.html")))).get()
    assert (500, None) == (reply.status, reply.one(field))
    assert NOT_SHOWN in reply.text
    reply = visit(lambda _: Answered(b"", (("Content-Type", "application/pdf"), (field, "/files/a.pdf")))).get()
    assert (200, "/files/a.pdf") == (reply.status, reply.one(field))


@pytest.mark.parametrize("way", ["block", "csp"])
def test_a_part_of_a_page(visit: Visit, way: str) -> None:
    """A part (206) cannot be read as a page: it is replaced, or passed under the policy (R145)."""
    part = (TEXT_HTML, ("Content-Range", f"bytes 90-200/{len(PAGE)}"))
    reply = visit(lambda _: Answered(PAGE[90:201], part, 206), on_unreadable=way).get()
    if way == "block":
        assert (500, None, False) == (reply.status, reply.one("content-range"), PAGE[90:140] in reply.body)
    else:
        assert (206, PAGE[90:201]) == (reply.status, reply.body)
        assert "default-src" in (reply.one("content-security-policy") or "")


@pytest.mark.parametrize("charset", ["utf-16", "iso-2022-jp"])
@pytest.mark.parametrize("way", ["block", "csp", "pass"])
def test_an_encoding_nobody_reads(visit: Visit, charset: str, way: str) -> None:
    """The same for encodings whose bytes do not look like markup (R164)."""
    data = PAGE.decode().encode(charset)
    reply = visit(lambda _: Answered(data, (("Content-Type", f"text/html; charset={charset}"),)), on_unreadable=way)
    got = reply.get()
    assert (500 if way == "block" else 200) == got.status
    assert (way != "block") == (data == got.body)


@pytest.mark.parametrize("way", ["block", "pass"])
def test_an_encoding_that_shows_late(visit: Visit, way: str) -> None:
    """A byte order mark that contradicts the label is found before anything leaves."""
    data = b"\xff\xfe" + PAGE.decode().encode("utf-16-le")
    reply = visit(lambda _: Answered(data, (TEXT_HTML,)), on_unreadable=way).get()
    assert (NOT_SHOWN.encode() in reply.body, data == reply.body) == (way == "block", way == "pass")


@pytest.mark.parametrize("asked", [NAVIGATION, SCRIPTED])
def test_starlettes_compressor(asked: Any) -> None:
    """Starlette's GZipMiddleware works inside of us and outside: the page is inert, and read as its fields say."""
    pytest.importorskip("starlette", reason="Starlette is not installed")
    from starlette.applications import Starlette
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, Response, StreamingResponse
    from starlette.routing import Route

    async def whole(_request: Request) -> Response:
        return HTMLResponse(PAGE)

    async def stream(_request: Request) -> Response:
        return StreamingResponse(iter([PAGE[:3000], PAGE[3000:]]), media_type="text/html")

    app = Starlette(routes=[Route("/", whole), Route("/stream", stream)])
    kit = ConsentKit(small_policy(), secret=SECRET)
    inside: Any = asgi.ConsentMiddleware(GZipMiddleware(app), kit, records=MemoryStore())
    outside: Any = GZipMiddleware(asgi.ConsentMiddleware(app, kit, records=MemoryStore()))
    headers = [(name.lower(), value) for name, value in {**dict(asked), "Accept-Encoding": "gzip"}.items()]
    for middleware, path in ((inside, "/"), (inside, "/stream"), (outside, "/"), (outside, "/stream")):
        server = anyio.run(Server(http_scope(path, headers=headers)).run, middleware)
        packed = server.headers.get("content-encoding") == "gzip"
        assert packed == (middleware is outside)
        body = gzip.decompress(server.body) if packed else server.body
        assert b"<p>last</p>" in body
        assert LIVE not in body
        if "content-length" in server.headers:
            assert str(len(server.body)) == server.headers["content-length"]
