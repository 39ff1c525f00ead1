"""The ASGI driver: `ConsentMiddleware` translates between the HTTP spec (2.5) and an exchange, and does no more."""

from __future__ import annotations

from consentkit.asgi.found import consent_from, passed
from consentkit.asgi.messages import (
    CONSENT,
    EXCHANGE,
    MIDDLEWARE,
    REQUEST,
    SHORTCUTS,
    ASGIApp,
    Message,
    Receive,
    Scope,
    Send,
)
from consentkit.asgi.middleware import ConsentMiddleware
from consentkit.asgi.request import request_from

__all__ = [
    "CONSENT",
    "EXCHANGE",
    "MIDDLEWARE",
    "REQUEST",
    "SHORTCUTS",
    "ASGIApp",
    "ConsentMiddleware",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "consent_from",
    "passed",
    "request_from",
]
