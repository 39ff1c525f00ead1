"""Bodies of requests to endpoints of ours, and the answers to them."""

from __future__ import annotations

from consentkit.asgi.fields import encoded
from consentkit.asgi.messages import Receive, Send
from consentkit.http import Response


async def read(receive: Receive, limit: int) -> bytes | None:
    """The request's body, at most a message more than the limit; None if the visitor left."""
    body = bytearray()
    more = True
    while more and len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body[: limit + 1])


async def respond(reply: Response, send: Send) -> None:
    """Sends an answer of ours, whole."""
    await send({"type": "http.response.start", "status": reply.status, "headers": encoded(reply.headers)})
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})
