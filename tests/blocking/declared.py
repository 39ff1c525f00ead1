"""A policy of few words, and what its rules say of a URL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from consentkit.blocking import Blocker, Rules, compile_policy
from consentkit.html.decision import Kind, Resource
from consentkit.html.urls import parse_url
from consentkit.policy.models import Policy

PURPOSES = [
    {"id": "needed", "title": "Needed", "summary": "Runs the shop.", "text": "Runs the shop.",
     "legal_basis": "contract", "exemption": "strictly_necessary", "justification": "No basket without it."},
    {"id": "numbers", "title": "Numbers", "summary": "Counts.", "text": "Counts."},
    {"id": "films", "title": "Films", "summary": "Shows films.", "text": "Shows films."},
]  # fmt: skip
SERVICES: list[dict[str, Any]] = [
    {"id": "counter", "purposes": ["numbers"], "hosts": ["counter.example", "*.count.example"], "inline": ["tally('hit'"]},
    {"id": "kino", "purposes": ["films"], "hosts": ["kino.example/embed/", "static.kino.example"]},
    {"id": "kino-ads", "purposes": ["films", "numbers"], "hosts": ["kino.example/embed/ads", "kino.example/x/*/ads"]},
    {"id": "basket", "purposes": ["needed"], "hosts": ["basket.example"]},
    {"id": "proxy", "purposes": ["numbers"], "hosts": ["site.example/px/", "cname.site.example"]},
    {"id": "log", "purposes": ["numbers"], "hosts": ["log*.shape.example", "*/log.js"]},
    {"id": "both-1", "purposes": ["numbers"], "hosts": ["both.example"]},
    {"id": "both-2", "purposes": ["films"], "hosts": ["both.example"]},
]  # fmt: skip


def policy(services: Sequence[dict[str, Any]] = SERVICES, **more: Any) -> Policy:
    """A policy of few words."""
    return Policy.model_validate(
        {
            "version": "1",
            "sites": ["site.example", "shop.example"],
            "honour_marks": True,
            "controller": {"name": "Site", "address": "Street", "email": "us@site.example"},
            "purposes": PURPOSES,
            "services": [{"name": s["id"].title(), "provider": "Vendor"} | s for s in services],
            "rights": {"contact": "Write.", "authority": "Authority", "authority_url": "https://authority.example/"},
            "retention": {"records": "5 years", "text": "Weeks."},
            "mandatory_data": "None.",
            "automated_decisions": "None.",
            **more,
        }
    )


RULES = compile_policy(policy())


def resource(url: str, kind: Kind = Kind.SCRIPT) -> Resource:
    """A script's URL on a page of the site."""
    parsed = parse_url(url, parse_url("https://site.example/", None))
    assert parsed is not None
    return Resource(parsed.href, parsed.host, parsed.path, kind, "script", "src")


def service_of(url: str, *grant: str, rules: Rules = RULES) -> str | None:
    """Id of the service that blocks a URL; empty for unknown third parties, None if nothing blocks it."""
    block = Blocker(rules, rules.grant(grant)).decide(resource(url))
    return None if block is None else block.service
