"""Test clients that are visitors who have decided."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Collection, Mapping
from typing import Any

from consentkit.consent.decision import ENTROPY_BYTES
from consentkit.errors import UsageError
from consentkit.http import Request
from consentkit.kit import ConsentKit


def consent_cookie(of: Any, grant: Collection[str] = ()) -> tuple[str, str]:
    """Name and value of the cookie of a visitor who has decided. No record is kept.

    Args:
        of: a `ConsentKit`; a middleware; a Flask, Starlette or FastAPI app that has consentkit; or None for the Django
            site under test.
        grant: ids of what was granted, everything else was denied; ``"*"`` for everything.

    Raises:
        UsageError: if `grant` names what the policy does not declare, or there is no consentkit.
    """
    kit = _kit(of)
    request = Request(method="GET", scheme="https", host=kit.policy.sites[0], path="/")
    names = grant if isinstance(grant, str) else tuple(grant)
    decision = kit.decide(request, grant=names, now=time.time(), entropy=secrets.token_bytes(ENTROPY_BYTES))
    name, _, rest = decision.set_cookie.partition("=")
    return name, rest.partition(";")[0]


def give_consent(client: Any, of: Any = None, grant: Collection[str] = ()) -> None:
    """Lets a test client be a visitor who has decided.

    Args:
        client: of Starlette, FastAPI, httpx, Flask or Django.
        of: as `consent_cookie` takes it.
        grant: likewise.
    """
    name, value = consent_cookie(of, grant)
    if hasattr(client, "set_cookie"):  # Werkzeug, Flask: jars are by domain, and the default is its own
        client.set_cookie(name, value)
    elif hasattr(client.cookies, "set"):  # httpx
        client.cookies.set(name, value)
    else:  # Django: a SimpleCookie
        client.cookies[name] = value


def djangos() -> ConsentKit | None:
    """The kit of the Django site under test, if there is one."""
    conf = sys.modules.get("consentkit.django.conf")
    return None if conf is None else conf.driver().kit


def _kit(of: Any) -> ConsentKit:
    if of is None:
        of = djangos()
    if isinstance(of, ConsentKit):
        return of
    extensions = getattr(of, "extensions", None)
    if isinstance(extensions, Mapping) and "consentkit" in extensions:  # a Flask app
        of = extensions["consentkit"]
    elif hasattr(of, "build_middleware_stack"):  # a Starlette app, whose stack is made at its first request
        of.middleware_stack = of.middleware_stack or of.build_middleware_stack()
        of = of.middleware_stack
    while of is not None and not isinstance(getattr(of, "kit", None), ConsentKit):
        of = getattr(of, "app", None)
    if of is None:
        raise UsageError(
            "there is no consentkit; give the ConsentKit, a middleware, or the Flask or Starlette app; nothing for a "
            "Django site"
        )
    kit: ConsentKit = of.kit
    return kit
