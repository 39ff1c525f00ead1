"""The ASGI driver, rule by rule of the HTTP spec, with a kit whose rewriting is easy to see."""

from __future__ import annotations

import io
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from consentkit.asgi import ASGIApp, ConsentMiddleware, Message, Receive, Scope, Send, consent_from, request_from
from consentkit.consent.record import Record
from consentkit.driver import SLICE
from consentkit.errors import StoreError, UsageError
from consentkit.records.memory import MemoryStore
from consentkit.records.sqlite_counts import read
from consentkit.records.threads import AsyncFromSync
from tests.drivers.asgi_server import EXTENSIONS, ProtocolError, Server, http_scope
from tests.drivers.doubles import OWN_LIMIT, LoudKit
from tests.drivers.policies import SECRET, small_policy

pytestmark = pytest.mark.anyio

HTML = [(b"Content-Type", b"text/html; charset=utf-8")]
JSON = [(b"content-type", b"application/json")]


@pytest.fixture
def kit() -> LoudKit:
    """A kit that upper-cases pages."""
    return LoudKit(small_policy())


def start(headers: list[tuple[bytes, bytes]] = HTML, status: int = 200, **more: Any) -> Message:
    """A start message."""
    return {"type": "http.response.start", "status": status, "headers": headers, **more}


def body(data: bytes, *, more: bool = False, **rest: Any) -> Message:
    """A body message."""
    return {"type": "http.response.body", "body": data, "more_body": more, **rest}


def sending(*messages: Message) -> ASGIApp:
    """An app that sends these messages."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return app


def middle(app: ASGIApp, kit: LoudKit, records: Any = None) -> ConsentMiddleware:
    """The middleware around the app."""
    return ConsentMiddleware(app, kit.kit, records=records or MemoryStore())


async def serve(app: ASGIApp, kit: LoudKit, *, leaves: int | None = None, **scope: Any) -> Server:
    """One request through a server that judges every message."""
    return await Server(http_scope(**scope), leaves=leaves).run(middle(app, kit))


# The server double itself.


@pytest.mark.parametrize(
    "messages",
    [
        (body(b""),),
        (start(JSON), start(JSON)),
        (start(JSON),),
        (start(JSON), body(b"a", more=True)),
        (start(JSON), body(b"a"), body(b"b")),
        (start(HTML), body(b"a")),
        (start(JSON), {"type": "http.response.pathsend", "path": "/x"}),
        (start(JSON, trailers=True), body(b"")),
        (start(JSON), {"type": "http.response.flush"}),
        (start([(b"x", b"a\nb")]), body(b"")),
    ],
)
async def test_the_judge(messages: tuple[Message, ...]) -> None:
    """The server that the other tests trust refuses what the spec forbids."""
    with pytest.raises(ProtocolError):
        await Server(http_scope()).run(sending(*messages))


# Bodies.


async def test_a_page_in_one_message_has_its_length(kit: LoudKit) -> None:
    """A page that comes whole is rewritten and leaves with its exact length."""
    server = await serve(sending(start([*HTML, (b"Content-Length", b"3")]), body(b"a\nb")), kit)
    assert (b"A\nB<END>", "8", ["start", "body"]) == (server.body, server.headers["content-length"], server.kinds)


async def test_a_streamed_page_has_none(kit: LoudKit) -> None:
    """A page in several messages leaves without a length."""
    messages = (start([*HTML, (b"content-length", b"3")]), body(b"a\n", more=True), body(b"b"))
    server = await serve(sending(*messages), kit)
    assert b"A\nB<END>" == server.body
    assert "content-length" not in server.headers


async def test_defaults(kit: LoudKit) -> None:
    """Messages without their optional keys have the spec's defaults (R160a)."""
    start_only = {"type": "http.response.start", "status": 200}
    server = await serve(sending(start_only, {"type": "http.response.body"}), kit)
    assert (b"", []) == (server.body, server.head["headers"])
    server = await serve(sending(start(), {"type": "http.response.body"}), kit)
    assert b"<END>" == server.body


async def test_what_is_no_page_passes(kit: LoudKit) -> None:
    """A body that is not rewritten passes message by message, with unknown keys."""
    messages = (start(JSON, extra=1), body(b"[", more=True, extra=2), body(b"", more=True), body(b"]", extra=3))
    server = await serve(sending(*messages), kit)
    assert list(messages) == server.sent


