"""What a site says of itself: what its tables demand."""

from __future__ import annotations

from tests.policy.refused import Declared, findings


def test_an_exemption_needs_a_justification(declared: Declared) -> None:
    """What is not asked for must say why, in words (R3)."""
    del declared["purposes"][1]["justification"]
    assert [("purposes", 1, "exemption")] == [f.path for f in findings(declared)]
