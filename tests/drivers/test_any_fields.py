"""Whatever bytes an app writes into its fields: both drivers answer alike, and what leaves would not be changed again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

from hypothesis import given
from hypothesis import strategies as st

from consentkit import asgi, wsgi
from consentkit.headers import links
from consentkit.html.urls import Url
from consentkit.http import Headers, Request, without
from consentkit.kit import ConsentKit, Exchange
from consentkit.records.memory import MemoryStore
from tests.exchanges import CHANGES, ENTROPY, NOW, PAGE, SECRET
from tests.policies import make_policy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class StillKit(ConsentKit):
    """A kit for which it is always the same moment."""

    def open(self, request: Request, *, now: float, entropy: bytes | Callable[[], bytes]) -> Exchange:
        """The exchange of one request, then."""
        return super().open(request, now=NOW, entropy=ENTROPY)


KITS = [
    StillKit(make_policy(**CHANGES, **more), secret=SECRET)
    for more in ({}, {"mode": "shared"}, {"csp": "off", "undeclared_cookies": "block", "on_unreadable": "csp"})
]
HERE = Url("https", "shop.example", "/")
GRANTED = {
    kit: kit.decide(
        Request("GET", "https", "shop.example", "/"), grant=["ads"], now=NOW, entropy=ENTROPY
    ).set_cookie.partition(";")[0]
    for kit in KITS
}

NAMES = st.sampled_from([
    *sorted(links.HANDLED), "set-cookie", "set-cookie", "location", "content-type", "content-disposition", "cache-control", "vary", "etag",
    "trailer", "x-own",
])  # fmt: skip
TOKENS = st.sampled_from([
    "https://films.example/a", "//films.example", "https://nobody.test/", "/own", "<", ">", '"', "'", "\\", ";", ",", "=", " ", "\t",
    "rel=preload", 'rel="preload next"', "imagesrcset", "0; url=", "report-uri ", "report=", "default-src 'self'", '{"group":"g","endpoints":[{"url":"',
    '"}]}', '{"report_to":"g"}', 'h3="', ":443", "path=", "seen=1", "basket=2", "other=3", "Path=/", "Secure", "Max-Age=0", "SameSite=None",
    "__Host-", "text/html", "text/plain", "image/svg+xml", "attachment", "private", "*", 'W/"a"', "\xff", "\x00", "\x7f", "\x85",
])  # fmt: skip
VALUES = st.lists(TOKENS, max_size=8).map("".join) | st.binary(max_size=30).map(lambda data: data.decode("latin-1"))
TYPES = st.sampled_from(["text/html", "application/json", "text/plain", "image/svg+xml", "text/javascript"])
ANSWERS = st.tuples(TYPES, st.lists(st.tuples(NAMES, VALUES), max_size=5)).map(
    lambda made: (("content-type", made[0]), *made[1])
)
Answer = tuple[int, Headers, bytes]


def over_wsgi(kit: ConsentKit, asked: Headers, answered: Answer) -> Callable[[], Answer]:
    """What comes through the one driver."""
    status, headers, body = answered

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response(f"{status} Said", list(headers))
        return [body]

    through, got = wsgi.ConsentMiddleware(app, kit, records=MemoryStore()), list[Any]()

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        got[:] = [int(status[:3]), tuple(headers)]
        return lambda _: None

    def visit() -> Answer:
        environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in asked}
        environ |= {"HTTP_HOST": "shop.example", "wsgi.url_scheme": "https", "PATH_INFO": "/"}
        setup_testing_defaults(environ)
        blocks = through(environ, start)
        sent = b"".join(blocks)
        if hasattr(blocks, "close"):
            blocks.close()
        return (got[0], got[1], sent)

    return visit


def over_asgi(kit: ConsentKit, asked: Headers, answered: Answer) -> Callable[[], Answer]:
    """What comes through the other."""
    status, headers, body = answered

    async def app(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": raw(headers)})
        await send({"type": "http.response.body", "body": body})

    through = asgi.ConsentMiddleware(app, kit, records=MemoryStore())

    def visit() -> Answer:
        sent = list[Any]()

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "https", "path": "/",
                 "raw_path": b"/", "query_string": b"", "root_path": "", "headers": raw((("host", "shop.example"), *asked)),
                 "client": ("127.0.0.1", 1), "server": ("shop.example", 443)}  # fmt: skip
        asyncio.run(through(scope, receive, send))
        fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"])
        return sent[0]["status"], fields, b"".join(message.get("body", b"") for message in sent[1:])

    return visit


def raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The fields as ASGI has them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def alike(answer: Answer) -> Answer:
    """The answer with its fields by name, those of one name in their order: only there it means something."""
    status, headers, body = answer
    return status, tuple(sorted(((name.lower(), value) for name, value in headers), key=itemgetter(0))), body


@given(
    kit=st.sampled_from(KITS),
    granted=st.booleans(),
    destination=st.sampled_from(["document", "iframe", "image", "empty"]),
    status=st.sampled_from([200, 201, 206, 302, 304, 404]),
    headers=ANSWERS,
    body=st.sampled_from([b"", b"{}", PAGE]),
)
def test_any_bytes_in_any_field(
    kit: StillKit, granted: bool, destination: str, status: int, headers: Headers, body: bytes
) -> None:
    """No field is an error; WSGI and ASGI answer alike, twice; no refused cookie or address leaves, and a second look changes nothing."""
    cookies = f"{GRANTED[kit]}; basket=1" if granted else "basket=1; seen=2"
    asked = (("cookie", cookies), ("sec-fetch-dest", destination), ("sec-fetch-site", "same-origin"))
    visits = [make(kit, asked, (status, headers, body)) for make in (over_wsgi, over_asgi)]
    first, *others = [visit() for visit in (*visits, *visits)]
    for other in others:
        assert alike(first) == alike(other)
    left = without(first[1], "trailer")
    decider = kit.blocker_for(kit.consent(Request("GET", "https", "shop.example", "/", headers=asked), now=NOW))
    assert left == links.filter_headers(left, decider, url=HERE)
    visitor = kit.visitors.read(Request("GET", "https", "shop.example", "/", headers=asked), NOW)
    assert left == kit.gate.outgoing(left, visitor.consent, secure=True, now=NOW)[0]
    if first[0] == 302 and destination != "document" and kit.policy.mode == "per-visitor":
        assert links.may_lead(left, decider, url=HERE)
