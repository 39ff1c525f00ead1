"""The models seen as the tables and keys of a file."""

from __future__ import annotations

from consentkit.policy.walk import described


def test_no_number_of_our_rules_is_left_in_what_keys_mean() -> None:
    """Ranges and lists of rules go with their brackets, for those who write policies do not have them."""
    assert "What is told." == described("What is told (R70-R86).")
    assert "What is told (GDPR)." == described("What is told (GDPR; R1, R2-R4).")
