"""Failures for pages that would contact others, and what they say."""

from __future__ import annotations

import pytest

from consentkit.testing import assert_contacts
from tests.testing.pages import PAGE, POLICY


def test_assert_contacts() -> None:
    """A failure names line, tag, host and the lines that declare it; what is allowed passes."""
    with pytest.raises(AssertionError) as failure:
        assert_contacts(PAGE, policy=POLICY)
    text = str(failure.value)
    assert 'line 3: <script src="https://counter.example/count.js"> contacts counter.example' in text
    assert '[[services]]\nid = "youtube"' in text
    assert_contacts(PAGE, {"analytics", "youtube.com"}, policy=POLICY)
    assert_contacts(PAGE, {"counter", "youtube"}, policy=POLICY)
    assert_contacts('<img src="/a.png"><a href="https://elsewhere.example/">x</a>')
