"""What goes by at a glance is what would leave an exchange as it came, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit import asgi, wsgi
from consentkit.asgi import Message, Receive, Scope, Send
from consentkit.errors import UsageError
from consentkit.exchange import Exchange
from consentkit.http import Request
from consentkit.kit import ConsentKit
from consentkit.known import LONGEST_KNOWN, NAMES_KNOWN, Known
from consentkit.passing import REQUESTS_KNOWN, TELLING, Passing, reader_of
from consentkit.records.memory import MemoryStore
from consentkit.visitors import MAX_KEPT_COOKIES
from tests.drivers.asgi_server import EXTENSIONS, ProtocolError, Server, http_scope
from tests.drivers.policies import SECRET, small_policy
from tests.wsgi.apps import Body, environ_of, lose
from tests.wsgi.apps import Server as WsgiServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

KIT = ConsentKit(
    small_policy(
        cookies=[
            {
                "name": "counted",
                "purpose": "analytics",
                "lifetime": "1 year",
                "description": "Counts.",
                "third_party": False,
            }
        ]
    ),
    secret=SECRET,
)
JSON = ("content-type", "application/json")
HTML = ("content-type", "text/html")
LINK = "<https://counter.example/x.js>; rel=preload; as=script"

REQUEST_FIELDS = [
    ("accept", "*/*"), ("accept", "text/html"), ("sec-fetch-dest", "empty"), ("sec-fetch-dest", "document"),
    ("cookie", "a=1"), ("cookie", "counted=1"), ("Cookie", "counted=1"), ("if-none-match", '"x"'), ("sec-gpc", "1"),
    ("range", "bytes=0-1"), ("accept-encoding", "gzip"), ("x-other", "1"),
]  # fmt: skip
ANSWER_FIELDS = [
    JSON, HTML, ("content-type", "image/svg+xml"), ("content-type", "text/javascript"), ("set-cookie", "a=1"),
    ("link", LINK), ("X-Other", "1"), ("content-length", "2"), ("etag", '"x"'), ("nel", "{}"),
    ("content-security-policy", "default-src 'self'; report-uri https://counter.example/"),
]  # fmt: skip
KEYS = frozenset(name.encode() for name in TELLING)
PATHS = ["/", "/data", "/_ck/preferences", "/_ck/nothing", "/_ckx"]


def told(kit: ConsentKit) -> dict[str, Any]:
    """What a middleware is given that opens every exchange, because the app tells of visitors."""
    return {"kit": kit, "records": MemoryStore(), "signal": lambda _request: False}


def asgi_app(status: int, fields: list[tuple[str, str]], seen: list[Any]) -> asgi.ASGIApp:
    """Answers with these fields, and keeps what it got."""

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append((scope["headers"], sorted(scope["extensions"]), scope["state"]["consent"]))
        headers = [(name.lower().encode(), value.encode()) for name, value in fields]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        await send({"type": "http.response.body", "body": b"{}"})

    return app


def wsgi_app(status: int, fields: list[tuple[str, str]], seen: list[Any], *, whole: bool) -> Any:
    """Answers with these fields, and keeps what it got."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        names = ("HTTP_COOKIE", "HTTP_ACCEPT_ENCODING", "HTTP_RANGE", "HTTP_IF_NONE_MATCH")
        seen.append(({name: environ.get(name) for name in names}, environ["consentkit.consent"]))
        start_response(f"{status} Said", list(fields))
        return [b"{}"] if whole else iter((b"{", b"}"))

    return app


@given(
    path=st.sampled_from(PATHS),
    asked=st.lists(st.sampled_from(REQUEST_FIELDS), max_size=4),
    status=st.sampled_from([200, 404, 304]),
    answered=st.lists(st.sampled_from(ANSWER_FIELDS), max_size=3),
    root=st.sampled_from(["", "/app"]),
    method=st.sampled_from(["GET", "POST", "HEAD"]),
)
def test_the_same_leaves_under_asgi(
    path: str,
    asked: list[tuple[str, str]],
    status: int,
    answered: list[tuple[str, str]],
    root: str,
    method: str,
) -> None:
    """A second request, of which something is remembered, is served as one whose exchange is made."""
    seen = list[Any]()
    app = asgi_app(status, answered, seen)
    glancing, opening = (
        asgi.ConsentMiddleware(app, KIT, records=MemoryStore()),
        asgi.ConsentMiddleware(app, **told(KIT)),
    )

    async def served(middleware: asgi.ConsentMiddleware) -> tuple[Any, Any]:
        seen.clear()
        scope = http_scope(root + path, root_path=root, headers=asked, extensions=EXTENSIONS, method=method)
        server = Server(scope)
        await middleware(scope, server.receive, server.send)
        return server.sent, list(seen)

    async def all_of_them() -> list[tuple[Any, Any]]:
        return [await served(glancing), await served(glancing), await served(opening)]

    first, second, opened = anyio.run(all_of_them)
    assert opened == first
    assert opened == second


