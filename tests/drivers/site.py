"""A small site for real servers: every kind of answer that a rewrite could break a connection with.

``uvicorn tests.drivers.site:asgi_app`` · ``gunicorn tests.drivers.site:wsgi_app``; the records go to the
file that the environment variable ``RECORDS`` names; ``MODE`` is the policy's. The second half of ``/slow?NAME`` is
sent as soon as there is a file of this name beside the records.
"""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from consentkit import asgi, wsgi
from consentkit.policy.models import Policy
from tests.drivers.policies import SECRET, small_policy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PAGE = (
    b"<!doctype html><html lang=en><head><title>Brightwash</title></head><body><h1>Glass</h1>"
    b'<script src="https://counter.example/count.js"></script>' + b"<p>glass</p>\n" * 20_000 + b"</body></html>"
)
PATIENCE = 120.0  # seconds after which the second half of a page is sent in any case
HTML = ("Content-Type", "text/html; charset=utf-8")
ANSWERS: dict[str, tuple[str, list[tuple[str, str]], list[bytes]]] = {
    "/whole": ("200 OK", [HTML, ("Content-Length", str(len(PAGE)))], [PAGE]),
    "/stream": ("200 OK", [HTML], [PAGE[start : start + 5000] for start in range(0, len(PAGE), 5000)]),
    "/gzip": ("200 OK", [HTML, ("Content-Encoding", "gzip")], [gzip.compress(PAGE)]),
    "/json": ("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")], [b"{}"]),
    "/none": ("204 No Content", [], []),
    "/same": ("304 Not Modified", [("ETag", '"1"')], []),
    "/empty": ("200 OK", [HTML, ("Content-Length", "0")], [b""]),
    "/gone": ("404 Not Found", [HTML], [b"<!doctype html><title>Gone</title><p>gone"]),
    "/unreadable": ("200 OK", [HTML, ("Content-Encoding", "secret")], [b"\x01\x02"]),
}


def _wsgi_site(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/slow":
        return _slowly(start_response, environ["QUERY_STRING"])
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Type", "text/plain")])
        wrapper = environ.get("wsgi.file_wrapper", lambda file: file)
        wrapped: Iterable[bytes] = wrapper(open(__file__, "rb"))  # noqa: PTH123, SIM115 (the server closes it)
        return wrapped
    status, headers, body = ANSWERS[environ["PATH_INFO"]]
    start_response(status, list(headers))
    head = environ["REQUEST_METHOD"] == "HEAD"
    return [] if head else body if len(body) == 1 else iter(body)


def _held(name: str, since: float) -> bool:
    """Whether the second half is to wait."""
    gate = Path(os.environ["RECORDS"]).with_name(name) if name else None
    return gate is not None and not gate.exists() and time.monotonic() - since < PATIENCE


def _slowly(start_response: StartResponse, name: str) -> Iterable[bytes]:
    start_response("200 OK", [HTML])
    yield b"<!doctype html><title>Slow</title><p>first</p>\n"
    since = time.monotonic()
    while _held(name, since):
        time.sleep(0.02)
    yield b"<p>second</p>\n"


async def _asgi_site(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    if scope["path"] == "/slow":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", HTML[1].encode())]})
        first = b"<!doctype html><title>Slow</title><p>first</p>\n"
        await send({"type": "http.response.body", "body": first, "more_body": True})
        since = time.monotonic()
        while _held(scope["query_string"].decode(), since):
            await anyio.sleep(0.02)
        await send({"type": "http.response.body", "body": b"<p>second</p>\n"})
        return
    status, headers, body = ANSWERS[scope["path"]]
    fields = [(name.lower().encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": int(status[:3]), "headers": fields})
    pieces = [] if scope["method"] == "HEAD" else body
    for number, piece in enumerate(pieces):
        await send({"type": "http.response.body", "body": piece, "more_body": number < len(pieces) - 1})
    if not pieces:
        await send({"type": "http.response.body"})


def _policy() -> Policy:
    return small_policy(mode=os.environ.get("MODE", "per-visitor"))


def wsgi_app() -> wsgi.ConsentMiddleware:
    """The site behind the WSGI driver."""
    return wsgi.ConsentMiddleware(
        _wsgi_site, policy=_policy(), secret=SECRET, records=os.environ["RECORDS"], insecure_dev=True
    )


def asgi_app() -> asgi.ConsentMiddleware:
    """The site behind the ASGI driver."""
    return asgi.ConsentMiddleware(
        _asgi_site, policy=_policy(), secret=SECRET, records=os.environ["RECORDS"], insecure_dev=True
    )
