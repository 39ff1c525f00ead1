"""consentkit in the idiom of Django: an app, a middleware, template tags, and the records in the site's database.

    INSTALLED_APPS = [..., "consentkit.django"]
    MIDDLEWARE = [
        "django.middleware.security.SecurityMiddleware",
        "consentkit.django.middleware.ConsentMiddleware",
        ...
    ]
    CONSENTKIT = BASE_DIR / "policy.toml"

In a view the visitor's consent is `request.consent`, or `consent_from(request)`, which type checkers understand.
"""

from __future__ import annotations

from consentkit.django.requests import (
    adecide,
    async_account,
    consent_from,
    decide,
    forget,
    form_consents,
    requires,
    sync_account,
)

__all__ = ["adecide", "async_account", "consent_from", "decide", "forget", "form_consents", "requires", "sync_account"]