@given(
    path=st.sampled_from(PATHS),
    asked=st.lists(st.sampled_from([field for field in REQUEST_FIELDS if field[0].islower()]), max_size=4),
    status=st.sampled_from([200, 404, 304]),
    answered=st.lists(st.sampled_from(ANSWER_FIELDS), max_size=3),
    whole=st.booleans(),
    method=st.sampled_from(["GET", "POST", "HEAD"]),
)
def test_the_same_leaves_under_wsgi(
    path: str,
    asked: list[tuple[str, str]],
    status: int,
    answered: list[tuple[str, str]],
    whole: bool,
    method: str,
) -> None:
    """A second request, of which something is remembered, is served as one whose exchange is made."""
    seen = list[Any]()
    app = wsgi_app(status, answered, seen, whole=whole)
    glancing, opening = (
        wsgi.ConsentMiddleware(app, KIT, records=MemoryStore()),
        wsgi.ConsentMiddleware(app, **told(KIT)),
    )

    def served(middleware: wsgi.ConsentMiddleware) -> tuple[Any, Any]:
        seen.clear()
        fields = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in asked}
        server = WsgiServer().run(middleware, environ_of(path, method, **fields))
        return (server.status, server.headers, server.body), list(seen)

    first, second, opened = served(glancing), served(glancing), served(opening)
    assert opened == first
    assert opened == second


# What is remembered.


def remembering() -> Passing:
    """What one kit's drivers remember."""
    return Passing(KIT, told=False)


def opened(**environ: str) -> tuple[Request, Exchange]:
    """A request with these fields, and its exchange."""
    request = wsgi.request_from(environ_of(**environ))
    return request, KIT.open(request, now=0.0, entropy=b"")


def test_who_is_remembered() -> None:
    """A visitor whose cookies all go to the app is remembered; one with refused ones, or with very many, is not."""
    passing = remembering()
    for cookies in ("a=1", "counted=1", "x=" + "y" * MAX_KEPT_COOKIES):
        passing.remember(cookies, *opened(HTTP_COOKIE=cookies))
    assert ["a=1"] == list(passing.visitors)


def test_what_is_remembered() -> None:
    """Requests for pages, and those with entity tags, go the whole way each time."""
    passing = remembering()
    for name, value in (("ACCEPT", "text/html"), ("SEC_FETCH_DEST", "iframe"), ("IF_NONE_MATCH", "x"), ("ACCEPT", "x")):
        passing.remember(value, *opened(**{f"HTTP_{name}": value}))
    assert [] == [value for value in passing.visitors if value != "x"]
    assert 1 == len(passing.visitors)


def test_nobody_is_remembered_where_more_is_known() -> None:
    """Where the app, a regime or a signal says more of visitors than their cookies, none is remembered."""
    situated = ConsentKit(small_policy(dnt="deny", dnt_response="It counts as a refusal."), secret=SECRET)
    for passing in (Passing(KIT, told=True), Passing(situated, told=False)):
        passing.remember(None, *opened())
        passing.remember_fields([(b"host", b"shop.example")], *opened())
        assert ({}, {}) == (passing.visitors, passing.readers)


def test_no_more_are_remembered_than_there_is_room() -> None:
    """Made-up cookies and names of fields cost a bounded memory, and what is full begins anew."""
    passing, asked = remembering(), opened()
    for number in range(REQUESTS_KNOWN + 5):
        passing.remember(f"a={number}", *asked)
    assert 5 == len(passing.visitors)
    for number in range(NAMES_KNOWN + 5):
        passing.remember_fields([(b"host", b""), (b"x-%d" % number, b"")], *asked)
    assert 5 == len(passing.readers)
    passing.remember_fields([(b"host", b""), (b"x" * LONGEST_KNOWN, b"")], *asked)
    assert 5 == len(passing.readers)


@pytest.mark.parametrize(
    "fields",
    [
        [(b"accept", b"*/*")],
        [(b"host", b""), (b"accept", b"*/*"), (b"accept", b"text/html")],
        [(b"host", b""), (b"Cookie", b"a=1")],
        [(b"host", b""), (b"if-range", b"x")],
        [(b"host", b""), [b"accept", b"*/*"]],
    ],
    ids=["without a host", "twice", "in capitals", "with a tag", "lists"],
)
def test_fields_that_are_read_each_time(fields: list[Any]) -> None:
    """Of a request whose fields have to be looked at, none are remembered."""
    passing = remembering()
    passing.remember_fields(fields, *opened())
    assert ({}, {}) == (passing.visitors, passing.readers)


