"""Effects are plain values."""

from __future__ import annotations

from consentkit.consent.effects import Append, Erase, Find
from consentkit.consent.record import Record


def test_effects_compare_by_value() -> None:
    """Two effects that ask for the same are equal, so that drivers and tests can compare them."""
    record = Record("id", "s", 1, "banner", {"ads": True}, {}, "1", "h", "t", "en", "Shop")
    assert Append(record) == Append(record)
    assert Find("a") == Find("a")
    assert len({Find("a"), Erase("a"), Find("a")}) == 2
