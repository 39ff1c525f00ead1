"""No framework, ASGI."""

from __future__ import annotations

import json
from http.cookies import SimpleCookie

from consentkit.asgi import ASGIApp, ConsentMiddleware, Receive, Scope, Send, consent_from
from consentkit.policy.models import Policy
from consentkit.records.store import Store
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

PROTOCOL, NEEDS = "asgi", ()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The app."""
    pieces: tuple[bytes, ...] = (PAGE.encode(),)
    status, kind, cookies = 200, HTML, list[tuple[bytes, bytes]]()
    match scope["path"].removeprefix(scope["root_path"]):
        case "/":
            pass
        case "/stream":
            pieces = PIECES
        case "/data":
            kind, pieces = "application/json", (DATA.encode(),)
        case "/visits":
            cookies = [(b"set-cookie", COOKIE.encode())]
        case "/seen":
            sent = "; ".join(value.decode() for name, value in scope["headers"] if name == b"cookie")
            kind, pieces = "application/json", (json.dumps(seen(SimpleCookie(sent), consent_from(scope))).encode(),)
        case "/echo":
            kind, body, more = "text/plain", b"", True
            while more:
                message = await receive()
                body, more = body + message["body"], message.get("more_body", False)
            pieces = (body,)
        case "/broken":
            raise RuntimeError("broken on purpose")
        case _:
            status, kind, pieces = 404, "text/plain", (b"nothing here",)
    headers = [(b"content-type", kind.encode()), *cookies]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for number, piece in enumerate(pieces):
        await send({"type": "http.response.body", "body": piece, "more_body": number < len(pieces) - 1})


def make_app(policy: Policy, store: Store) -> ASGIApp:
    """The app behind consentkit."""
    return ConsentMiddleware(app, policy=policy, secret=SECRET, records=store)
