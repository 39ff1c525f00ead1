"""Brightwash on Starlette: an ordinary app, and consentkit around it.

BRIGHTWASH_INSECURE_DEV=1 uvicorn --factory examples.brightwash.app:from_environment
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from consentkit.asgi import ConsentMiddleware, consent_from

from .settings import HERE, POLICY_FILE, Settings
from .site import MAX_FORM, Endpoint, Site, make_visit


def make_app(settings: Settings) -> ASGIApp:
    """The whole site. The last statement is all that consentkit asks for."""
    site = Site(settings)
    routes: list[BaseRoute] = [
        Route(path, served(endpoint, settings), methods=["GET", "POST"]) for path, endpoint in site.routes
    ]
    routes.append(Mount("/static", StaticFiles(directory=HERE / "static")))
    app = Starlette(routes=routes, exception_handlers={404: served(site.missing, settings)})
    if settings.unprotected:
        return app
    return ConsentMiddleware(app, policy=POLICY_FILE, secret=settings.secret, records=settings.records,
                             insecure_dev=settings.insecure_dev, mail_events=site.storage.add_mail_event)  # fmt: skip


def served(endpoint: Endpoint, settings: Settings) -> Callable[..., Awaitable[Response]]:
    """The Starlette endpoint of a page."""

    async def serve(request: Request, _error: HTTPException | None = None) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_FORM:
                return Response("The form is too long; please shorten it.", 413)
        consent = None if settings.unprotected else consent_from(request.scope)
        visit = make_visit(request.method, request.url.path, request.url.query, body,
                           request.headers.get("cookie", ""), consent)  # fmt: skip
        reply = await run_in_threadpool(endpoint, visit, **request.path_params)
        response = Response(reply.body, reply.status)
        response.raw_headers += [(name.lower().encode(), value.encode()) for name, value in reply.headers]
        return response

    return serve


def from_environment() -> ASGIApp:
    """The site as uvicorn's `--factory` wants it."""
    return make_app(Settings.from_environment())
