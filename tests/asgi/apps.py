"""Apps that send the messages they are given, and a server before the middleware around them."""

from __future__ import annotations

from typing import Any

from consentkit.asgi import ASGIApp, ConsentMiddleware, Message, Receive, Scope, Send
from consentkit.records.memory import MemoryStore
from tests.drivers.asgi_server import Server, http_scope
from tests.drivers.doubles import LoudKit

HTML = [(b"Content-Type", b"text/html; charset=utf-8")]
JSON = [(b"content-type", b"application/json")]


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


async def no_app(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that must not be called."""
    raise LookupError("the app was called")


def own(parts: tuple[bytes, ...], method: str = "POST", leaves: int | None = None) -> Server:
    """A request to the double's own endpoint."""
    return Server(http_scope("/own", method=method), parts, leaves)
