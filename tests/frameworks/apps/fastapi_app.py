"""FastAPI."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse

from consentkit.asgi import ASGIApp
from consentkit.consent.state import Consent
from consentkit.policy.models import Policy
from consentkit.records.store import Store
from consentkit.starlette import ConsentMiddleware, consent_from
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

PROTOCOL, NEEDS = "asgi", ("fastapi",)

CurrentConsent = Annotated[Consent, Depends(consent_from)]


def make_app(policy: Policy, store: Store) -> ASGIApp:
    """The app with consentkit among its middleware."""
    app = FastAPI()
    app.add_middleware(ConsentMiddleware, policy=policy, secret=SECRET, records=store)

    @app.get("/", response_class=HTMLResponse)
    def page() -> str:
        return PAGE

    @app.get("/stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(iter(PIECES), media_type=HTML)

    @app.get("/data")
    def data() -> Response:
        return Response(DATA, media_type="application/json")

    @app.get("/visits", response_class=HTMLResponse)
    def visits(response: Response) -> str:
        response.headers.append("set-cookie", COOKIE)
        return PAGE

    @app.get("/seen")
    def view(request: Request, consent: CurrentConsent) -> dict[str, Any]:
        return seen(request.cookies, consent)

    @app.post("/echo")
    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await request.body())

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("broken on purpose")

    return app
