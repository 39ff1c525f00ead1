"""Our addresses, and how much a body to them may have."""

from __future__ import annotations

from consentkit.endpoints.table import BODY_LIMIT


def test_a_large_policy_fits_into_a_decision() -> None:
    """400 services by the longest names there can be are less than the limit."""
    assert 400 * len("service=" + "x" * 64 + "&") < BODY_LIMIT