async def test_what_is_no_page_keeps_its_length(kit: LoudKit) -> None:
    """A whole body that is not rewritten keeps its length."""
    server = await serve(sending(start([*JSON, (b"Content-Length", b"2")]), body(b"{}")), kit)
    assert [(b"content-type", b"application/json"), (b"content-length", b"2")] == server.head["headers"]


async def test_the_first_piece_leaves_before_the_second_is_made(kit: LoudKit) -> None:
    """Each piece of a page leaves before the app makes the next one."""
    server, order = Server(http_scope()), list[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        for name in (b"one\n", b"two\n", b""):
            order.append(f"made {name!r}, {len(server.body)} bytes had left")
            await send(body(name, more=bool(name)))

    await server.run(middle(app, kit))
    assert [
        "made b'one\\n', 0 bytes had left", "made b'two\\n', 4 bytes had left", "made b'', 8 bytes had left",
    ] == order  # fmt: skip


async def test_large_pieces_are_fed_in_slices(kit: LoudKit) -> None:
    """No more than a slice is fed at once, whole page or stream, and others have their turn between."""
    large = b"\n" * (SLICE * 2 + 1)
    for messages in ((start(), body(large)), (start(), body(large, more=True), body(b""))):
        turns = 0
        done = False

        async def other() -> None:
            nonlocal turns
            while not done:  # noqa: B023 (the task ends within the turn of the loop)
                turns += 1
                await anyio.lowlevel.checkpoint()

        async with anyio.create_task_group() as group:
            group.start_soon(other)
            server = await serve(sending(*messages), kit)
            done = True
        assert [SLICE, SLICE, 1] == kit.last.fed
        assert len(large) + len(b"<END>") == len(server.body)
        assert turns >= 3


async def test_a_page_for_head(kit: LoudKit) -> None:
    """HEAD: nothing is fed, and no length of other bytes is told."""
    server = await serve(sending(start([*HTML, (b"content-length", b"3")]), body(b"")), kit, method="HEAD")
    assert (b"", []) == (server.body, kit.last.fed)
    assert "content-length" not in server.headers


@pytest.mark.parametrize("status", [204, 304])
async def test_answers_without_body(kit: LoudKit, status: int) -> None:
    """Answers that have no body get none."""
    server = await serve(sending(start(HTML, status), body(b"")), kit)
    assert (b"", status, []) == (server.body, server.head["status"], kit.last.fed)


async def test_another_status(kit: LoudKit) -> None:
    """The exchange may answer with another status."""
    server = await serve(sending(start([*HTML, (b"x-unreadable", b"1")]), body(b"a")), kit)
    assert 500 == server.head["status"]


async def test_fields(kit: LoudKit) -> None:
    """Names leave in lower case, in order, with duplicates, each cookie on its own (R160)."""
    headers = [(b"Set-Cookie", b"a=1"), *HTML, (b"SET-COOKIE", b"b=2"), (b"X-Name", b"\xe9")]
    server = await serve(sending(start(headers), body(b"", more=True), body(b"")), kit)
    assert [(name.lower(), value) for name, value in headers] == server.head["headers"]


# Files.


async def test_files_that_are_no_pages(kit: LoudKit) -> None:
    """A file for the server to send stays the server's to send (R160b)."""
    for message in (
        {"type": "http.response.pathsend", "path": "/film.mp4"},
        {"type": "http.response.zerocopysend", "file": object(), "offset": 3, "count": 4, "more_body": False},
    ):
        server = await serve(sending(start(JSON), message), kit, extensions=EXTENSIONS)
        assert message is server.sent[1]


async def test_navigations_are_offered_no_shortcut(kit: LoudKit) -> None:
    """Where a page is expected the app is not offered to send files past us; the server's scope stays whole."""
    seen = list[set[str]]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(set(scope["extensions"]))
        await sending(start(JSON), body(b""))(scope, receive, send)

    for accept in ("text/html", "image/png"):
        server = await serve(app, kit, headers=[("accept", accept)], extensions=EXTENSIONS)
        assert EXTENSIONS == set(server.scope["extensions"])
    assert [EXTENSIONS - {"http.response.pathsend", "http.response.zerocopysend"}, EXTENSIONS] == seen


async def test_a_page_by_path(kit: LoudKit, tmp_path: Path) -> None:
    """A page that is sent by its path all the same is read and rewritten (R160b)."""
    path = tmp_path / "page.html"
    path.write_bytes(b"a\n" * SLICE)
    message = {"type": "http.response.pathsend", "path": str(path)}
    server = await serve(sending(start([*HTML, (b"content-length", b"9")]), message), kit, extensions=EXTENSIONS)
    assert b"A\n" * SLICE + b"<END>" == server.body
    assert ({"start", "body"}, [SLICE, SLICE]) == (set(server.kinds), kit.last.fed)


async def test_a_page_by_descriptor(kit: LoudKit) -> None:
    """A page out of an open file is read from and up to where the app said, and may go on (R160b)."""
    file = io.BytesIO(b"0123456789\n" + b"x" * SLICE * 2)
    part = {"type": "http.response.zerocopysend", "file": file, "offset": 2, "count": 9, "more_body": True}
    rest = {"type": "http.response.zerocopysend", "file": file}
    server = await serve(sending(start(), part, body(b"and\n", more=True), rest), kit, extensions=EXTENSIONS)
    assert b"23456789\nAND\n" + b"X" * SLICE * 2 + b"<END>" == server.body
    assert not file.closed


# Other messages.


async def test_trailers(kit: LoudKit) -> None:
    """Trailers follow a rewritten body, without those about bytes that are gone (R152)."""
    trailers = {"type": "http.response.trailers", "headers": [(b"content-digest", b"x"), (b"x-time", b"3")]}
    for headers, left in ((HTML, [(b"x-time", b"3")]), (JSON, trailers["headers"])):
        server = await serve(sending(start(headers, trailers=True), body(b"a"), trailers), kit, extensions=EXTENSIONS)
        assert ["start", "body", "trailers"] == server.kinds
        assert (True, left) == (server.head["trailers"], server.sent[-1]["headers"])


async def test_debug_comes_first(kit: LoudKit) -> None:
    """A debug message may precede the start, and does not disturb it."""
    debug = {"type": "http.response.debug", "info": {"template": "home"}}
    server = await serve(sending(debug, start(), body(b"a")), kit, extensions=EXTENSIONS)
    assert (["debug", "start", "body"], b"A<END>") == (server.kinds, server.body)
    assert debug is server.sent[0]


async def test_early_hints(kit: LoudKit) -> None:
    """Hints keep their place, without links to third parties (R160c)."""
    links = [b"</a.css>; rel=preload", b"<https://other.example/b.js>; rel=preload"]
    hint = {"type": "http.response.early_hint", "links": links}
    server = await serve(sending(start(), hint, body(b"a")), kit, extensions=EXTENSIONS)
    assert ["start", "early_hint", "body"] == server.kinds
    assert links[:1] == server.sent[1]["links"]
    assert "content-length" not in server.headers


async def test_early_hints_before_the_start(kit: LoudKit) -> None:
    """Hints that precede the start still do."""
    hint = {"type": "http.response.early_hint", "links": [b"<https://other.example/b.js>; rel=preload"]}
    server = await serve(sending(hint, start(), body(b"a")), kit, extensions=EXTENSIONS)
    assert (["early_hint", "start", "body"], []) == (server.kinds, server.sent[0]["links"])


async def test_push_and_unknown_messages(kit: LoudKit) -> None:
    """A push, and what nobody knows yet, goes on in its place (R160a)."""
    push = {"type": "http.response.push", "path": "/a.css", "headers": []}
    unknown = {"type": "x-later", "more": [1]}
    for headers in (HTML, JSON):
        messages = (start(headers), push, body(b"a\n", more=True), unknown, body(b"b"))
        server = await serve(sending(*messages), kit, extensions=EXTENSIONS)
        assert [push, unknown] == [message for message in server.sent if message in (push, unknown)]
        assert ["start", "push", "body", "x-later", "body"] == server.kinds


async def test_an_app_that_stops_after_the_head(kit: LoudKit) -> None:
    """A start without a body reaches the server, which says what is missing."""
    with pytest.raises(ProtocolError, match="returned in state body"):
        await serve(sending(start()), kit)


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        ((start(), start()), "a second time"),
        ((start(), body(b"", more=True), start()), "a second time"),
        ((body(b"a"),), "before http.response.start"),
        ((start(), body(b"a"), body(b"b")), "after its end"),
        ((start(JSON), body(b"a"), body(b"b")), "after its end"),
        ((start(), body(b"a"), {"type": "http.response.pathsend", "path": "/x"}), "after its end"),
    ],
)
async def test_wrong_order(kit: LoudKit, messages: tuple[Message, ...], sentence: str) -> None:
    """An app that breaks the order is told so, and nothing unread leaves."""
    with pytest.raises(UsageError, match=sentence):
        await serve(sending(*messages), kit, extensions=EXTENSIONS)
    assert 1 == kit.last.closed


