"""A site that sends letters, and the links in them."""

from __future__ import annotations

from consentkit.email import MailLinks
from tests.policies import make_policy, purpose

SECRET = "a secret for tests, long enough"
NOW = 1_780_000_000
POLICY = make_policy(
    purposes=[
        purpose("letter", asked="form", title="Newsletter", summary="One mail <each> month."),
        purpose("letter-tracking", asked="form"),
        purpose("sponsor", asked="form"),
        purpose("numbers"),
    ],
    services=[],
    email={"tracking": "individual", "purpose": "letter-tracking", "text": "Only with consent."},
)
LINKS = MailLinks(POLICY, SECRET, base_url="https://shop.example")
