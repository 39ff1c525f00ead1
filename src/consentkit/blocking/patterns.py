"""Host and path patterns of services, and the closest ones for a host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from consentkit.html.urls import is_address
from consentkit.policy.models import Service

#: Hosts remembered per state; a hostile page with more of them only makes itself slower.
MAX_HOSTS: Final = 2048
#: Expressions for exceptions remembered: most hosts have the same, or one of a few.
MAX_EXCEPTIONS: Final = 512


@dataclass(frozen=True, slots=True)
class Path:
    """A path pattern: pieces that have to come in this order, the first at the start."""

    pieces: tuple[str, ...]
    services: tuple[str, ...]
    any_host: bool = False  # the pattern is for every host, its path may begin in any folder

    def matches(self, target: str) -> bool:
        """Whether a path with its query is one of those meant."""
        first, *others = self.pieces
        if not target.startswith(first):
            return False
        position = len(first)
        for piece in others:
            position = target.find(piece, position)
            if position < 0:
                return False
            position += len(piece)
        # A file that may lie anywhere is named in full: "*/log.js" is not "/log.json".
        named_in_full = self.any_host and self.pieces[-1][-1:] not in {"", "/"}
        return not named_in_full or position == len(target) or target[position] in "?#;/"


class Hosts:
    """Host patterns of services, found by walking up the labels of a host."""

    def __init__(self, services: Iterable[Service]) -> None:
        # By the pattern's host: path patterns of the host itself and below it, and of what is below it alone.
        self._named: dict[str, dict[tuple[bool, str], list[str]]] = {}
        self._shaped: list[tuple[re.Pattern[str], str, str]] = []
        anywhere: dict[str, list[str]] = {}
        self._found: dict[str, tuple[Path, ...]] = {}
        for service in services:
            for pattern in service.hosts:
                host, slash, rest = pattern.partition("/")
                path = slash + rest
                below = host.startswith("*.")
                host = host.removeprefix("*.")
                if host == "*":
                    anywhere.setdefault(path, []).append(service.id)
                elif "*" in host:
                    shape = re.escape(host).replace(r"\*", "[a-z0-9_-]*")
                    dots = r"(?:[a-z0-9_-]+\.)+" if below else r"(?:[a-z0-9_-]+\.)*"
                    self._shaped.append((re.compile(dots + shape), path, service.id))
                else:
                    self._named.setdefault(host, {}).setdefault((below, path), []).append(service.id)
        self._anywhere = paths_of(anywhere, any_host=True)
        self._anywhere_hint = exceptions(tuple(self._anywhere)) if self._anywhere else None

    def find(self, host: str) -> tuple[Path, ...]:
        """The path patterns for a host, the most exact first."""
        found = self._found.get(host)
        if found is None:
            if len(self._found) >= MAX_HOSTS:
                self._found.clear()
            found = self._found[host] = tuple(self._walk(host))
        return found

    def owner(self, host: str, target: str) -> Path | None:
        """The first path pattern that fits a URL, which may stand in code."""
        anywhere = self._anywhere_hint is not None and self._anywhere_hint.search(target.encode("ascii", "replace"))
        for path in self.find(host):
            if path.any_host and not anywhere:
                return None  # they come last
            if path.matches(target):
                return path
        return None

    def _walk(self, host: str) -> list[Path]:
        found: list[Path] = []
        name = host
        while name:
            table = self._named.get(name, {})
            fitting: dict[str, list[str]] = {}
            for (below, path), ids in table.items():
                if not below or name != host:
                    fitting.setdefault(path, []).extend(ids)
            found += paths_of(fitting)
            name = "" if is_address(host) else name.partition(".")[2]
        shaped: dict[str, list[str]] = {}
        for shape, path, id_ in self._shaped:
            if shape.fullmatch(host):
                shaped.setdefault(path, []).append(id_)
        return found + paths_of(shaped) + self._anywhere


def paths_of(table: Mapping[str, Sequence[str]], *, any_host: bool = False) -> list[Path]:
    """The path patterns of one host, the longest first. On any host the path may begin in any folder."""
    out = []
    for path in sorted(table, key=len, reverse=True):
        pieces = tuple(path.split("*"))
        out.append(Path(("", *pieces) if any_host else pieces, tuple(sorted(set(table[path]))), any_host))
    return out


@lru_cache(maxsize=MAX_EXCEPTIONS)
def exceptions(paths: tuple[Path, ...]) -> re.Pattern[bytes]:
    """What a URL has to hold if one of some path patterns fits it; or anything that has to be decoded first."""
    behind_slash: set[str] = set()
    anywhere: set[str] = set()
    for path in paths:
        words = [
            (word, bool(index) or not number)
            for number, piece in enumerate(path.pieces)
            for index, word in enumerate(piece.split("/"))
        ]
        word, slash = max(words, key=lambda each: (each[1] and bool(each[0]), len(each[0])))
        # In the page an ampersand may be written in several ways.
        (behind_slash if slash else anywhere).add(word.partition("&")[0])
    if any(not word or not word.isascii() for word in behind_slash | anywhere):
        return re.compile(b"")
    # A percent sign counts where it stands for a character of the words, or for the slash before them.
    codes = {f"{ord(character):02x}" for character in "/".join(behind_slash | anywhere) + "/"}
    escapes = "|".join(sorted("".join(f"[{digit}{digit.upper()}]" for digit in code) for code in codes))
    # One class of characters in front is what makes the search fast, and then the first letters of the words.
    alternatives = [
        _any_word([first]) + rb"(?<=/" + _any_word([first]) + rb")(?:"
        + _any_word(word[1:] for word in behind_slash if word[0] == first) + rb")"
        for first in sorted({word[0] for word in behind_slash})
    ]  # fmt: skip
    others = rb"(?<=&)(?!amp;|#0?38;)|(?<=[\\\x00-\x20])|(?<=%)(?:" + escapes.encode() + rb")"
    odd = rb"[/%\\&\x00-\x20](?:" + rb"|".join([*alternatives, rb"(?<!/)(?:" + others + rb")"]) + rb")"
    return re.compile(odd + rb"|" + _any_word(anywhere) if anywhere else odd)


def _any_word(words: Iterable[str]) -> bytes:
    return b"|".join(re.escape(word.encode()) for word in sorted(words))
