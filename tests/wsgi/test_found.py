"""What an app finds of us in an environ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from consentkit.errors import UsageError
from consentkit.http import Request
from consentkit.wsgi import consent_from, passed
from tests.drivers.doubles import LoudKit
from tests.wsgi.apps import Server, answering, environ_of, middle

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def test_consent_outside() -> None:
    """Outside of the middleware there is no consent, and the sentence says why."""
    with pytest.raises(UsageError, match="did not pass ConsentMiddleware"):
        consent_from({})


def test_an_adapter_finds_the_middleware_and_the_request(kit: LoudKit) -> None:
    """The request is the one that came there, before any mount changed the environ."""
    seen = list[tuple[object, Request]]()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.append(passed({**environ, "SCRIPT_NAME": "/app", "HTTP_COOKIE": ""}))
        return answering([b""])(environ, start_response)

    middleware = middle(app, kit)
    Server().run(middleware, environ_of("/app/films", HTTP_ACCEPT="text/html", HTTP_COOKIE="a=1"))
    ((found, request),) = seen
    assert found is middleware
    assert ("/app/films", "", "a=1") == (request.path, request.root_path, request.header("cookie"))
    with pytest.raises(UsageError, match="did not pass"):
        passed({})
