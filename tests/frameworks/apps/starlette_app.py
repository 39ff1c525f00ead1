"""Starlette."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from consentkit.asgi import ASGIApp
from consentkit.policy.models import Policy
from consentkit.records.store import Store
from consentkit.starlette import ConsentMiddleware, consent_from
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

PROTOCOL, NEEDS = "asgi", ("starlette",)


async def page(request: Request) -> Response:
    return HTMLResponse(PAGE)


async def stream(request: Request) -> Response:
    return StreamingResponse(iter(PIECES), media_type=HTML)


async def data(request: Request) -> Response:
    return Response(DATA, media_type="application/json")


async def visits(request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"set-cookie": COOKIE})


async def view(request: Request) -> Response:
    return JSONResponse(seen(request.cookies, consent_from(request)))


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def broken(request: Request) -> Response:
    raise RuntimeError("broken on purpose")


def make_app(policy: Policy, store: Store) -> ASGIApp:
    """The app with consentkit among its middleware."""
    routes = [
        Route("/", page),
        Route("/stream", stream),
        Route("/data", data),
        Route("/visits", visits),
        Route("/seen", view),
        Route("/echo", echo, methods=["POST"]),
        Route("/broken", broken),
    ]
    guard = Middleware(ConsentMiddleware, policy=policy, secret=SECRET, records=store)
    return Starlette(routes=routes, middleware=[guard])
