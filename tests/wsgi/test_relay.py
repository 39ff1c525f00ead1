"""One answer on its way through an exchange, rule by rule of PEP 3333."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from wsgiref.util import FileWrapper

import pytest

from consentkit.bodies import SLICE
from consentkit.errors import UsageError
from tests.drivers.doubles import LoudKit
from tests.wsgi.apps import HTML, WRAPPER, Body, Lint, Server, answering, environ_of, lose, middle, serve

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


JSON = [("Content-Type", "application/json")]


def test_a_page_in_one_block_has_its_length(kit: LoudKit, lint: Lint) -> None:
    """A page that comes whole is rewritten and leaves with its exact length."""
    app = answering([b"a\nb"], [*HTML, ("Content-Length", "3")])
    server = Server().run(lint(middle(app, kit)), environ_of())  # a checker inside would hide the list
    assert b"A\nB<END>" == server.body
    assert "8" == server.fields["content-length"]


def test_a_streamed_page_has_none(kit: LoudKit, lint: Lint) -> None:
    """A page in several blocks leaves without a length, which nobody knows yet."""
    server = serve(answering([b"a\n", b"b\n", b"c"], [*HTML, ("Content-Length", "5")]), kit, lint)
    assert b"A\nB\nC<END>" == server.body
    assert "content-length" not in server.fields


def test_an_empty_page(kit: LoudKit, lint: Lint) -> None:
    """A page of no blocks at all is still ended."""
    assert b"<END>" == serve(answering([]), kit, lint).body


def test_what_is_no_page_passes(kit: LoudKit) -> None:
    """What is not rewritten goes on as the very object the app returned."""
    items = [b'{"a": 1}']
    result = middle(answering(items, JSON), kit)(environ_of(), Server().start_response)
    assert result is items
    assert 1 == kit.last.closed


def test_a_page_that_is_whole_behind_an_iterator_has_its_length(kit: LoudKit, lint: Lint) -> None:
    """Flask gives a page in one block behind an iterator: where its length says that it is all, ours is known, too."""
    server = serve(answering((block for block in (b"a\nb", b"")), [*HTML, ("Content-Length", "3")]), kit, lint)
    assert (b"A\nB<END>", "8") == (server.body, server.fields["content-length"])
    assert 1 == kit.last.finished
    server = serve(answering((block for block in (b"a\n", b"b")), [*HTML, ("Content-Length", "3")]), kit, lint)
    assert b"A\nB<END>" == server.body
    assert "content-length" not in server.fields


def test_bytes_beyond_the_length_are_not_sent(kit: LoudKit) -> None:
    """What an app gives beyond its own Content-Length leaves with no server, and with none of ours."""
    server = serve(answering((block for block in (b"abc", b"more")), [*HTML, ("Content-Length", "3")]), kit)
    assert (b"ABC<END>", "8") == (server.body, server.fields["content-length"])


def test_what_an_app_does_behind_its_last_block_is_done(kit: LoudKit, lint: Lint) -> None:
    """A page that was whole in its first block leaves before the rest of the app's generator runs, and that runs to its end."""
    order = list[str]()

    def items() -> Iterator[bytes]:
        yield b"abc"
        order.append("noted")

    app = lint(middle(lint(answering(items(), [*HTML, ("Content-Length", "3")])), kit))
    server = Server()
    result = app(environ_of(), server.start_response)
    blocks = iter(result)
    assert (b"ABC<END>", []) == (next(blocks), order)
    assert b"" == b"".join(blocks)
    assert (["noted"], 0) == (order, kit.last.closed)
    result.close()  # type: ignore[attr-defined]
    assert 1 == kit.last.closed


def test_what_is_no_page_keeps_its_length(kit: LoudKit, lint: Lint) -> None:
    """A body that is not rewritten keeps its bytes and its length, streamed or not."""
    headers = [*JSON, ("Content-Length", "4")]
    for items in ([b"abcd"], [b"ab", b"cd"], (item for item in [b"ab", b"", b"cd"])):
        server = serve(answering(items, headers), kit, lint)
        assert (b"abcd", "4") == (server.body, server.fields["content-length"])


def test_the_first_block_leaves_before_the_second_is_made(kit: LoudKit) -> None:
    """Each block of the app leaves before the app makes the next one (R155)."""
    order = list[str]()

    def items() -> Iterator[bytes]:
        for name in ("one\n", "two\n", "three\n"):
            order.append(f"made {name}")
            yield name.encode()

    for block in middle(answering(items()), kit)(environ_of(), Server().start_response):
        order.append(f"got {block.decode().lower()}")
    assert ["made one\n", "got one\n", "made two\n", "got two\n", "made three\n", "got three\n", "got <end>"] == order


def test_one_block_for_each(kit: LoudKit, lint: Lint) -> None:
    """The server gets its turn for each block of the app, also where nothing can leave yet (R155)."""
    server = serve(answering(Body([b"", b"a", b"", b"b\n", b"c"])), kit, lint)
    assert [b"", b"", b"", b"AB\n", b"", b"C<END>"] == [data for kind, data in server.events if kind == "block"]


