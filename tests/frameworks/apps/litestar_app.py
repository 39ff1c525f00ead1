"""Litestar."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.response import Stream

from consentkit.asgi import ASGIApp, ConsentMiddleware, consent_from
from consentkit.policy.models import Policy
from consentkit.records.store import Store
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

PROTOCOL, NEEDS = "asgi", ("litestar",)


@get("/", media_type=MediaType.HTML)
async def page() -> str:
    return PAGE


@get("/stream")
async def stream() -> Stream:
    return Stream(iter(PIECES), media_type=HTML)


@get("/data", media_type=MediaType.JSON)
async def data() -> bytes:
    return DATA.encode()


@get("/visits")
async def visits() -> Response[str]:
    return Response(PAGE, media_type=MediaType.HTML, headers={"set-cookie": COOKIE})


@get("/seen")
async def view(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return seen(request.cookies, consent_from(request.scope))  # type: ignore[arg-type]


@post("/echo", media_type=MediaType.TEXT, status_code=200)
async def echo(request: Request[Any, Any, Any]) -> bytes:
    return await request.body()


@get("/broken")
async def broken() -> None:
    raise RuntimeError("broken on purpose")


def make_app(policy: Policy, store: Store) -> ASGIApp:
    """The app behind consentkit: as a middleware of Litestar's it would not be asked for paths that have no route."""
    app = Litestar([page, stream, data, visits, view, echo, broken], openapi_config=None)
    return ConsentMiddleware(app, policy=policy, secret=SECRET, records=store)  # type: ignore[arg-type]
