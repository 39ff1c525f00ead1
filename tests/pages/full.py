"""The pages of the full policy, and visitors who come to them."""

from __future__ import annotations

from consentkit.consent.state import Consent, grant
from consentkit.pages.render import Pages
from consentkit.policy.models import Policy
from tests.pages.policies import full_policy

SECRET = b"a secret of 24 characters"
POLICY = full_policy()
PAGES = Pages(POLICY, secrets=[SECRET])
NOBODY = Consent(POLICY)


def decided(policy: Policy = POLICY, *names: str) -> Consent:
    """Somebody who granted exactly these."""
    return Consent(policy, grant(policy, names), decided_at=1_790_000_000)
