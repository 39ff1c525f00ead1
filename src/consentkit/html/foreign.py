"""One rule: SVG, MathML and what in them is HTML again are told apart by the tags alone (§13.2.6.5), or called unsure.

A tree knows which elements are open; here only the roots and integration points are counted. Where an end tag may have
closed one of them or not, or may belong to an element around, the content may be foreign or HTML, and is read as both.
"""

from __future__ import annotations

import re
from typing import Final

from consentkit.html.editor import Start
from consentkit.html.elements import BREAKOUT, MATHML_INTEGRATION, RAW_TEXT, SVG_INTEGRATION
from consentkit.html.references import decode_attribute
from consentkit.html.syntax import Grammar

#: Deeper nesting of SVG, MathML and HTML inside each other changes nothing any more.
MAX_FOREIGN: Final = 64

#: What HTML content begins foreign content with.
ROOTS: Final = frozenset({b"svg", b"math"})

_FONT_BREAKS: Final = frozenset({b"color", b"face", b"size"})
_HTML_ENCODINGS: Final = frozenset({"text/html", "application/xhtml+xml"})

#: In a text integration point of MathML these are MathML, and so is what they hold.
_MATHML_IN_TEXT: Final = frozenset({b"mglyph", b"malignmark"})


class Content:
    """What the content is that is read now.

    Attributes:
        stack: open SVG and MathML roots and integration points.
        unsure: the content may be foreign or HTML.
        lost: it will stay unsure.
        left: an integration point that was left may be open.
        opened: something stands in the innermost integration point.
        select: inside a ``select``.
        frames: a frameset began.
    """

    __slots__ = ("frames", "left", "lost", "opened", "select", "stack", "unsure")

    def __init__(self) -> None:
        self.stack: tuple[bytes, ...] = ()
        self.unsure = False
        self.lost = False
        self.left = False
        self.opened = False
        self.select = False
        self.frames = False

    def copy(self) -> Content:
        """The same, for another reading."""
        other = object.__new__(Content)
        other.stack, other.unsure, other.lost, other.left = self.stack, self.unsure, self.lost, self.left
        other.opened, other.select, other.frames = self.opened, self.select, self.frames
        return other

    def key(self) -> object:
        """Equal for two that will take what follows for the same."""
        return self.stack, self.unsure, self.lost, self.select, self.frames

    def join(self, other: Content) -> bool:
        """Take over what another reading found that came to the same place; whether that makes a difference to tags."""
        self.opened = self.opened or other.opened
        if self.left or not other.left:
            return False
        self.left = True
        return True

    @property
    def foreign(self) -> bool:
        """Whether SVG or MathML is read, as far as the tags say."""
        return bool(self.stack) and self.stack[-1] in ROOTS

    @property
    def doubtful(self) -> bool:
        """Whether HTML that is read may be foreign: end tags that a tree would have to tell may have closed much."""
        return self.unsure or self.lost or bool(self.stack)

    @property
    def sections(self) -> bool:
        """Whether there may be CDATA sections."""
        return bool(self.stack) or self.lost or self.left

    def html(self, start: Start) -> bool:
        """What a start tag in HTML opens for those that follow; whether it is such a tag."""
        name = start.name
        if name in ROOTS:
            if not start.self_closing:
                self._push(name)
                self.unsure = self.unsure or self.select or self.frames
        elif name in _MATHML_IN_TEXT:
            self.unsure = self.unsure or bool(self.stack)
        elif name == b"select":
            self.select = True
        elif name == b"frameset":
            self.frames = True
        else:
            return False
        return True

    def open(self, start: Start, grammar: Grammar) -> bool:
        """What a start tag in SVG or MathML opens for those that follow; whether it opens anything."""
        name = start.name
        if start.self_closing:
            return False
        if self.stack[-1] == b"svg":
            opens = name == b"svg" or name in SVG_INTEGRATION
        else:
            opens = (
                name in ROOTS or name in MATHML_INTEGRATION
                or (name == b"annotation-xml" and holds_html(grammar, start.match))
            )  # fmt: skip
            self.unsure = self.unsure or name == b"svg"  # only a child of annotation-xml is SVG
        if opens:
            self._push(name)
        return opens

    def break_out(self) -> None:
        """A start tag that ends SVG and MathML (`breaks_out`)."""
        self._leave_roots()
        if not self.stack:
            self.unsure = False

    def end_tag(self, name: bytes) -> bool:
        """An end tag that may matter; whether it stands in something that may be closed by it."""
        if name == b"select":
            self.select = False
        if not self.stack:
            if self.left and (name in SVG_INTEGRATION or name in MATHML_INTEGRATION or name == b"annotation-xml"):
                self.lost = True  # it was open, and is closed only now: SVG or MathML goes on, or it is ignored
            return False
        top = self.stack[-1]
        if top in ROOTS:
            if name == top:
                self.stack = self.stack[:-1]
            elif name in {b"p", b"br"}:
                self._leave_roots()
            elif name not in RAW_TEXT and name != b"script":
                self.unsure = True  # an HTML element with this name may be open around
        elif name == top:
            # Closed for certain only if nothing was opened in it.
            self.unsure = self.unsure or self.opened
            self.left = self.left or self.opened
            self.stack = self.stack[:-1]
        elif name in self.stack:
            self.lost = True  # ignored or not, as the elements inside are special or not
            self.stack = self.stack[: len(self.stack) - 1 - self.stack[::-1].index(name)]
        if not self.stack:
            self.unsure = False
        return True

    def _leave_roots(self) -> None:
        while self.stack and self.stack[-1] in ROOTS:
            self.stack = self.stack[:-1]

    def _push(self, name: bytes) -> None:
        if len(self.stack) >= MAX_FOREIGN:
            self.lost = True
            return
        self.stack = (*self.stack, name)
        self.opened = False


def holds_html(grammar: Grammar, match: re.Match[bytes]) -> bool:
    """Whether an ``annotation-xml`` is an integration point: as a tree has it, by its first ``encoding``."""
    for found in grammar.attribute.finditer(match.string, match.start(3), match.end(3)):
        if found[1].lower() == b"encoding":
            value = found[2] or found[3] or found[4] or b""
            return decode_attribute(value.decode("latin-1")).lower() in _HTML_ENCODINGS
    return False


def breaks_out(grammar: Grammar, name: bytes, match: re.Match[bytes]) -> bool:
    """Whether a start tag ends foreign content: a ``font`` by the names of its attributes, not by what they hold."""
    if name != b"font":
        return name in BREAKOUT
    attributes = grammar.attribute.finditer(match.string, match.start(3), match.end(3))
    return any(found[1].lower() in _FONT_BREAKS for found in attributes)
