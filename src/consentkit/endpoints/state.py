"""One rule: what of a visitor's state a script of the page may be told, and in which form."""

from __future__ import annotations

from typing import Any

from consentkit.consent.state import Consent
from consentkit.pages.render import Pages


def state(consent: Consent) -> dict[str, Any]:
    """A visitor's state for the client script."""
    policy = consent.policy
    return {
        "state": consent.state_hash,
        "granted": list(consent.granted),
        "undecided": list(consent.undecided),
        "decided_at": consent.decided_at,
        "gpc": consent.gpc,
        "regime": consent.situation.regime.id,
        "in_use": list(consent.in_use),
        "opted_out": consent.opted_out,
        "minor": consent.minor,
        "policy": {"version": policy.version, "hash": policy.hash},
        "purposes": {purpose.id: consent.allows(purpose.id) for purpose in policy.all_purposes},
        "services": {service.id: consent.allows_service(service.id) for service in policy.services},
    }


def told(consent: Consent, pages: Pages) -> dict[str, Any]:
    """The state, and what the scripts of vendors are to be told of it."""
    return {**state(consent), **({"signals": pages.signals.changed(consent)} if pages.signals else {})}
