"""One rule: what is rendered alike for many requests is rendered once, and only so much of it is kept."""

from __future__ import annotations

from collections.abc import Callable

# Heads and banners differ by state and mount point only, placeholders by embed. More than a site has at a time.
CACHED_PARTS = 512


class Kept:
    """Texts under keys. Safe to share between threads: two of them may make the same text, no matter."""

    def __init__(self) -> None:
        self._parts = dict[tuple[object, ...], str]()

    def __len__(self) -> int:
        return len(self._parts)

    def once(self, key: tuple[object, ...], make: Callable[[], str]) -> str:
        """What was made for this key before, or is made now."""
        kept = self._parts.get(key)
        if kept is None:
            if len(self._parts) >= CACHED_PARTS:
                self._parts.clear()
            kept = self._parts[key] = make()
        return kept
