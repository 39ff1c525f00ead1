"""One rule: what a script's ``type`` makes of its text (HTML §4.12.1.1)."""

from __future__ import annotations

from functools import lru_cache

from consentkit.html.elements import JSON_TYPES, SCRIPT_TYPES


def kind_of_type(value: str) -> str | None:
    """``classic``, ``module``, a type with URLs in JSON, or None for a data block, by the value of ``type``."""
    if not value:
        return "classic"
    name = value.strip("\t\n\f\r ").lower()
    if name == "module" or name in JSON_TYPES:
        return name
    return "classic" if name in SCRIPT_TYPES else None


@lru_cache(maxsize=256)
def script_type(raw: bytes) -> str:
    """The same of a value as it stands in the page; ``""`` for a data block, ``?`` where it has to be decoded first."""
    if not raw.isascii() or b"&" in raw:
        return "?"
    return kind_of_type(raw.decode("ascii")) or ""
