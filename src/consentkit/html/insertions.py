"""One rule: what is inserted stands between comments, where only one reading is going on and markup may stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from consentkit.html import elements
from consentkit.html.change import Attribute, Change
from consentkit.html.charset import Encoding
from consentkit.html.decision import Block, Inserter
from consentkit.html.judge import Judge
from consentkit.html.marks import CLOSE, OPEN
from consentkit.html.options import Embeds
from consentkit.html.reading import Reading

#: Where an embed says what it shows. One that is blocked for anything else is still to be seen.
_MAIN_ATTRIBUTES: Final = frozenset({"src", "data", "code", "srcdoc"})


class Insertions:
    """What is inserted into a page.

    Args:
        inserter: gives it.
        judge: decodes attributes.
        encoding: of the page.
        embeds: elements that the policy declares.
        declared: the page says its encoding itself, where a browser looks for it, so that it is said again before what
            is inserted into the head.

    Attributes:
        showing: ids of services whose scripts show something where they stand (`Inserter.showing`).
    """

    def __init__(self, inserter: Inserter, judge: Judge, encoding: Encoding, embeds: Embeds, *, declared: bool) -> None:
        self._inserter = inserter
        self._judge = judge
        self._encoding = encoding
        self._embeds = embeds
        self._declaration = f'<meta charset="{encoding.name}">' if declared else ""
        self.showing = inserter.showing

    def head(self, reading: Reading, offset: int) -> None:
        """Insert what belongs at the start of the head."""
        if reading.alone:
            markup = self._inserter.head()
            self._insert(reading, offset, self._declaration + markup if markup else "")

    def body(self, reading: Reading, offset: int) -> None:
        """Insert what belongs at the start of the body."""
        if reading.alone:
            self._insert(reading, offset, self._inserter.body())

    def placeholder(self, change: Change) -> None:
        """Stand in for a blocked embed, where markup may stand."""
        reading, start = change.reading, change.start
        embeds = self._embeds.of(change.name)
        if not (embeds or change.name == "script" or change.name in elements.EMBEDS):
            return
        widgets = {embed.attribute for embed in embeds}
        wanted = widgets | ({"src", ""} if change.name == "script" else _MAIN_ATTRIBUTES)
        main = next((found for found in change.blocked if found.resource.attribute in wanted), None)
        if main is None or not (main.resource.attribute in widgets or self._visible(change.name, main.block)):
            return
        self._judge.only_here = True
        if reading.embedded or reading.content.frames or not (start.settled and reading.alone and reading.body_open):
            return
        attributes = _Decoded(change.attributes.first, self._judge)
        self._insert(reading, start.offset, self._inserter.placeholder(main.block, main.resource, attributes))
        if change.name == "object":
            reading.embedded = 1

    def _visible(self, element: str, block: Block) -> bool:
        """Whether a visitor would miss a blocked element: an embed, or a script that shows something at its place."""
        return element in elements.EMBEDS or (element == "script" and block.service in self.showing)

    def _insert(self, reading: Reading, offset: int, markup: str) -> None:
        self._judge.only_here = True
        if markup:
            reading.edits.append((offset, offset, OPEN + self._encoding.encode(markup) + CLOSE))


class _Decoded(Mapping[str, str]):
    """The attributes of an element as scripts see them, each decoded when it is asked for: a document may be in one."""

    def __init__(self, first: dict[str, Attribute], judge: Judge) -> None:
        self._first = first
        self._judge = judge

    def __getitem__(self, name: str) -> str:
        return self._judge.text(self._first[name].value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)
