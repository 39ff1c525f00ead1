"""`Known`: what is worked out for a key, remembered for the first that come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import TypeVar

# Names of header fields, and sets of them, that are remembered. Visitors can make up any number.
NAMES_KNOWN = 1024
# Characters of what is remembered by: what is longer is made up, and memory must not depend on what visitors send.
LONGEST_KNOWN = 1024

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Known(dict[K, V]):
    """What is worked out for a name, remembered for the first that come: the same few in every request.

    Args:
        work_out: for one that is not remembered.
    """

    def __init__(self, work_out: Callable[[K], V]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, key: K) -> V:
        value = self._work_out(key)
        if len(self) < NAMES_KNOWN and _size(key) <= LONGEST_KNOWN:
            self[key] = value
        return value


def _size(key: object) -> int:
    """Characters of a key, or of all in it."""
    if isinstance(key, str | bytes):
        return len(key)
    return sum(map(_size, key)) if isinstance(key, Collection) else 0
