"""One rule: character references are decoded as the HTML Standard does it in attribute values (§13.2.5.72).

`html.unescape` is for text: in an attribute it would read ``&copy=2`` as ``©=2``, and it drops code
points that browsers keep. Positions matter here too: an edit inside a decoded value has to be made in
the bytes as they were written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.entities import html5
from itertools import pairwise
from typing import Final

_REFERENCE: Final = re.compile(r"&(?:#[xX]([0-9a-fA-F]+);?|#([0-9]+);?|([A-Za-z][A-Za-z0-9]*)(;?))")

#: The longest name without its semicolon: a prefix longer than this is no name.
_LONGEST: Final = max(map(len, html5)) - 1

#: Windows-1252 in place of the C1 controls (§13.2.5.80).
_C1: Final = dict(zip(
    (0x80, *range(0x82, 0x8D), 0x8E, *range(0x91, 0x9D), 0x9E, 0x9F),
    "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ", strict=True))  # fmt: skip

#: Digits of the largest code point, so that a number of a million digits costs nothing.
_DIGITS: Final = 7


def decode_attribute(value: str) -> str:
    """The value that scripts and the URL parser see: references decoded, newlines and U+0000 normalised."""
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    if "&" not in value:
        return value
    return "".join(piece for _, piece in _pieces(value, in_attribute=True))


def decode_with_offsets(value: str, *, in_attribute: bool = True) -> tuple[str, Callable[[int], int]]:
    """Like `decode_attribute`, with a function from offsets in the result to offsets in ``value``.

    Offsets inside a decoded reference map to its start. Newlines are left as they are, which no consumer
    of offsets distinguishes.
    """
    if "&" not in value:
        return value, int
    decoded: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    length = 0
    for origin, piece in _pieces(value, in_attribute=in_attribute):
        starts.append(length)
        origins.append(origin)
        decoded.append(piece)
        length += len(piece)
    starts.append(length)
    origins.append(len(value))
    lengths = [after - before for before, after in pairwise(starts)]

    def original(offset: int) -> int:
        low, high = 0, len(starts) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if starts[middle] <= offset:
                low = middle
            else:
                high = middle - 1
        literal = low < len(lengths) and origins[low + 1] - origins[low] == lengths[low]
        return origins[low] + (offset - starts[low] if literal else 0)

    return "".join(decoded), original


def _pieces(value: str, *, in_attribute: bool) -> list[tuple[int, str]]:
    """(offset, decoded text) of every literal run and every reference, in order."""
    pieces: list[tuple[int, str]] = []
    done = 0
    for match in _REFERENCE.finditer(value):
        start, end = match.span()
        hexadecimal, decimal, name, semicolon = match.groups()
        if name is None:
            text = _code_point(hexadecimal, 16) if hexadecimal else _code_point(decimal, 10)
        else:
            taken = _named(name, semicolon)
            if taken is None:
                continue
            key, text = taken
            end = start + 1 + len(key)
            after = value[end : end + 1]
            if in_attribute and key[-1] != ";" and (after == "=" or (after.isascii() and after.isalnum())):
                continue
        if done < start:
            pieces.append((done, value[done:start]))
        pieces.append((start, text))
        done = end
    if done < len(value) or not pieces:
        pieces.append((done, value[done:]))
    return pieces


def _named(name: str, semicolon: str) -> tuple[str, str] | None:
    """The longest entry of the table that the name begins with."""
    if semicolon and (text := html5.get(name + ";")) is not None:
        return name + ";", text
    for length in range(min(len(name), _LONGEST), 1, -1):
        if (text := html5.get(name[:length])) is not None:
            return name[:length], text
    return None


def _code_point(digits: str, base: int) -> str:
    digits = digits.lstrip("0")
    number = int(digits, base) if 0 < len(digits) <= _DIGITS else (0x110000 if digits else 0)
    if number == 0 or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        return "\ufffd"
    return _C1.get(number) or chr(number)
