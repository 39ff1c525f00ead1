"""One answer on its way through an exchange, rule by rule of the HTTP spec."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import anyio
import pytest

from consentkit.asgi import Message, Receive, Scope, Send
from consentkit.bodies import SLICE
from consentkit.errors import UsageError
from tests.asgi.apps import HTML, JSON, body, middle, sending, serve, start
from tests.drivers.asgi_server import EXTENSIONS, ProtocolError, Server, http_scope
from tests.drivers.doubles import LoudKit

pytestmark = pytest.mark.anyio


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


async def test_files_that_are_no_pages(kit: LoudKit) -> None:
    """A file for the server to send stays the server's to send (R160b)."""
    for message in (
        {"type": "http.response.pathsend", "path": "/film.mp4"},
        {"type": "http.response.zerocopysend", "file": object(), "offset": 3, "count": 4, "more_body": False},
    ):
        server = await serve(sending(start(JSON), message), kit, extensions=EXTENSIONS)
        assert message is server.sent[1]


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


@pytest.mark.parametrize("headers", [HTML, JSON])
async def test_a_push_of_somebody_elses(kit: LoudKit, headers: Any) -> None:
    """A push of what may not be contacted does not leave; what follows it does (R160c)."""
    push = {"type": "http.response.push", "path": "/other.example/a.js", "headers": []}
    server = await serve(sending(start(headers), push, body(b"a\n")), kit, extensions=EXTENSIONS)
    assert ({"start", "body"}, b"a") == (set(server.kinds), server.body[:1].lower())


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