@given(st.lists(st.sampled_from([name.encode() for name, _ in REQUEST_FIELDS if name.islower()]), unique=True))
def test_what_tells_is_read_out_of_fields(names: list[bytes]) -> None:
    """Two requests with fields of the same names read alike if, and only if, the same stands in those that tell."""
    reader = reader_of((b"host", *names))
    assert (reader is None) == (b"if-none-match" in names)
    if reader is None:
        return
    first = reader([(b"host", b"a"), *((name, b"1") for name in names)])
    assert first == reader([(b"host", b"b"), *((name, b"1" if name in KEYS else b"2") for name in names)])
    for changed in KEYS.intersection(names):
        assert first != reader([(b"host", b"a"), *((name, b"2" if name == changed else b"1") for name in names)])


def test_what_is_known_is_bounded() -> None:
    """Neither many names nor long ones make the memory grow."""
    known = Known[str, int](len)
    assert [LONGEST_KNOWN + 1, 3] == [known["x" * (LONGEST_KNOWN + 1)], known["abc"]]
    assert ["abc"] == list(known)
    pairs = Known[tuple[str | None, str | None], int](len)
    assert 2 == pairs["x" * LONGEST_KNOWN, "y"] == pairs[None, None]
    assert [(None, None)] == list(pairs)
    for number in range(2 * NAMES_KNOWN):
        known[str(number)]
    assert NAMES_KNOWN == len(known)


# What comes behind a head that went by.


def start(*fields: tuple[bytes, bytes]) -> Message:
    """The head of an answer."""
    return {"type": "http.response.start", "status": 200, "headers": [*fields]}


async def passed(*messages: Message) -> Server:
    """The second request of a visitor, so that it goes by, to an app that sends these messages."""

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        assert scope["consentkit.exchange"].consent is asgi.consent_from(scope)
        for message in messages if scope["path"] == "/second" else (start((b"content-type", b"text/css")), END):
            await send(message)

    middleware = asgi.ConsentMiddleware(app, KIT, records=MemoryStore())
    await Server(http_scope("/first")).run(middleware)
    return await Server(http_scope("/second", extensions=EXTENSIONS)).run(middleware)


END: Message = {"type": "http.response.body", "body": b"{}"}
CSS = start((b"content-type", b"text/css"))


@pytest.mark.anyio
async def test_other_messages_behind_it() -> None:
    """Files, trailers and unknown messages go on behind such a head; hints go without links to third parties."""
    hint = {"type": "http.response.early_hint", "links": [LINK.encode(), b"</a.css>; rel=preload"]}
    unknown: Message = {"type": "x-later"}
    path: Message = {"type": "http.response.pathsend", "path": "/film"}
    server = await passed(CSS, hint, unknown, path)
    assert [CSS, {**hint, "links": [b"</a.css>; rel=preload"]}, unknown, path] == server.sent
    announced = {**CSS, "trailers": True}
    trailers: Message = {"type": "http.response.trailers", "headers": [(b"digest", b"x")]}
    assert [announced, END, trailers] == (await passed(announced, END, trailers)).sent


@pytest.mark.anyio
async def test_what_does_not_go_by_is_read() -> None:
    """An answer that turns out to be a page, or has no list of fields, goes the whole way."""
    server = await passed(start((b"content-type", b"text/html")), {**END, "body": b"<img src=//counter.example/x>"})
    assert b"<img src=//counter.example/x>" not in server.body
    assert b"content-security-policy" in dict(server.head["headers"])
    server = await passed({**CSS, "headers": iter(CSS["headers"])}, END)
    assert CSS["headers"] == server.head["headers"]


@pytest.mark.anyio
async def test_an_order_that_is_wrong() -> None:
    """The server, or we, tell an app that breaks the order."""
    for messages, error in (
        ((CSS, CSS), UsageError),
        ((END,), UsageError),
        ((CSS,), ProtocolError),
        ((CSS, END, END), ProtocolError),
        ((start((b"content-type", b"text/html")),), ProtocolError),
    ):
        with pytest.raises(error):
            await passed(*messages)


def by_wsgi(app: Any, **more: Any) -> WsgiServer:
    """The second request of a visitor, so that it goes by."""
    first = wsgi_app(200, [JSON], [], whole=True)
    middleware = wsgi.ConsentMiddleware(
        lambda environ, start_response: (first if environ["PATH_INFO"] == "/first" else app)(environ, start_response),
        KIT,
        records=MemoryStore(),
    )
    WsgiServer().run(middleware, environ_of("/first"))
    return WsgiServer().run(middleware, environ_of("/second", **more))


