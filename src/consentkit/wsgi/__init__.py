"""The WSGI driver: `ConsentMiddleware` translates between PEP 3333 and an exchange, and does nothing else."""

from __future__ import annotations

from consentkit.wsgi.found import consent_from, passed
from consentkit.wsgi.middleware import ConsentMiddleware
from consentkit.wsgi.names import CONSENT, EXCHANGE, MIDDLEWARE, REQUEST
from consentkit.wsgi.request import request_from

__all__ = [
    "CONSENT",
    "EXCHANGE",
    "MIDDLEWARE",
    "REQUEST",
    "ConsentMiddleware",
    "consent_from",
    "passed",
    "request_from",
]
