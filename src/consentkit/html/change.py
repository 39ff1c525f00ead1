"""One rule: what becomes of one start tag is gathered while it is looked at, and then written in order (`inert`)."""

from __future__ import annotations

import re
from typing import NamedTuple

from consentkit.html import elements
from consentkit.html.decision import Mark
from consentkit.html.editor import Edit, Start
from consentkit.html.elements import Trigger
from consentkit.html.judge import Found, Judge, Place
from consentkit.html.labels import labels, quoted, unquoted
from consentkit.html.marks import ASIDE, OWN_PREFIX, PREFIX, RENAME
from consentkit.html.reading import Reading
from consentkit.html.syntax import Grammar
from consentkit.html.urls import Url


class Base(NamedTuple):
    """What relative URLs are relative to.

    Attributes:
        url: the base URL; None where nothing relative can be fetched.
        given: by a ``base`` element: later ones do not count.
    """

    url: Url | None
    given: bool = False


class Attribute(NamedTuple):
    """An attribute, lower case, and where it stands. ``value`` is raw."""

    name: str
    start: int
    value: bytes
    value_start: int


class Attributes:
    """The attributes of a tag in order, and the first of each name."""

    __slots__ = ("_more", "all", "first")

    def __init__(self, grammar: Grammar, match: re.Match[bytes]) -> None:
        self.all: list[Attribute] = []
        self.first: dict[str, Attribute] = {}
        self._more: dict[str, list[Attribute]] = {}
        for found in grammar.attribute.finditer(match.string, match.start(3), match.end(3)):
            group = found.lastindex or 1
            name = found[1].lower().decode("latin-1")
            attribute = (
                Attribute(name, found.start(1), b"", -1)
                if group == 1
                else Attribute(name, found.start(1), found[group], found.start(group))
            )
            self.all.append(attribute)
            if self.first.setdefault(name, attribute) is not attribute:
                self._more.setdefault(name, []).append(attribute)

    def each(self, name: str) -> list[Attribute]:
        """All of one name."""
        first = self.first.get(name)
        return [] if first is None else [first, *self._more.get(name, ())]


class Change:
    """What becomes of one start tag.

    Attributes:
        name: of the element.
        mark: what the author said of it.
        blocked: what may not be fetched.
        added: attributes to add, in order.
        handled: attributes that need no further look.
        held: whether a condition of the tables holds, once it was looked at.
    """

    def __init__(self, judge: Judge, reading: Reading, start: Start, attributes: Attributes, base: Base) -> None:
        self.reading = reading
        self.start = start
        self.attributes = attributes
        self.name = start.name.decode("latin-1")
        self.base = base.url
        self.blocked: list[Found] = []
        self.added: list[tuple[str, str]] = []
        self.handled: set[str] = set()
        self.held: dict[object, bool] = {}
        self._renamed: set[str] = set()
        self._aside: set[str] = set()
        self._edits: list[Edit] = []
        purpose, service = attributes.first.get("data-consent"), attributes.first.get("data-consent-service")
        self.mark: Mark | None = None
        if purpose is not None or service is not None:
            word = judge.text(purpose.value).strip() if purpose else ""
            named = judge.text(service.value).strip() if service else ""
            exempt = word.lower() == "exempt"
            self.mark = Mark("" if exempt else word, named, exempt)

    def place(self, attribute: str) -> Place:
        """For a question about one of its attributes."""
        return Place(self.name, attribute, self.mark)

    def trigger(self, name: str) -> Trigger | None:
        """The row of the tables that fits; where the element may be either, the one that exists."""
        # A browser's preload scanner fetches for HTML elements in SVG too.
        row = elements.HTML.get(self.name, {}).get(name) or elements.EVERYWHERE.get(name)
        if row is not None:
            return row
        if self.start.foreign:
            return elements.SVG.get(self.name, {}).get(name) or elements.SVG_EVERYWHERE.get(name)
        return None

    def block(self, found: Found, attribute: str | None = None) -> None:
        """Something may not be fetched; the attribute, if given, is renamed."""
        self.blocked.append(found)
        if attribute is not None:
            self.rename(attribute)

    def rename(self, name: str) -> None:
        """Every attribute of this name gets our prefix."""
        self._renamed.add(name)

    def set_aside(self, name: str) -> None:
        """Every attribute of this name gets a name that means nothing, blocked or not."""
        self._aside.add(name)

    def insert(self, offset: int, text: bytes) -> None:
        """Text at an offset of the bytes at hand."""
        self._edits.append((offset, offset, text))

    def replace(self, attribute: Attribute, value: bytes) -> None:
        """Another value, as it may stand in any attribute."""
        self._edits.append((attribute.value_start, attribute.value_start + len(attribute.value), value))

    def prefix(self, offset: int) -> None:
        """Our prefix in front of a URL."""
        self.insert(offset, PREFIX)

    def own_prefixes(self, offset: int, raw: bytes) -> None:
        """In text that got a prefix, what looked like one before."""
        if any(edit[2] == PREFIX for edit in self._edits):
            for match in OWN_PREFIX.finditer(raw):
                self.insert(offset + match.end(), b"ck")

    def edits(self) -> list[Edit]:
        """Everything, in order."""
        if self._aside:
            self._edits += [
                (attribute.start, attribute.start, ASIDE)
                for attribute in self.attributes.all
                if attribute.name in self._aside
            ]
        if self._renamed:
            self._edits += [
                (attribute.start, attribute.start, RENAME)
                for attribute in self.attributes.all
                if attribute.name in self._renamed and attribute.name not in self._aside
            ]
        write = quoted if self.reading.alone else unquoted
        if self.added and not self.blocked:
            at = self.start.match.end(2)
            live = [("data-ck-live", ""), *self.added, ("data-ck-end", "")]
            self._edits.append((at, at, b"".join(write(live))))
        if self.blocked:
            at = self.start.match.end(2)
            attributes = labels([found.block for found in self.blocked], self.added)
            text = b"".join(write(attributes))
            if not self.reading.alone and self.start.data.startswith(b"/", at):
                text += b" data-ck-service"  # or the last value would take in the "/"
            self._edits.append((at, at, text))
        self._edits.sort(key=_position)
        return self._edits


def _position(edit: Edit) -> int:
    return edit[0]