def test_an_iterator_that_goes_by_is_closed_once() -> None:
    """The app's iterator is left to the server behind its first block, and closed once, also after an error."""
    for blocks, expected in (((b"a", b"", b"b"), [b"a", b"", b"b"]), ((b"", b"b"), [b"", b"b"]), ((), [])):
        body = Body(blocks)
        server = by_wsgi(lambda _environ, begin, body=body: begin("200 OK", [JSON]) and body)
        assert (expected, 1) == ([block for kind, block in server.events if kind == "block"], body.closed)

    def failing() -> Iterator[bytes]:
        yield from ()
        raise LookupError("lost")

    body = Body(failing())
    with pytest.raises(LookupError, match="lost"):
        by_wsgi(lambda _environ, begin: begin("200 OK", [JSON]) and body)
    assert 1 == body.closed


@pytest.mark.parametrize("first", [(), (b"",), (b"a",)])
def test_a_head_that_is_replaced(first: tuple[bytes, ...]) -> None:
    """An error's page replaces a head that went by until a byte is out, and is read; then the error itself comes."""

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [JSON])

        def blocks() -> Iterator[bytes]:
            yield from first
            try:
                lose()
            except LookupError:
                start_response("500 Lost", [HTML], sys.exc_info())
                yield b"<img src=//counter.example/x>"

        return blocks()

    if first == (b"a",):
        with pytest.raises(LookupError, match="lost"):
            by_wsgi(app)
        return
    server = by_wsgi(app)
    assert "500 Lost" == server.status
    assert b"<img src=//counter.example/x>" not in server.body


def test_writing_behind_a_head_that_went_by() -> None:
    """What is written goes to the server, before what is returned; a second head without an error is refused."""

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [JSON])(b"{")
        return [b"}"]

    assert [("start", "200 OK"), ("write", b"{"), ("block", b"}")] == by_wsgi(app).events

    def twice(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [JSON])
        start_response("200 OK", [JSON])
        return [b"}"]

    with pytest.raises(UsageError, match="second time"):
        by_wsgi(twice)


def test_a_file_that_goes_by() -> None:
    """The server's wrapper around a file is the server's to send, though something is remembered."""

    class Wrapper(Body):
        """A server's."""

    body = Wrapper((b"a",))
    server = by_wsgi(lambda _environ, begin: begin("200 OK", [JSON]) and body, **{"wsgi.file_wrapper": Wrapper})
    assert (b"a", 1) == (server.body, body.closed)


def test_the_exchange_is_made_when_it_is_looked_into() -> None:
    """An app that looks into the exchange of a request that goes by finds a whole one."""
    seen = list[object]()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        exchange = environ["consentkit.exchange"]
        seen.extend((exchange.body_limit, exchange.inner.path, wsgi.passed(environ)[1].path))
        start_response("200 OK", [JSON])
        return [b"{}"]

    by_wsgi(app)
    assert [None, "/second", "/second"] == seen


@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_a_head_that_is_no_list(kind: Any) -> None:
    """A head in a form that servers do not take is made a list of, the second time as the first."""

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", kind([JSON]))
        return [b"{}"]

    assert [JSON] == by_wsgi(app).headers


@pytest.mark.anyio
async def test_a_scope_whose_state_is_none() -> None:
    """The app finds the consent in a state of its own, the second time as the first."""
    seen = list[Any]()
    middleware = asgi.ConsentMiddleware(asgi_app(200, [JSON], seen), KIT, records=MemoryStore())
    for _ in range(2):
        scope = {**http_scope("/data", extensions=EXTENSIONS), "state": None}
        await Server(scope).run(middleware)
    assert seen[0] == seen[1]


@pytest.mark.anyio
async def test_fields_in_lists() -> None:
    """Fields that come in lists, as the specification allows, are served the second time as the first."""
    seen = list[Any]()
    middleware = asgi.ConsentMiddleware(asgi_app(200, [JSON], seen), KIT, records=MemoryStore())
    for kind in (tuple, list, list):
        scope = http_scope("/data", headers=[("accept", "*/*"), ("cookie", "a=1")], extensions=EXTENSIONS)
        scope["headers"] = [kind(field) for field in scope["headers"]]
        await Server(scope).run(middleware)
    assert seen[0][2] == seen[1][2] == seen[2][2]


@pytest.mark.anyio
async def test_an_app_that_changes_its_fields_in_place() -> None:
    """Who asked is told by the fields as they came, though the app changes the list of them before it is asked."""
    paths = list[Any]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"].clear()
        paths.append((scope["consentkit.exchange"].inner.host, asgi.passed(scope)[1].header("cookie")))
        await asgi_app(200, [JSON], [])({**scope, "headers": []}, receive, send)

    middleware = asgi.ConsentMiddleware(asgi_app(200, [JSON], []), KIT, records=MemoryStore())
    for served in (middleware.app, app):
        middleware.app = served
        scope = http_scope("/data", headers=[("cookie", "a=1")], extensions=EXTENSIONS)
        await Server(scope).run(middleware)
    assert [("brightwash.example", "a=1")] == paths
