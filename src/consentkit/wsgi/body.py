"""Bodies of requests to endpoints of ours, and the answers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.driver import phrase
from consentkit.http import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def respond(reply: Response, start_response: StartResponse) -> list[bytes]:
    """Gives the server an answer of ours, whole."""
    start_response(phrase(reply.status), list(reply.headers))
    return [reply.body]


def read(environ: WSGIEnvironment, limit: int) -> bytes | None:
    """The request's body, at most one byte more than the limit; None if it ended early."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        announced = int(length) if len(length) < 19 else limit + 1
        wanted = min(announced, limit + 1)
    elif environ.get("wsgi.input_terminated"):
        announced, wanted = 0, limit + 1
    else:
        return b""  # PEP 3333: without a length nothing may be read
    body = bytearray()
    while len(body) < wanted and (part := environ["wsgi.input"].read(wanted - len(body))):
        body += part
    return None if len(body) < min(announced, limit + 1) else bytes(body)