async def test_an_app_that_fails(kit: LoudKit) -> None:
    """An error comes out as it is; a head that was held back is not sent, so that the server answers 500."""
    server = Server(http_scope())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        await server.run(middle(app, kit))
    assert ([], 1) == (server.sent, kit.last.closed)


async def test_a_visitor_who_leaves(kit: LoudKit) -> None:
    """What `send` raises reaches the app, and everything is let go (R160d)."""
    raised = list[OSError]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        try:
            for _ in range(10):
                await send(body(b"a\n", more=True))
        except OSError as error:
            raised.append(error)
            raise

    with pytest.raises(OSError, match="has gone"):
        await serve(app, kit, leaves=3)
    assert (1, 1, 0) == (len(raised), kit.last.closed, kit.last.finished)


async def test_a_cancelled_request(kit: LoudKit) -> None:
    """A request that is cancelled closes its exchange."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"a\n", more=True))
        await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        group.start_soon(Server(http_scope()).run, middle(app, kit))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert 1 == kit.last.closed


# Scopes.


@pytest.mark.parametrize("kind", ["websocket", "lifespan", "webtransport"])
async def test_other_scopes(kit: LoudKit, kind: str) -> None:
    """Every other kind of connection goes to the app as it is, with the server's own callables."""
    seen = list[object]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend((scope, receive, send))

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        pass

    scope: Scope = {"type": kind}
    await middle(app, kit)(scope, receive, send)
    assert scope is seen[0]
    assert send is seen[2]
    assert (receive is seen[1]) is (kind != "lifespan")  # the same messages: see the next test
    assert ({"type": kind}, []) == (scope, kit.exchanges)