def test_large_blocks_are_fed_in_slices(kit: LoudKit) -> None:
    """No more than a slice is fed at once, whole page or stream."""
    for items in ([b"a" * (SLICE * 2 + 1)], iter([b"a" * (SLICE * 2 + 1)])):
        server = serve(answering(items), kit)
        assert [SLICE, SLICE, 1] == kit.last.fed
        assert SLICE * 2 + 1 + len(b"<END>") == len(server.body)


@pytest.mark.parametrize("lint", ["bare", "wsgiref"], indirect=True)  # Werkzeug's takes HEAD for GET
def test_a_page_for_head(kit: LoudKit, lint: Lint) -> None:
    """HEAD: nothing is fed, and no length of other bytes is told (R141)."""
    items = Body([])
    server = serve(answering(items, [*HTML, ("Content-Length", "3")]), kit, lint, method="HEAD")
    assert (b"", [], 1) == (server.body, kit.last.fed, items.closed)
    assert "content-length" not in server.fields


def test_a_server_cannot_take_the_length_for_head(kit: LoudKit) -> None:
    """An app that gives a body to HEAD does not hand the server a list whose length it would announce."""
    result = middle(answering([b"page"]), kit)(environ_of(method="HEAD"), Server().start_response)
    assert not hasattr(result, "__len__")


@pytest.mark.parametrize("lint", ["bare", "wsgiref"], indirect=True)  # Werkzeug's wants a length for 204
@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_answers_without_body(kit: LoudKit, lint: Lint, status: str) -> None:
    """Answers that have no body get none."""
    server = serve(answering([], [("X-Kept", "1")], status), kit, lint)
    assert (b"", status, "1") == (server.body, server.status, server.fields["x-kept"])


def test_a_file_goes_on_as_it_is(kit: LoudKit) -> None:
    """The server's wrapper around a file is returned itself where nothing is rewritten (R158)."""
    wrapper = FileWrapper(io.BytesIO(b"film"))
    app = middle(answering(wrapper, [("Content-Type", "video/mp4")]), kit)
    environ = environ_of(**WRAPPER)
    assert app(environ, Server().start_response) is wrapper


def test_a_file_that_is_a_page_is_read(kit: LoudKit) -> None:
    """A file that is a page is read through the rewriter, and closed (R158)."""
    file = io.BytesIO(b"page")
    wrapper = FileWrapper(file)
    server = serve(answering(wrapper), kit, **WRAPPER)
    assert b"PAGE<END>" == server.body
    assert file.closed


def test_a_late_start_response(kit: LoudKit, lint: Lint) -> None:
    """A generator that calls start_response with its first block is served alike (R154)."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", HTML)
        yield b"a\n"
        yield b"b"

    assert b"A\nB<END>" == serve(app, kit, lint).body


def test_an_empty_generator_starts_late(kit: LoudKit) -> None:
    """A generator that only calls start_response gives a head and an end."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", JSON)
        yield from ()

    server = serve(app, kit)
    assert [("start", "200 OK")] == server.events


def test_a_body_before_the_head(kit: LoudKit) -> None:
    """An app that gives a body without a head is told so."""
    for items in ([b"a"], []):
        with pytest.raises(UsageError, match="before it called start_response"):
            serve(lambda _environ, _start, items=items: iter(items), kit)  # type: ignore[misc]
    assert 1 == kit.last.closed


def test_a_second_head_without_error(kit: LoudKit) -> None:
    """A second head is fatal unless it replaces the first because of an error (R157)."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", HTML)
        start_response("500 Oops", HTML)
        return [b""]

    with pytest.raises(UsageError, match="second time without exc_info"):
        serve(app, kit)


def test_a_status_that_is_none(kit: LoudKit) -> None:
    """A status that is no status is told of by name."""
    with pytest.raises(UsageError, match="'OK'"):
        serve(answering([b""], HTML, "OK"), kit)


def failing(first: list[bytes]) -> WSGIApplication:
    """An app that fails after these blocks and answers with an error page, as PEP 3333 shows it."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", JSON)
        try:
            yield from first
            lose()
        except LookupError:
            start_response("500 Lost", HTML, sys.exc_info())
            yield b"sorry"

    return app


def test_an_error_replaces_the_head(kit: LoudKit, lint: Lint) -> None:
    """A head that nobody has seen is replaced by the error's (R157)."""
    server = serve(failing([]), kit, lint)
    assert ("500 Lost", b"SORRY<END>") == (server.status, server.body)


def test_an_error_replaces_the_head_after_an_empty_block(kit: LoudKit) -> None:
    """An empty block sends no head: the error's still replaces it, at the server as well (R154, R157)."""
    server = serve(failing([b""]), kit)
    assert [("start", "200 OK"), ("block", b""), ("start", "500 Lost")] == server.events[:3]
    assert ("500 Lost", b"SORRY<END>", 2) == (server.status, server.body, len(kit.last.heads))


