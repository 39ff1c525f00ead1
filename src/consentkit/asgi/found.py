"""What an app, and the adapter of its framework, find of us in a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.asgi.messages import EXCHANGE, MIDDLEWARE, REQUEST, Scope
from consentkit.asgi.passed import Passed
from consentkit.consent.state import Consent
from consentkit.errors import UsageError
from consentkit.http import Request

if TYPE_CHECKING:
    from consentkit.asgi.middleware import ConsentMiddleware


def passed(scope: Scope) -> tuple[ConsentMiddleware, Request]:
    """The middleware that a request passed, and the request as it came there, before any mount; for adapters.

    Raises:
        UsageError: outside of it.
    """
    consent_from(scope)
    exchange = scope[EXCHANGE]
    if isinstance(exchange, Passed):
        return exchange.middleware, exchange.request
    return scope[MIDDLEWARE], scope[REQUEST]


def consent_from(scope: Scope) -> Consent:
    """The visitor's consent, inside of `ConsentMiddleware`.

    Raises:
        UsageError: outside of it.
    """
    exchange = scope.get(EXCHANGE)
    if exchange is None:
        raise UsageError("this request did not pass ConsentMiddleware; wrap the app in it")
    consent: Consent = exchange.consent
    return consent
