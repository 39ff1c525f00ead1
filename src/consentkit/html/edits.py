"""One rule: a page is copied between its edits, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consentkit.html.editor import Edit


def apply_edits(data: bytes, end: int, edits: Sequence[Edit], begin: int = 0) -> bytes:
    """``data[begin:end]`` with the edits made, which are in order."""
    if not edits:
        return data if not begin and end == len(data) else data[begin:end]
    pieces: list[bytes] = []
    add = pieces.append
    done = begin
    for start, stop, text in edits:
        if start > done:
            add(data[done:start])
            done = start
        add(text)
        if stop > start:
            done = max(done, stop)
    add(data[done:end])
    return b"".join(pieces)
