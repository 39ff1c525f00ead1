"""A policy with purposes that forms ask for, and recipients near and far."""

from __future__ import annotations

from consentkit.forms import ConsentBox
from tests.policies import exempt, make_policy, purpose

POLICY = make_policy(
    purposes=[
        purpose("letter", asked="form"),
        purpose("letter-tracking", asked="form"),
        purpose("sponsor", asked="form"),
        purpose("answers", asked="form", legal_basis="legitimate_interests"),
        purpose("numbers"),
        exempt("basket"),
    ],
    services=[],
    recipients=[
        {"name": "Mailhouse", "role": "Sends mail.", "country": "IE", "purposes": ["letter"]},
        {"name": "Soap & Co", "role": "Pays for prizes.", "purposes": ["sponsor"], "transfers": [{"country": "AU", "safeguard": "standard contractual clauses"}]},
        {"name": "Hosting", "role": "Runs servers.", "transfers": [{"country": "US", "safeguard": "adequacy decision"}]},
    ],
    email={"tracking": "individual", "purpose": "letter-tracking", "text": "Only with consent."},
)  # fmt: skip
LABEL = "Send me the <monthly> newsletter."
BOX = ConsentBox(POLICY, "letter", LABEL)
