"""The WSGI driver, rule by rule of PEP 3333, with a kit whose rewriting is easy to see."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest
from werkzeug.middleware.lint import LintMiddleware

from consentkit.driver import SLICE
from consentkit.errors import StoreError, UsageError
from consentkit.records.memory import MemoryStore
from consentkit.records.threads import AsyncFromSync
from consentkit.wsgi import ConsentMiddleware, consent_from, request_from
from tests.drivers.doubles import OWN_LIMIT, LoudKit
from tests.drivers.policies import small_policy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HTML = [("Content-Type", "text/html; charset=utf-8")]
JSON = [("Content-Type", "application/json")]

Lint = Callable[["WSGIApplication"], "WSGIApplication"]


@pytest.fixture
def kit() -> LoudKit:
    """A kit that upper-cases pages."""
    return LoudKit(small_policy())


@pytest.fixture(params=["bare", "wsgiref", "werkzeug"])
def lint(request: pytest.FixtureRequest) -> Lint:
    """Nothing, or one of the two checkers that stand on both sides of the middleware."""
    checkers: dict[str, Lint] = {"bare": lambda app: app, "wsgiref": validator, "werkzeug": LintMiddleware}
    return checkers[request.param]


class Server:
    """Serves one request as PEP 3333 says, and keeps what happened in order.

    Attributes:
        events: ("start", status), ("block", bytes), ("write", bytes).
    """

    def __init__(self, *, leave_after: int | None = None) -> None:
        self.events = list[tuple[str, object]]()
        self.status = ""
        self.headers = list[tuple[str, str]]()
        self.leave_after = leave_after
        self._sent = False

    def run(self, app: WSGIApplication, environ: WSGIEnvironment) -> Server:
        """Serves, and closes whatever happened."""
        result = app(environ, self.start_response)
        try:
            for number, block in enumerate(result):
                if self.leave_after is not None and number >= self.leave_after:
                    break
                assert self.status or not block, "a block before start_response"
                self.events.append(("block", block))
                self._sent = self._sent or bool(block)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        return self

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        """As the server's."""
        if exc_info:
            try:
                if self._sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        else:
            assert not self.status, "start_response twice"
        assert type(headers) is list
        self.status, self.headers = status, headers
        self.events.append(("start", status))
        return self.write

    def write(self, data: bytes) -> None:
        """As the server's."""
        self._sent = True
        self.events.append(("write", data))

    @property
    def body(self) -> bytes:
        """All bytes, in order."""
        return b"".join(data for _, data in self.events if isinstance(data, bytes))

    @property
    def fields(self) -> dict[str, str]:
        """The fields by lower-case name."""
        return {name.lower(): value for name, value in self.headers}


class Body:
    """An app's iterable that counts how often it is closed."""

    def __init__(self, items: Iterable[bytes]) -> None:
        self.items = iter(items)
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.items)

    def close(self) -> None:
        """Counts."""
        self.closed += 1


WRAPPER: dict[str, Any] = {"wsgi.file_wrapper": FileWrapper}


def environ_of(path: str = "/", method: str = "GET", **more: Any) -> WSGIEnvironment:
    """An environ as a server makes it; `body` is the request's."""
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "Brightwash.Example",
        "SERVER_PROTOCOL": "HTTP/1.1", "SCRIPT_NAME": "",
    }  # fmt: skip
    body = more.pop("body", b"")
    setup_testing_defaults(environ)
    environ["wsgi.input"] = io.BytesIO(body)
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    environ.update(more)
    return environ


def answering(items: Any, headers: list[tuple[str, str]] = HTML, status: str = "200 OK") -> WSGIApplication:
    """An app that answers with these items."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, list(headers))
        result: Iterable[bytes] = items
        return result

    return app


def middle(app: WSGIApplication, kit: LoudKit, **more: Any) -> ConsentMiddleware:
    """The middleware around the app."""
    more.setdefault("records", MemoryStore())
    return ConsentMiddleware(app, kit.kit, **more)


def serve(app: WSGIApplication, kit: LoudKit, lint: Lint = lambda app: app, **more: Any) -> Server:
    """One GET through a checker, the middleware, a checker, and the app."""
    return Server().run(lint(middle(lint(app), kit)), environ_of(**more))


# Bodies.


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


def test_navigations_are_offered_no_file_wrapper(kit: LoudKit) -> None:
    """Where a page is expected the app is not offered the shortcut."""
    seen = list[bool]()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.append("wsgi.file_wrapper" in environ)
        return answering([b""])(environ, start_response)

    for accept in ("text/html", "image/png"):
        serve(app, kit, HTTP_ACCEPT=accept, **WRAPPER)
    assert [False, True] == seen


# start_response, write, close.


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


def lose() -> None:
    """Fails as an app does."""
    raise LookupError("lost")


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


# Heads.


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


def test_the_apps_environ(kit: LoudKit, lint: Lint) -> None:
    """The app gets the changed fields in a copy, and the server's environ stays what it was."""
    seen = list[dict[str, Any]]()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.append(dict(environ))
        return answering([b"a"])(environ, start_response)

    fields = {"HTTP_ACCEPT": "text/html", "HTTP_ACCEPT_ENCODING": "gzip", "HTTP_RANGE": "bytes=0-1",
              "HTTP_COOKIE": "a=1; b=2", "HTTP_X_NAME": "é", "CONTENT_TYPE": "text/x"}  # fmt: skip
    environ = environ_of(**fields)
    Server().run(lint(middle(lint(app), kit)), environ)
    assert fields.items() <= environ.items()
    assert not [key for key in environ if key.startswith("consentkit")]
    inner = seen[0]
    assert ("kept=1", "é", "text/x", "text/html") == tuple(
        inner[name] for name in ("HTTP_COOKIE", "HTTP_X_NAME", "CONTENT_TYPE", "HTTP_ACCEPT")
    )
    assert not {"HTTP_ACCEPT_ENCODING", "HTTP_RANGE"} & set(inner)
    assert (kit.last.consent, kit.last) == (consent_from(inner), inner["consentkit.exchange"])


