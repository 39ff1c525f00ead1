"""Streamed pages through the whole of it, by both drivers: they leave at once, hold little, and let go."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterable, Iterator
from itertools import count as counting
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest

from consentkit import asgi, wsgi
from consentkit.asgi import Message, Receive, Scope, Send
from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from tests.drivers.asgi_server import http_scope
from tests.drivers.policies import SECRET, small_policy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytestmark = pytest.mark.anyio

KIT = ConsentKit(small_policy(), secret=SECRET)
STREAMS = 1_000
KIB_EACH = 128  # at most, for each page on its way
GROWN_BY = 1.1  # at most, from the first pieces to the last: the same held over, and some of the interpreter's own
FIRST = b"<!doctype html><html lang=en><head><title>Glass</title></head><body><h1>Glass</h1>\n"
PIECE = b'<p>glass</p><script src="https://counter.example/a.js"></script><script>let a = "glass"</script>\n'
HTML = ("Content-Type", "text/html; charset=utf-8")
NUMBERS = counting()


def wsgi_pages(pieces: Callable[[], Iterable[bytes]], seen: list[Any] | None = None) -> Iterable[bytes]:
    """One page of an app that yields these pieces, as a server iterates it."""

    def app(environ: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]:
        if seen is not None:
            seen.append(environ[wsgi.EXCHANGE])
        start_response("200 OK", [HTML])
        return pieces()

    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "", "wsgi.url_scheme": "https",
        "HTTP_HOST": "brightwash.example", "HTTP_SEC_FETCH_DEST": "document",
    }  # fmt: skip
    return wsgi.ConsentMiddleware(app, KIT, records=MemoryStore())(environ, lambda *_: lambda _data: None)


async def asgi_page(
    pieces: Callable[[], Iterable[bytes]], send: Send, seen: list[Any] | None = None, *, ends: bool = True
) -> None:
    """One page of an app that sends these pieces."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if seen is not None:
            seen.append(scope[asgi.EXCHANGE])
        fields = [(HTML[0].lower().encode(), HTML[1].encode())]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        for piece in pieces():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if ends:
            await send({"type": "http.response.body"})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    middleware = asgi.ConsentMiddleware(app, KIT, records=MemoryStore())
    await middleware(http_scope(headers=[("sec-fetch-dest", "document")]), receive, send)


def two_pieces(order: list[str]) -> Iterator[bytes]:
    """A page in two pieces that tells when each was made."""
    order.append("first made")
    yield FIRST
    order.append("second made")
    yield PIECE


EXPECTED = ["first made", "heading left", "second made"]


@pytest.mark.parametrize("known", [False, True])
def test_the_first_piece_leaves_first_in_wsgi(known: bool) -> None:
    """What can be shown of the first piece has left before the app makes the second, told by order and no clock."""
    for _ in range(3 if known else 0):
        assert b"".join(wsgi_pages(lambda: [FIRST, PIECE]))
    order = list[str]()
    for block in wsgi_pages(lambda: two_pieces(order)):
        if b"<h1>Glass</h1>" in block:
            order.append("heading left")
    assert EXPECTED == order


@pytest.mark.parametrize("known", [False, True])
async def test_the_first_piece_leaves_first_in_asgi(known: bool) -> None:
    """The same for ASGI."""
    order = list[str]()

    async def send(message: Message) -> None:
        if b"<h1>Glass</h1>" in message.get("body", b""):
            order.append("heading left")

    async def swallow(_message: Message) -> None:
        """What leaves is of no concern."""

    for _ in range(3 if known else 0):
        await asgi_page(lambda: [FIRST, PIECE], swallow)
    await asgi_page(lambda: two_pieces(order), send)
    assert EXPECTED == order