def test_an_error_within_the_call_replaces_the_head(kit: LoudKit, lint: Lint) -> None:
    """A framework that catches its own error before it returns replaces the head it gave."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", JSON)
        try:
            lose()
        except LookupError:
            start_response("500 Lost", HTML, sys.exc_info())
        return [b"sorry"]

    server = Server().run(lint(middle(app, kit)), environ_of())
    assert ([("start", "500 Lost"), ("block", b"SORRY<END>")], 1) == (server.events, len(kit.last.heads))


def test_an_error_after_the_head_left(kit: LoudKit) -> None:
    """Once bytes have left, the error itself comes out, with its traceback (R157)."""
    with pytest.raises(LookupError, match="lost") as caught:
        serve(failing([b"half a page"]), kit)
    assert "app" in [entry.name for entry in caught.traceback]
    assert 1 == kit.last.closed


def test_write(kit: LoudKit, lint: Lint) -> None:
    """What is written is rewritten too, precedes what is returned, and uses the server's write (R156)."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", HTML)
        write(b"one\n")
        write(b"tw")
        return [b"o\nthree\n"]

    server = serve(app, kit, lint)
    assert [("start", "200 OK"), ("write", b"ONE\n"), ("block", b"TWO\nTHREE\n"), ("block", b"<END>")] == server.events


def test_write_what_is_no_page(kit: LoudKit, lint: Lint) -> None:
    """What is written and no page goes on as it is."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", JSON)(b"[1,")
        return [b"2]"]

    server = serve(app, kit, lint)
    assert [("start", "200 OK"), ("write", b"[1,"), ("block", b"2]")] == server.events


def test_write_after_the_end(kit: LoudKit) -> None:
    """Nothing can be written past the end, where nothing would be rewritten."""
    kept = list[Callable[[bytes], object]]()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        kept.append(start_response("200 OK", HTML))
        return iter([b"a"])

    serve(app, kit)
    with pytest.raises(UsageError, match="after its answer was closed"):
        kept[0](b"more")


def test_closed_once(kit: LoudKit, lint: Lint) -> None:
    """The app's iterable is closed exactly once, and so is the exchange (R158)."""
    body = Body([b"a", b"b"])
    serve(answering(body), kit, lint)
    assert (1, 1) == (body.closed, kit.last.closed)


def test_closed_when_the_visitor_leaves(kit: LoudKit) -> None:
    """A server that stops early closes everything, and nothing is finished for nobody."""
    body = Body([b"a\n", b"b\n", b"c\n"])
    Server(leave_after=1).run(middle(answering(body), kit), environ_of())
    assert (1, 1, 0) == (body.closed, kit.last.closed, kit.last.finished)


def test_closed_before_the_first_block(kit: LoudKit) -> None:
    """A server that takes no block at all closes everything as well."""
    body = Body([b"a\n"])
    Server(leave_after=0).run(middle(answering(body), kit), environ_of())
    assert (1, 1) == (body.closed, kit.last.closed)


def test_closed_after_an_error(kit: LoudKit) -> None:
    """An app that fails in the middle is closed, and its error comes out."""

    def items() -> Iterator[bytes]:
        yield b"a\n"
        raise LookupError("lost")

    body = Body(items())
    with pytest.raises(LookupError, match="lost"):
        serve(answering(body), kit)
    assert (1, 1) == (body.closed, kit.last.closed)


def test_an_error_in_the_call(kit: LoudKit) -> None:
    """An app that fails at once leaves no exchange open."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        serve(app, kit)
    assert 1 == kit.last.closed


def test_an_error_in_close(kit: LoudKit) -> None:
    """An iterable that fails to close does not keep the exchange open."""

    class Bad(Body):
        def close(self) -> None:
            """Fails."""
            raise LookupError("stuck")

    with pytest.raises(LookupError, match="stuck"):
        serve(answering(Bad([b"a"])), kit)
    assert 1 == kit.last.closed


def test_the_reason_is_kept(kit: LoudKit, lint: Lint) -> None:
    """The app's own reason phrase reaches the visitor."""
    assert "200 All Fine" == serve(answering([b"a"], HTML, "200 All Fine"), kit, lint).status


@pytest.mark.parametrize(
    ("field", "status"), [("X-Unreadable", "500 Internal Server Error"), ("X-Strange", "299 Unknown")]
)
def test_another_status_has_its_own_reason(kit: LoudKit, field: str, status: str) -> None:
    """Where the exchange answers with another status, the phrase is that one's."""
    assert status == serve(answering([b"a"], [*HTML, (field, "1")]), kit).status


def test_no_field_of_one_connection_is_added(kit: LoudKit, lint: Lint) -> None:
    """Fields keep order and duplicates, and none that belongs to the server is added (R151, R153)."""
    headers = [("Set-Cookie", "a=1"), *HTML, ("Set-Cookie", "b=2"), ("X-Name", "é")]
    server = serve(answering([b"a", b"b"], headers), kit, lint)
    assert headers == server.headers