def test_consent_outside() -> None:
    """Outside of the middleware there is no consent, and the sentence says why."""
    with pytest.raises(UsageError, match="did not pass ConsentMiddleware"):
        consent_from({})


def test_the_request() -> None:
    """The head of the request in the core's words; bytes of a path are read as UTF-8."""
    environ = environ_of(
        "/b\u00c3\u00bcro", SCRIPT_NAME="/app/", QUERY_STRING="a=%20", HTTP_SEC_GPC="1", HTTP_COOKIE="a=1",
        CONTENT_TYPE="text/x", CONTENT_LENGTH="", HTTP_CONTENT_TYPE="forged",
    )  # fmt: skip
    request = request_from(environ)
    assert ("GET", "http", "brightwash.example") == (request.method, request.scheme, request.host)
    assert ("/büro", "/app", "a=%20") == (request.path, request.root_path, request.query)
    assert ("1", "a=1", "text/x", None) == tuple(
        request.header(name) for name in ("sec-gpc", "cookie", "content-type", "content-length")
    )
    del environ["HTTP_HOST"]
    environ["PATH_INFO"] = "/\u00ff"
    assert ("", "/\ufffd") == (request_from(environ).host, request_from(environ).path)


# Own endpoints.


def no_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """An app that must not be called."""
    raise LookupError("the app was called")


def test_an_own_endpoint(kit: LoudKit, lint: Lint) -> None:
    """An own endpoint reads the body, keeps the record, and answers with its length; the app is not called."""
    store = MemoryStore()
    server = Server().run(lint(middle(no_app, kit, records=store)), environ_of("/own", "POST", body=b"yes"))
    assert ("200 OK", b"got yes", "7") == (server.status, server.body, server.fields["content-length"])
    assert (1, 1) == (len(store.records), kit.last.closed)


@pytest.mark.parametrize("lint", ["bare", "wsgiref"], indirect=True)  # Werkzeug's takes HEAD for GET
def test_an_own_endpoint_for_head(kit: LoudKit, lint: Lint) -> None:
    """HEAD gets the head of GET's answer, with its length."""
    server = serve(no_app, kit, lint, path="/own", method="HEAD")
    assert (b"", "4") == (server.body, server.fields["content-length"])


class Input(io.BytesIO):
    """Notes how much is read, and gives at most two bytes at once."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Two bytes at most."""
        data = super().read(min(2, size if size is not None and size >= 0 else 2))
        self.taken += len(data)
        return data


@pytest.mark.parametrize(
    ("length", "terminated", "sent", "status", "taken"),
    [
        (str(OWN_LIMIT), False, b"x" * 100, 200, OWN_LIMIT),
        (str(OWN_LIMIT + 1), False, b"x" * 100, 413, OWN_LIMIT + 1),
        ("9" * 5000, False, b"x" * 100, 413, OWN_LIMIT + 1),
        ("", True, b"x" * 100, 413, OWN_LIMIT + 1),
        ("", True, b"x" * 3, 200, 3),
        ("", False, b"x" * 3, 200, 0),
        ("many", False, b"x" * 3, 200, 0),
        ("-1", False, b"x" * 3, 200, 0),
        ("5", False, b"x" * 4, 400, 4),
        ("100", False, b"x" * 4, 400, 4),
    ],
)
def test_bodies_of_requests(kit: LoudKit, length: str, terminated: bool, sent: bytes, status: int, taken: int) -> None:
    """No more than the limit and one byte is read, nothing beyond the length, and half a body decides nothing."""
    store, stream = MemoryStore(), Input(sent)
    environ = environ_of("/own", "POST", CONTENT_LENGTH=length)
    environ.update({"wsgi.input": stream, "wsgi.input_terminated": terminated})
    server = Server().run(middle(no_app, kit, records=store), environ)
    assert (status, taken) == (int(server.status[:3]), stream.taken)
    assert len(store.records) == (status == 200)
    assert "content-length" in server.fields


def test_a_store_that_fails(kit: LoudKit, lint: Lint, caplog: pytest.LogCaptureFixture) -> None:
    """The visitor is told, the owner's log has the reason, and nothing is decided."""

    class Broken(MemoryStore):
        def append(self, record: object, /) -> None:
            """Fails."""
            raise StoreError("the disk is full; free some space")

    server = Server().run(lint(middle(no_app, kit, records=Broken())), environ_of("/own", "POST", body=b"yes"))
    assert ("503 Service Unavailable", b"not stored") == (server.status, server.body)
    assert "set-cookie" not in server.fields
    assert "the disk is full" in caplog.text


def test_awaited_stores_are_refused(kit: LoudKit) -> None:
    """A store that is awaited is refused when the app is built."""
    with pytest.raises(UsageError, match="awaited"):
        middle(no_app, kit, records=AsyncFromSync(MemoryStore()))
