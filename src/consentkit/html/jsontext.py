"""One rule: a string in JSON is what stands between two quotes, its escapes decoded (RFC 8259 §7), wherever it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

#: A string that nobody closes ends the text: one look at each character.
_STRING: Final = re.compile(r'"((?:[^"\\]+|\\.)*)"?', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_CONTROLS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Text(NamedTuple):
    """A string.

    Attributes:
        start: offset behind its quote.
        value: decoded.
    """

    start: int
    value: str


class Members:
    """An object, whose keys may come twice.

    Attributes:
        pairs: its keys and values in order.
    """

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[Text, Any]]) -> None:
        self.pairs = pairs

    def each(self, key: str) -> list[Any]:
        """All values of one key: `Text`, `Members`, lists of them, numbers and the like."""
        return [value for name, value in self.pairs if name.value == key]


def strings(text: str) -> Iterator[Text]:
    """Every string, keys too, whether the text is JSON or not."""
    for match in _STRING.finditer(text):
        value = match[1]
        yield Text(match.start(1), _ESCAPE.sub(_character, value) if "\\" in value else value)


def objects(text: str) -> list[Members] | None:
    """Every object of a JSON text; None of a text that is no JSON, or too deep."""
    found: list[Members] = []
    told = list(strings(text))

    def members(pairs: list[tuple[str, Any]]) -> Members:
        found.append(Members([(told[int(key)], named(value)) for key, value in pairs]))
        return found[-1]

    def named(value: Any) -> Any:
        if isinstance(value, str):
            return told[int(value)]
        return [named(each) for each in value] if isinstance(value, list) else value

    # A string stands for its number while the rest is read, so that its place is known.
    numbers = iter(range(len(told)))
    try:
        json.loads(_STRING.sub(lambda _: f'"{next(numbers)}"', text), object_pairs_hook=members)
    except (ValueError, RecursionError):
        return None
    return found


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _CONTROLS.get(match[2], match[2])
