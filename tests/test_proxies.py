"""Which forwarded fields are believed: none, unless the owner says how many proxies there are."""

from __future__ import annotations

from typing import Any
from wsgiref.util import setup_testing_defaults

import anyio
import pytest

from consentkit import asgi, wsgi
from consentkit.errors import UsageError
from consentkit.http import Request
from consentkit.proxies import behind_proxies
from consentkit.records.memory import MemoryStore
from tests.policies import make_policy

PROTO, HOST = "X-Forwarded-Proto", "X-Forwarded-Host"
SECRET = "a secret of 24 characters"


def request(*headers: tuple[str, str]) -> Request:
    """As it reaches a server behind a proxy that ends TLS."""
    return Request("GET", "http", "backend:8000", "/", headers=headers)


@pytest.mark.parametrize(
    ("headers", "hops", "seen"),
    [
        ([(PROTO, "https"), (HOST, "Shop.Example")], 1, ("https", "shop.example")),
        ([(PROTO, "http, https"), (HOST, "evil.test, shop.example")], 1, ("https", "shop.example")),
        ([(PROTO, "https"), (PROTO, "http"), (HOST, "evil.test"), (HOST, "shop.example:8443"), (HOST, "inner")], 2,
         ("https", "shop.example:8443")),
        ([(PROTO, "https")], 2, ("http", "backend:8000")),
        ([(PROTO, "javascript"), (HOST, "a/b")], 1, ("http", "backend:8000")),
        ([(PROTO, ""), (HOST, "")], 1, ("http", "backend:8000")),
        ([(HOST, "shop.example\r\nX: y")], 1, ("http", "backend:8000")),
        ([(HOST, "shop.example@evil.test")], 1, ("http", "backend:8000")),
        ([(HOST, "[::1]:80")], 1, ("http", "[::1]:80")),
        ([("Forwarded", "proto=https;host=evil.test")], 1, ("http", "backend:8000")),
        ([], 1, ("http", "backend:8000")),
    ],
)  # fmt: skip
def test_of_so_many_proxies_the_first_counts(headers: list[tuple[str, str]], hops: int, seen: tuple[str, str]) -> None:
    """Values are counted from the end; what stands before the trusted ones, is malformed or missing changes nothing."""
    told = behind_proxies(request(*headers), hops)
    assert (told.scheme, told.host) == seen


@pytest.mark.parametrize("value", [-1, True, "1", 1.5, None])
def test_the_number_has_to_be_one(value: object) -> None:
    """Anything but a number from 0 on is refused when the app is built."""
    options: dict[str, Any] = {"trusted_proxies": value}
    with pytest.raises(UsageError, match="trusted_proxies"):
        wsgi.ConsentMiddleware(lambda *_: [], policy=make_policy(), secret=SECRET, records=MemoryStore(), **options)


@pytest.mark.parametrize(
    ("options", "seen"), [({}, "http://backend.example"), ({"trusted_proxies": 1}, "https://shop.example")]
)
def test_both_drivers_believe_nothing_by_default(options: dict[str, Any], seen: str) -> None:
    """The widened policy of the app shows which origin was believed, under WSGI and ASGI alike."""
    fields = {PROTO: "https", HOST: "shop.example"}
    policy = make_policy(sites=["shop.example", "backend.example"])
    given: dict[str, Any] = {"policy": policy, "secret": SECRET, "records": MemoryStore(), **options}
    policies = []

    def plain(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Security-Policy", "script-src 'none'")])
        return [b"<p>x"]

    environ: dict[str, Any] = {
        "HTTP_HOST": "backend.example",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "shop.example",
    }
    setup_testing_defaults(environ)
    environ["HTTP_HOST"] = "backend.example"

    def start(_: str, headers: list[tuple[str, str]], __: Any = None) -> Any:
        policies.append(next(value for name, value in headers if name == "Content-Security-Policy"))

    list(wsgi.ConsentMiddleware(plain, **given)(environ, start))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html"), (b"content-security-policy", b"script-src 'none'")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"<p>x"})

    async def send(message: Any) -> None:
        for name, value in message.get("headers", ()):
            if name == b"content-security-policy":
                policies.append(value.decode())
                break

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    headers = [
        (b"host", b"backend.example"),
        *((name.lower().encode(), value.encode()) for name, value in fields.items()),
    ]
    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": headers, "query_string": b""}
    anyio.run(asgi.ConsentMiddleware(app, **given), scope, receive, send)
    assert policies == [f"script-src {seen}/_ck/"] * 2