async def test_the_end_of_the_lifespan(tmp_path: Path) -> None:
    """The app hears of the server's end as it was told, after the last counts of reports were stored."""
    path = tmp_path / "records.sqlite3"
    told: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    heard = list[tuple[Message, int]]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            message = await receive()
            heard.append((message, sum(each.count for each in read(path))))

    async def receive() -> Message:
        return told[len(heard)]

    async def send(message: Message) -> None:
        pass

    middleware = ConsentMiddleware(app, policy=small_policy(), secret=SECRET, records=path)
    report = (
        b'{"csp-report": {"document-uri": "https://brightwash.example/", "blocked-uri": "https://spy.example/", '
        b'"effective-directive": "img-src"}}'
    )
    for now in (1.0, 2.0):  # the first is written at once
        count, _ = middleware.kit.endpoints.reports.receive("application/csp-report", report, now=now)
        assert (count is None) == (now == 2.0)
    await middleware({"type": "lifespan"}, receive, send)
    assert [(told[0], 0), (told[1], 1)] == heard


async def test_the_apps_scope(kit: LoudKit) -> None:
    """The app gets the changed fields in a copy; the server's scope stays what it was."""
    seen = list[Scope]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await sending(start(), body(b""))(scope, receive, send)

    fields = [("accept", "text/html"), ("Accept-Encoding", "gzip"), ("cookie", "a=1"), ("cookie", "b=2")]
    scope = http_scope(headers=fields, custom=object())
    before = dict(scope)
    await Server(scope).run(middle(app, kit))
    assert before == scope
    inner = seen[0]
    assert [(b"host", b"brightwash.example"), (b"accept", b"text/html"), (b"cookie", b"kept=1")] == inner["headers"]
    assert (scope["custom"], kit.last) == (inner["custom"], inner["consentkit.exchange"])
    assert (kit.last.consent, kit.last.consent) == (consent_from(inner), inner["state"]["consent"])


