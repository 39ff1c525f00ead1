"""Quart."""

from __future__ import annotations

from collections.abc import AsyncIterator

from quart import Quart, Response, jsonify, request

from consentkit.asgi import ASGIApp, ConsentMiddleware, consent_from
from consentkit.policy.models import Policy
from consentkit.records.store import Store
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

PROTOCOL, NEEDS = "asgi", ("quart",)


async def pieces() -> AsyncIterator[bytes]:
    for piece in PIECES:
        yield piece


def make_app(policy: Policy, store: Store) -> ASGIApp:
    """The app, its `asgi_app` behind consentkit."""
    app = Quart(__name__)

    @app.get("/")
    async def page() -> str:
        return PAGE

    @app.get("/stream")
    async def stream() -> Response:
        return Response(pieces(), content_type=HTML)

    @app.get("/data")
    async def data() -> Response:
        return Response(DATA, content_type="application/json")

    @app.get("/visits")
    async def visits() -> Response:
        return Response(PAGE, headers={"Set-Cookie": COOKIE})

    @app.get("/seen")
    async def view() -> Response:
        return jsonify(seen(request.cookies, consent_from(request.scope)))  # type: ignore[arg-type]

    @app.post("/echo")
    async def echo() -> Response:
        return Response(await request.get_data(), content_type="text/plain")

    @app.get("/broken")
    async def broken() -> Response:
        raise RuntimeError("broken on purpose")

    app.asgi_app = ConsentMiddleware(app.asgi_app, policy=policy, secret=SECRET, records=store)  # type: ignore[arg-type, assignment, method-assign]
    return app  # type: ignore[return-value]
