"""Counts as stores take them."""

from __future__ import annotations

from consentkit.consent.violation import Violation


def seen(host: str, count: int = 1, directive: str = "img-src", at: int = 1) -> Violation:
    """A host that a page tried to contact."""
    return Violation(host, directive, "", "/page", count, at)
