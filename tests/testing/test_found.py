"""Whom a page would contact."""

from __future__ import annotations

from consentkit.testing import contacts
from tests.testing.pages import PAGE, POLICY


def test_contacts() -> None:
    """Everything that would be fetched is listed in order, with line, service and whether it waits for consent."""
    found = contacts(PAGE, "https://brightwash.example/", POLICY)
    assert [("brightwash.example", False), ("counter.example", True), ("www.youtube.com", True)] == [
        (each.host, each.needs_consent) for each in found
    ]
    assert [("", False), ("counter", True), ("youtube", False)] == [(each.service, each.declared) for each in found]
    assert [None, 3, 4] == [each.line for each in found]
