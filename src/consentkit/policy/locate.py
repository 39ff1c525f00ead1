"""In which line of a policy file a key stands. The parsers of the standard library do not say.

Both functions read a text that its parser has already accepted, so they need not know what is
wrong in it: they walk over values with regular expressions and note where keys and list
members begin. A text they cannot follow all the same gets no lines, never an error.
"""

from __future__ import annotations

import json
import re
import tomllib
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

from consentkit.policy.findings import Path

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_LITERAL = r"'[^'\n]*'"
# Up to two quotation marks may stand before the closing three (TOML 1.0, "String").
_LONG_STRING = r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
_LONG_LITERAL = r"'''(?:[^']|'{1,2}(?!'))*'{3,5}"

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(rf"[A-Za-z0-9_-]+|{_STRING}|{_LITERAL}")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_PLAIN = r"[^\"',\[\]{}#\n][^,\[\]{}#\n]*"  # a number, a date with a space in it, true, false
_SCALAR = re.compile(f"{_LONG_STRING}|{_LONG_LITERAL}|{_STRING}|{_LITERAL}|{_PLAIN}", re.DOTALL)
_JSON_KEY = re.compile(_STRING)
_JSON_SCALAR = re.compile(rf"{_STRING}|[^\",\[\]{{}}\s]+")


class _LostError(ValueError):
    """The text is not what its parser would accept."""


class Locations:
    """The lines of the keys of one text.

    Attributes:
        lines: path of a key, a table or a list member -> 1-based line where it is named or begins.
    """

    def __init__(self, lines: Mapping[Path, int] | None = None) -> None:
        self.lines: Final = dict(lines or {})

    def line(self, path: Path) -> int | None:
        """The line of a key; of a missing key that of its table (the text's first line, if it is in none).

        None where there is no text.
        """
        if not self.lines:
            return None
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def locate_toml(text: str) -> Locations:
    """The lines of all keys, tables and list members of a TOML document (1.0; 1.1's longer inline tables too)."""
    return _located(_Toml(text))


def locate_json(text: str) -> Locations:
    """The lines of all keys and list members of a JSON document."""
    return _located(_Json(text))


def _located(walker: _Walker) -> Locations:
    try:
        walker.document()
    except (ValueError, RecursionError):  # a broken escape in a key is the library's ValueError
        return Locations()
    walker.lines.setdefault((), 1)
    return Locations(walker.lines)


class _Walker(ABC):
    """A position in a text, and the lines found so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._starts = [match.end() for match in re.finditer("\n", text)]

    @abstractmethod
    def document(self) -> None:
        """Walk over everything."""

    @abstractmethod
    def value(self, path: Path) -> None:
        """Walk over one value."""

    def note(self, path: Path) -> None:
        """Remember that this key begins here; the first place of a table that is opened twice counts."""
        self.lines.setdefault(path, bisect_right(self._starts, self.at) + 1)

    def gap(self) -> None:
        """Skip white space, ends of lines and comments."""
        match = _GAP.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def next_is(self, char: str) -> bool:
        """Step over one character if it is the next one."""
        if not self.text.startswith(char, self.at):
            return False
        self.at += len(char)
        return True

    def take(self, pattern: re.Pattern[str]) -> str:
        """Step over what must come next.

        Raises:
            _LostError: if something else comes.
        """
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _LostError
        self.at = match.end()
        return match[0]

    def must(self, char: str) -> None:
        """Step over a character that must come next."""
        if not self.next_is(char):
            raise _LostError

    def array(self, path: Path) -> None:
        """Walk over the members of an array, its bracket being read, up to and over the other one."""
        index = 0
        self.gap()
        while not self.next_is("]"):
            self.note((*path, index))
            self.value((*path, index))
            index += 1
            self.gap()
            if not self.next_is(","):
                self.gap()
                self.must("]")
                return
            self.gap()


class _Toml(_Walker):
    """Walks over TOML."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._arrays: dict[Path, int] = {}  # array of tables -> index of its last table

    def document(self) -> None:
        """Walk over headers and pairs."""
        table: Path = ()
        self.gap()
        while self.at < len(self.text):
            if self.next_is("["):
                table = self._header()
            else:
                self._pair(table)
            self.gap()

    def _header(self) -> Path:
        many = self.next_is("[")
        start = self.at
        keys = self._keys()
        self.at, end = start, self.at  # every part of a header stands in the header's line
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            self.note(path)
            last = position == len(keys) - 1
            if last and many:
                self._arrays[path] = self._arrays.get(path, -1) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path])
                self.note(path)
        self.at = end
        self.must("]]" if many else "]")
        return path

    def _keys(self) -> Path:
        """A dotted key, with the spaces around it."""
        keys: list[str] = []
        self._blank()
        while True:
            raw = self.take(_KEY)
            keys.append(tomllib.loads(f"key = {raw}")["key"] if raw[0] in "\"'" else raw)
            match = _DOT.match(self.text, self.at)
            if match is None:
                self._blank()
                return tuple(keys)
            self.at = match.end()

    def _blank(self) -> None:
        while self.text.startswith((" ", "\t"), self.at):
            self.at += 1

    def _pair(self, table: Path) -> None:
        start = self.at
        keys = self._keys()
        self.at, end = start, self.at
        path = table
        for key in keys:
            path = (*path, key)
            self.note(path)
        self.at = end
        self.must("=")
        self._blank()
        self.value(path)

    def value(self, path: Path) -> None:
        """Walk over one value: an array, an inline table or something else."""
        if self.next_is("["):
            self.array(path)
        elif self.next_is("{"):
            self.gap()
            while not self.next_is("}"):
                self._pair(path)
                self.gap()
                self.next_is(",")
                self.gap()
        else:
            self.take(_SCALAR)


class _Json(_Walker):
    """Walks over JSON."""

    def document(self) -> None:
        """Walk over the one value."""
        self.gap()
        self.value(())

    def value(self, path: Path) -> None:
        """Walk over one value: an array, an object or something else."""
        if self.next_is("["):
            self.array(path)
        elif self.next_is("{"):
            self.gap()
            while not self.next_is("}"):
                start = self.at
                key = json.loads(self.take(_JSON_KEY))
                self.at, end = start, self.at
                self.note((*path, key))
                self.at = end
                self.gap()
                self.must(":")
                self.gap()
                self.value((*path, key))
                self.gap()
                self.next_is(",")
                self.gap()
        else:
            self.take(_JSON_SCALAR)
