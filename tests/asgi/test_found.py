"""What an app finds of us in a scope."""

from __future__ import annotations

import pytest

from consentkit.asgi import Receive, Scope, Send, consent_from, passed
from consentkit.errors import UsageError
from consentkit.http import Request
from tests.asgi.apps import body, middle, sending, start
from tests.drivers.asgi_server import Server, http_scope
from tests.drivers.doubles import LoudKit

pytestmark = pytest.mark.anyio


async def test_consent_outside() -> None:
    """Outside of the middleware there is no consent, and the sentence says why."""
    with pytest.raises(UsageError, match="did not pass ConsentMiddleware"):
        consent_from({"type": "http"})


async def test_an_adapter_finds_the_middleware_and_the_request(kit: LoudKit) -> None:
    """The request is the one that came there, before any mount changed the scope."""
    seen = list[tuple[object, Request]]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        mounted: Scope = {**scope, "root_path": "/app", "headers": []}
        seen.append(passed(mounted))
        await sending(start(), body(b""))(scope, receive, send)

    middleware = middle(app, kit)
    await Server(http_scope("/app/films", headers=[("accept", "text/html"), ("cookie", "a=1")])).run(middleware)
    ((found, request),) = seen
    assert found is middleware
    assert ("/app/films", "", "a=1") == (request.path, request.root_path, request.header("cookie"))
    with pytest.raises(UsageError, match="did not pass"):
        passed({"type": "http"})
