"""What is made once of a policy."""

from __future__ import annotations

from consentkit.consent.state import Consent
from consentkit.http import Request
from consentkit.kit import ConsentKit
from tests.exchanges import KIT, NOW, SECRET, cookie_of
from tests.policies import make_policy


def test_states_have_their_own_hash() -> None:
    """Tags of pages differ by state and by policy."""
    states = [KIT.consent(Request("GET", "https", "h", "/", headers=h), now=NOW) for h in ((), (cookie_of("ads"),))]
    other = ConsentKit(make_policy(), secret=SECRET)
    hashes = {KIT.state_hash(states[0]), KIT.state_hash(states[1]), other.state_hash(Consent(other.policy))}
    assert 3 == len(hashes)
