"""One rule: whoever reads a page tells an editor of its tags, and the editor answers with edits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from consentkit.html.reading import Reading

#: ``data[start:end]`` becomes ``text``: (start, end, text). A page has thousands: a tuple is the cheapest thing.
Edit = tuple[int, int, bytes]


class Start(NamedTuple):
    """A start tag, where it stands and in what.

    Attributes:
        data: the bytes that it is in.
        match: its three captures (`scanner.Grammar.tag`).
        name: lower case.
        foreign: it is, or may be, an SVG or MathML element.
        html: it is, or may be, an HTML element of the tree. A preload scanner takes any for one.
        settled: only one reading of this place is possible, so that markup may be inserted here.
    """

    data: bytes
    match: re.Match[bytes]
    name: bytes
    foreign: bool
    html: bool
    settled: bool

    @property
    def offset(self) -> int:
        """Of its ``<``."""
        return self.match.start(1) - 1

    @property
    def self_closing(self) -> bool:
        """Whether it ends in ``/>``."""
        end = self.match.end()
        return self.data[end - 2 : end - 1] == b"/" and self.match.end(3) < end - 1


class Editor(Protocol):
    """What is done with the tags of a reading."""

    def plain(self, reading: Reading, run: re.Pattern[bytes], data: bytes, position: int, end: int) -> int:
        """Go on in plain HTML as long as all is plain; gives the offset to read on from."""

    def wants_text(self, start: Start) -> bool:
        """Whether an element's text has to be known before its tag can be judged (script and style)."""

    def element(self, reading: Reading, start: Start, text: tuple[int, int] | None, whole: bool) -> None:
        """A start tag, with the offsets of its text if that was wanted; not ``whole``: too long to wait for."""

    def head(self, reading: Reading, offset: int) -> None:
        """The head begins here."""

    def body(self, reading: Reading, offset: int) -> None:
        """The body begins here."""

    def long(self, reading: Reading, begin: re.Match[bytes] | None, names: list[int]) -> None:
        """A tag that is too long to be judged, and then the offsets of its attributes' names (to be cleared)."""

    def comment(self, reading: Reading, offset: int) -> None:
        """The text of a comment that looks like ours begins here."""

    def beyond(self, data: bytes, offset: int, end: int) -> list[Edit]:
        """From here on nothing is markup, because there were too many ways to read it (`readings`)."""
