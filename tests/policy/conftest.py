"""A policy to change one thing of."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def declared() -> dict[str, Any]:
    """The least that a policy must declare, with one purpose, one service and one cookie."""
    return {
        "version": "2026-11",
        "sites": ["www.brightwash.example"],
        "controller": {
            "name": "Brightwash Ltd",
            "address": "1 Glass Lane, Exampletown",
            "email": "privacy@brightwash.example",
        },
        "purposes": [
            {"id": "numbers", "title": "Numbers", "summary": "Counts visits.", "text": "We count visits."},
            {
                "id": "basket",
                "title": "Basket",
                "summary": "Keeps your basket.",
                "text": "We keep what you put into the basket.",
                "legal_basis": "contract",
                "exemption": "strictly_necessary",
                "justification": "Without it the basket would be empty on each page.",
            },
            {"id": "news", "title": "Newsletter", "summary": "Sends news.", "text": "We send news.", "asked": "form"},
        ],
        "services": [
            {
                "id": "counter",
                "name": "Counter",
                "provider": "Counter Inc.",
                "purposes": ["numbers"],
                "hosts": ["counter.example"],
                "cookies": [{"name": "_c", "lifetime": "13 months", "description": "Tells visits apart."}],
            }
        ],
        "cookies": [
            {
                "name": "basket",
                "purpose": "basket",
                "lifetime": "session",
                "description": "What you put into the basket.",
                "third_party": False,
            }
        ],
        "rights": {"contact": "Write to us.", "authority": "The authority", "authority_url": "https://dpa.example/"},
        "retention": {"records": "5 years", "text": "Orders are kept for ten years."},
        "mandatory_data": "You need not tell us anything.",
        "automated_decisions": "There are none.",
    }
