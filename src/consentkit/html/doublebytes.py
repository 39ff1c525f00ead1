"""One rule: where two bytes are one character or two, a text is read character by character, each with its offset."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

#: The encodings of two bytes whose second may be a backslash, which Chromium guesses where nothing says what it is, and
#: which a `meta` element may declare that comes late.
GUESSES: Final = ("cp932", "gb18030", "big5hkscs", "cp949")
#: Bytes of a character at most.
_LONGEST: Final = 4
#: What is never half a character, and what may be.
_PLAIN: Final = re.compile(rb"([\x00-\x2f]+)|[^\x00-\x2f]+")


def one_by_one(raw: bytes, codec: str) -> tuple[str, Callable[[int], int]]:
    """As `Judge.decoded` in an encoding that writes some characters in two ways, so that what they took is not known.

    Linear in the text, and slow: a microsecond for each byte that is not plain.
    """
    characters: list[str] = []
    offsets: list[int] = []
    for match in _PLAIN.finditer(raw):
        start, end = match.span()
        if match[1] is not None:
            characters.append(match[0].decode("ascii"))
            offsets += range(start, end)
            continue
        while start < end:
            character, length = _first(raw[start : start + _LONGEST], codec)
            characters.append(character)
            offsets += [start] * len(character)
            start += length
    offsets.append(len(raw))
    return "".join(characters), offsets.__getitem__


def _first(raw: bytes, codec: str) -> tuple[str, int]:
    """The first character of some bytes and how many it has; a byte that is none is one by itself."""
    for length in range(1, len(raw) + 1):
        try:
            return raw[:length].decode(codec), length
        except UnicodeDecodeError:
            continue
    return raw[:1].decode("ascii", "surrogateescape"), 1