def kib() -> float:
    """What the interpreter holds now, for each of the streams."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / STREAMS / 1024


@pytest.fixture
def traced() -> Iterator[float]:
    """Memory is watched; gives what was held before, after what is made once has been made."""
    for _ in wsgi_pages(lambda: [FIRST, PIECE]):
        pass
    tracemalloc.start()
    yield kib()
    tracemalloc.stop()


def test_a_thousand_streams_in_wsgi(traced: float) -> None:
    """A thousand pages at once hold little each, as much after many pieces as after a few, and nothing at the end."""
    pages = [iter(wsgi_pages(lambda: (FIRST if n == 0 else PIECE for n in range(15)))) for _ in range(STREAMS)]
    held = list[float]()
    for count in (4, 8):
        for _ in range(count):
            for page in pages:
                next(page)
        held.append(kib())
    early, late = held[0] - traced, held[1] - traced
    assert late < KIB_EACH
    assert late < early * GROWN_BY
    assert all(b"data-ck-src" in next(page) for page in pages)
    pages.clear()
    assert kib() - traced < early / 10


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # the middleware is the same, and it takes long
async def test_a_thousand_streams_in_asgi(traced: float) -> None:
    """The same for ASGI, in one event loop."""
    held = list[float]()
    counts = [0] * STREAMS

    async def stream(number: int) -> None:
        async def send(message: Message) -> None:
            counts[number] += 1
            await anyio.lowlevel.checkpoint()  # every other stream has its turn now
            if number == STREAMS - 1 and counts[number] in {5, 12}:
                held.append(kib())

        await asgi_page(lambda: (FIRST if n == 0 else PIECE for n in range(15)), send)

    async with anyio.create_task_group() as group:
        for number in range(STREAMS):
            group.start_soon(stream, number)
    early, late = held[0] - traced, held[1] - traced
    assert late < KIB_EACH
    assert late < early * GROWN_BY
    assert {17} <= set(counts), "a start, fifteen pieces, an end"
    assert kib() - traced < early / 10


def half_a_tag() -> Iterator[bytes]:
    """A page that stops within a tag, which has to be held back. No two are alike, so that each is read at once."""
    yield FIRST + b"%d" % next(NUMBERS)
    yield b'<img alt="' + b"glass " * 10_000


def test_a_visitor_who_leaves_a_wsgi_page() -> None:
    """A visitor's leaving lets go of what was held back, although the app still knows the exchange."""
    seen = list[Any]()
    page: Any = wsgi_pages(half_a_tag, seen)
    next(page)
    next(page)
    held = weakref.ref(seen[0]._body)
    assert held() is not None
    page.close()
    gc.collect()
    assert held() is None


async def test_a_visitor_who_leaves_an_asgi_page() -> None:
    """The same where `send` fails, as servers make it, and where the request is cancelled."""
    seen, held = list[Any](), list[weakref.ref[Any]]()

    async def gone(message: Message) -> None:
        if message["type"] == "http.response.body":
            held.append(weakref.ref(seen[-1]._body))
            raise OSError("the visitor has gone")

    with pytest.raises(OSError, match="has gone"):
        await asgi_page(half_a_tag, gone, seen)

    async def stuck(message: Message) -> None:
        if message["type"] == "http.response.body":
            held.append(weakref.ref(seen[-1]._body))
            await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        group.start_soon(asgi_page, half_a_tag, stuck, seen)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    gc.collect()
    assert [None, None] == [each() for each in held]


def work(run: Callable[[], object]) -> int:
    """How many functions are called: the same on every machine, unlike seconds."""
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("piece", [PIECE, b"glass ", b"<", b"<p ", b'<a title="glass', b"<!--", b"<script>"])
def test_many_pieces_are_linear_work(piece: bytes) -> None:
    """Twice the pieces are twice the work, whatever they leave unfinished."""

    def page(count: int) -> Callable[[], object]:
        return lambda: sum(map(len, wsgi_pages(lambda: (piece for _ in range(count)))))

    page(10)()
    assert work(page(2_000)) < 2.2 * work(page(1_000))
