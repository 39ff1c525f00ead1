"""Policies for tests: valid ones, of any size."""

from __future__ import annotations

from typing import Any

from consentkit.policy.models import Policy


def purpose(name: str, **changes: Any) -> dict[str, Any]:
    """A purpose that the banner asks for."""
    return {"id": name, "title": name, "summary": f"For {name}.", "text": f"We do {name}.", **changes}


def exempt(name: str) -> dict[str, Any]:
    """A purpose that needs no consent."""
    why = "Without it the page would not work."
    return purpose(name, legal_basis="contract", exemption="strictly_necessary", justification=why)


def service(name: str, *purposes: str, **changes: Any) -> dict[str, Any]:
    """A service with a host of its own."""
    declared = {"id": name, "name": name, "provider": f"{name} Ltd", "purposes": list(purposes)}
    return {**declared, "hosts": [f"{name}.example"], **changes}


def cookie(name: str, purpose: str | None = None, **changes: Any) -> dict[str, Any]:
    """A cookie of the site, or with no purpose of a service."""
    declared = {"name": name, "purpose": purpose, "lifetime": "1 year", "description": "Remembers."}
    return {**declared, **({} if purpose is None else {"third_party": False}), **changes}


def make_policy(**changes: Any) -> Policy:
    """The policy of a made-up shop: purposes `basket` (exempt), `numbers` and `ads`, a service for each of the last two."""
    declared: dict[str, Any] = {
        "version": "1",
        "sites": ["shop.example"],
        "controller": {"name": "Shop", "address": "1 Lane", "email": "us@shop.example"},
        "purposes": [exempt("basket"), purpose("numbers"), purpose("ads")],
        "services": [service("counter", "numbers"), service("adverts", "ads"), service("tags", "ads", "numbers")],
        "rights": {"contact": "Write to us.", "authority": "The authority", "authority_url": "https://dpa.example/"},
        "retention": {"records": "5 years", "text": "Five years."},
        "mandatory_data": "You need not tell us anything.",
        "automated_decisions": "There are none.",
    }
    return Policy.model_validate({**declared, **changes})
