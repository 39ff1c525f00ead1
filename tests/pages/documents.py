"""The pages of the full policy, and every text of its document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consentkit.pages.render import Pages
from tests.pages.policies import full_policy

PAGES = Pages(full_policy())
CODES = {"purposes", "services", "id", "hash", "format", "sites", "language", "legal_basis", "exemption", "asked", "kind",
         "service", "country", "lifetime", "records_kept", "tracking", "date", "hosts", "privacy_url", "purpose"}  # fmt: skip


def words(value: Any, key: str = "") -> Iterator[str]:
    """Every text that is there for people, codes left out."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from words(inner, name)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from words(inner, key)
    elif isinstance(value, str) and key not in CODES:
        yield from (block for block in value.split("\n\n"))
