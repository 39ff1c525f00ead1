"""What an app, and the adapter of its framework, find of us in an environ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.consent.state import Consent
from consentkit.errors import UsageError
from consentkit.http import Request
from consentkit.wsgi.names import CONSENT, EXCHANGE, MIDDLEWARE, REQUEST
from consentkit.wsgi.passed import Passed

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from consentkit.wsgi.middleware import ConsentMiddleware


def passed(environ: WSGIEnvironment) -> tuple[ConsentMiddleware, Request]:
    """The middleware that a request passed, and the request as it came there, before any mount; for adapters.

    Raises:
        UsageError: outside of it.
    """
    consent_from(environ)
    exchange = environ[EXCHANGE]
    if isinstance(exchange, Passed):
        return exchange.middleware, exchange.request
    return environ[MIDDLEWARE], environ[REQUEST]


def consent_from(environ: WSGIEnvironment) -> Consent:
    """The visitor's consent, inside of `ConsentMiddleware`.

    Raises:
        UsageError: outside of it.
    """
    consent = environ.get(CONSENT)
    if not isinstance(consent, Consent):
        raise UsageError("this request did not pass ConsentMiddleware; wrap the app in it")
    return consent
