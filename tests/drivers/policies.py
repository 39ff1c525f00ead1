"""A small policy of a made-up site."""

from __future__ import annotations

from consentkit.policy.models import Policy

SECRET = "a secret for tests, long enough"


def small_policy(**changes: object) -> Policy:
    """One purpose, one service, one purpose of a form."""
    data: dict[str, object] = {
        "version": "1",
        "sites": ["brightwash.example"],
        "controller": {"name": "Brightwash Ltd", "address": "1 Glass Lane", "email": "privacy@brightwash.example"},
        "purposes": [
            {"id": "analytics", "title": "Counting", "summary": "We count.", "text": "We count visits."},
            {
                "id": "newsletter", "title": "Newsletter", "summary": "Mail.", "text": "We write monthly.",
                "asked": "form",
            },
        ],
        "services": [
            {
                "id": "counter", "name": "Counter", "provider": "Counter Inc", "purposes": ["analytics"],
                "hosts": ["counter.example"],
            }
        ],
        "rights": {
            "contact": "Write to us.", "authority": "Data Office", "authority_url": "https://authority.example/",
        },
        "retention": {"records": "5 years", "text": "Proofs are kept for five years."},
        "mandatory_data": "None.",
        "automated_decisions": "None.",
        **changes,
    }  # fmt: skip
    return Policy.model_validate(data)