async def test_the_lifespans_state_is_kept(kit: LoudKit) -> None:
    """What the lifespan left in the state stays there, and what the app adds is seen outside."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["user"] = scope["state"]["database"] + 1
        await sending(start(JSON), body(b""))(scope, receive, send)

    server = await serve(app, kit, state={"database": 1})
    assert (1, 2) == (server.scope["state"]["database"], server.scope["state"]["user"])


async def test_consent_outside() -> None:
    """Outside of the middleware there is no consent, and the sentence says why."""
    with pytest.raises(UsageError, match="did not pass ConsentMiddleware"):
        consent_from({"type": "http"})


@pytest.mark.parametrize(
    ("root", "path", "below"),
    [
        ("", "/a", "/a"),
        ("/app", "/app/a", "/a"),
        ("/app/", "/app/a", "/a"),
        ("/app", "/a", "/a"),
        ("/app", "/app", ""),
        ("/app", "/apple", "/apple"),
    ],
)
async def test_paths(root: str, path: str, below: str) -> None:
    """The path is the one below `root_path`, whether the server gives it whole or not."""
    request = request_from(http_scope(path, root_path=root))
    assert (root.rstrip("/"), below) == (request.root_path, request.path)


async def test_the_request() -> None:
    """The head of the request in the core's words."""
    scope = http_scope("/büro", query_string=b"a=%20", headers=[("Cookie", "a=1"), ("cookie", "b=2"), ("X-N", "é")])
    request = request_from(scope)
    assert ("GET", "https", "brightwash.example") == (request.method, request.scheme, request.host)
    assert ("/büro", "a=%20") == (request.path, request.query)
    assert ("a=1; b=2", "é") == (request.header("cookie"), request.header("x-n"))
    bare = {"type": "http", "method": "GET", "path": "/", "headers": []}
    assert ("http", "", "") == (request_from(bare).scheme, request_from(bare).host, request_from(bare).query)


# Own endpoints.


async def no_app(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that must not be called."""
    raise LookupError("the app was called")


def own(parts: tuple[bytes, ...], method: str = "POST") -> Server:
    """A request to the double's own endpoint."""
    return Server(http_scope("/own", method=method), parts)


async def test_an_own_endpoint(kit: LoudKit) -> None:
    """An own endpoint reads the body, keeps the record, and answers with its length; the app is not called."""
    store = MemoryStore()
    server = await own((b"y", b"", b"es")).run(middle(no_app, kit, store))
    assert (200, b"got yes", "7") == (server.head["status"], server.body, server.headers["content-length"])
    assert (1, 1) == (len(store.records), kit.last.closed)


async def test_an_own_endpoint_for_head(kit: LoudKit) -> None:
    """HEAD gets the head of GET's answer, with its length."""
    server = await own((b"",), "HEAD").run(middle(no_app, kit))
    assert (b"", "4") == (server.body, server.headers["content-length"])


async def test_a_body_too_large(kit: LoudKit) -> None:
    """No more is received than shows that it is too much."""
    store = MemoryStore()
    server = await own((b"x" * OWN_LIMIT, b"x", b"x" * 100, b"x" * 100)).run(middle(no_app, kit, store))
    assert (413, 2, []) == (server.head["status"], server.received, store.records)
    server = await own((b"x" * OWN_LIMIT,)).run(middle(no_app, kit, store))
    assert 200 == server.head["status"]


async def test_a_request_that_ends_early(kit: LoudKit) -> None:
    """A visitor who leaves in the middle of the body has decided nothing."""
    store, server = MemoryStore(), own((b"yes",))
    server.disconnect()
    await middle(no_app, kit, store)(server.scope, server.receive, server.send)
    assert ([], [], 1) == (store.records, server.sent, kit.last.closed)


class Broken(MemoryStore):
    """A store whose disk is full."""

    def append(self, record: Record, /) -> None:
        """Fails."""
        raise StoreError("the disk is full; free some space")


@pytest.mark.parametrize("make", [Broken, lambda: AsyncFromSync(Broken())], ids=["plain", "awaited"])
async def test_a_store_that_fails(kit: LoudKit, make: Callable[[], Any], caplog: pytest.LogCaptureFixture) -> None:
    """The visitor is told, the owner's log has the reason, and nothing is decided."""
    server = await own((b"yes",)).run(middle(no_app, kit, make()))
    assert (503, b"not stored") == (server.head["status"], server.body)
    assert "set-cookie" not in server.headers
    assert "the disk is full" in caplog.text


async def test_stores_are_not_run_on_the_loops_thread(kit: LoudKit) -> None:
    """A plain store works in another thread, an awaited one is awaited."""
    threads = list[int]()

    class Plain(MemoryStore):
        def append(self, record: Record, /) -> None:
            """Notes its thread."""
            threads.append(threading.get_ident())

    class Awaited:
        async def append(self, record: Record, /) -> None:
            """Notes its thread."""
            await anyio.lowlevel.checkpoint()
            threads.append(threading.get_ident())

        find: Callable[..., Awaitable[list[Record]]]
        erase: Callable[..., Awaitable[int]]
        close: Callable[..., Awaitable[None]]
        find = erase = close = append  # type: ignore[assignment]

    for store in (Plain(), Awaited()):
        await own((b"yes",)).run(middle(no_app, kit, store))
    assert [False, True] == [thread == threading.get_ident() for thread in threads]
