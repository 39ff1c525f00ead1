"""`consent` for templates: ``{% if consent.undecided %}``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from consentkit.django.requests import consent_from


def consent(request: HttpRequest) -> dict[str, Any]:
    """The visitor's consent, looked up only where a template uses it."""
    return {"consent": SimpleLazyObject(lambda: consent_from(request))}
