"""One rule: how a policy writes an element that a service's script fills, and what the HTML engine makes of it.

``data-key=6L -> https://host/{}``, ``map-view[place] -> https://host/at/{}``, ``map-view[config] -> json``.
"""

from __future__ import annotations

from consentkit.html.options import Embed
from consentkit.policy.models import Policy

_JSON = "json"


def embeds(policy: Policy) -> tuple[Embed, ...]:
    """What the services of a policy declare, in order."""
    return tuple(_embed(text) for service in policy.services for text in service.widgets)


def _embed(text: str) -> Embed:
    where, _, url = text.partition(" -> ")
    element, bracket, inside = where.partition("[")
    attribute, _, starts = (inside.removesuffix("]") if bracket else where).partition("=")
    json = url == _JSON
    return Embed(element if bracket else "*", attribute, "{}" if json else url, json=json, starts=starts)
