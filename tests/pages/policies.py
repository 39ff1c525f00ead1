"""A policy in which everything that the pages can show is there, and an embed that waits under it."""

from __future__ import annotations

from typing import Any

from consentkit.html.decision import Block, Kind, Resource
from consentkit.pages.render import Pages
from consentkit.policy.models import Policy
from tests.policies import cookie, exempt, make_policy, purpose, service

EMBED = Resource("https://tube.example/embed/abc?rel=0", "tube.example", "/embed/abc", Kind.FRAME, "iframe", "src")
BLOCK = Block("tube", ("media",), "tube.example")


def full_policy(**changes: Any) -> Policy:
    """Purposes of every kind, services with and without details, and every section of the policy page."""
    declared: dict[str, Any] = {
        "version": "2026-11",
        "policy_path": "/privacy",
        "controller": {
            "name": "Brightwash Ltd",
            "address": "1 Rinse Lane, Exampletown",
            "email": "privacy@shop.example",
            "phone": "+44 20 7946 0000",
            "registration": "01234567",
            "dpo": {"name": "Dana Drum", "email": "dpo@shop.example"},
            "representative": {"name": "Remy Rack", "email": "eu@shop.example", "address": "2 Rue du Verre"},
        },
        "purposes": [
            exempt("basket"),
            purpose("numbers", title="Statistics", text="We count.\n\nOnly totals.", retention="14 months"),
            purpose("media", title="Videos and maps"),
            purpose("ads", title="Marketing"),
            purpose("sponsor", title="Sponsors", asked="form"),
        ],
        "services": [
            service(
                "counter",
                "numbers",
                country="US",
                data="Pages you see.",
                privacy_url="https://counter.example/privacy",
                transfers=[{"country": "US", "safeguard": "adequacy decision"}],
                cookies=[cookie("_c_*", lifetime="13 months")],
            ),
            {
                **service("tube", "media", provider="Tube LLC", placeholder="video"),
                "name": "Tube",
                "watch_url": r"https://tube\.example/embed/([^?]+) -> https://tube.example/watch?v=\1",
            },
            service("maps", "media", provider="Tube LLC", placeholder="map"),
            service("adverts", "ads", "numbers"),
        ],
        "cookies": [cookie("session", "basket", lifetime="session"), cookie("unit", "numbers", lifetime="1 month")],
        "recipients": [{"name": "Hosty", "role": "Runs our servers.", "country": "GB"}],
        "minors": {"age": 18, "text": "Not for children."},
        "email": {"tracking": "none", "text": "We do not look."},
        "payment": "No payments.",
        "security": "Locked.",
        "disclosure": "Never sold.",
        "sections": [{"id": "surveys", "title": "Surveys and contests", "text": "Voluntary."}],
        "changes": [{"version": "2026-11", "date": "2026-11-02", "summary": "Fonts are our own."}],
    }
    return make_policy(**{**declared, **changes})


def placeholder(
    pages: Pages, block: Block = BLOCK, resource: Resource = EMBED, attributes: dict[str, str] | None = None
) -> str:
    """A placeholder as the rewriter asks for it."""
    return pages.placeholder(block, resource, attributes or {}, root_path="", return_path="/page")
