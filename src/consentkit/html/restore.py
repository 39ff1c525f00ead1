"""One rule: what `inert` did is undone, byte for byte: ``restore(blocked page)`` is the page as it was.

For tests, for a page cached in its blocked form, and as the precise statement of what the script in the page does
element by element. The page is read by the same readings that blocked it, so that what only looks like ours (in a
script's text, in a comment) is left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from itertools import accumulate
from typing import Final

from consentkit.html.beyond import undo
from consentkit.html.change import Attributes
from consentkit.html.charset import Encoding, sniff
from consentkit.html.editor import Edit, Start
from consentkit.html.edits import apply_edits
from consentkit.html.inert_scripts import type_of_script
from consentkit.html.judge import MAX_DEPTH
from consentkit.html.marks import ASIDE, CLOSE, LABELS, OPEN, OWN_ATTRIBUTE, PREFIX, RENAME, RULE
from consentkit.html.reading import Reading
from consentkit.html.references import decode_attribute, decode_with_offsets
from consentkit.html.rewriter import read_whole
from consentkit.html.syntax import Grammar, grammar

#: The longest of our prefixes has fewer bytes.
MAX_MARK: Final = 16
_ASIDE: Final = ASIDE.decode()
_RENAME: Final = RENAME.decode()
_MARKED: Final = re.compile(rb"about:invalid#(ck)((?:ck)*):")


def restore(html: bytes, *, charset: str | None = None) -> bytes:
    """The page as it was before it was made inert.

    Args:
        html: a whole page in the blocked form, in any encoding that `Rewriter` reads.
        charset: the ``charset`` that Content-Type had.

    Returns:
        The original bytes: every insertion gone, every name as it was.
    """
    return apply_edits(html, len(html), _edits(html, 0, sniff(html, charset, final=True)))


def _edits(html: bytes, depth: int, encoding: Encoding | None = None) -> list[Edit]:
    shapes = grammar()
    ahead = undo(html)
    if not ahead:
        return read_whole(html, _Restoring(html, shapes, depth), shapes, encoding, in_pieces=depth == 0)
    # What is beyond every reading comes first, so that the others are as they were.
    whole = apply_edits(html, len(html), ahead)
    edits = read_whole(whole, _Restoring(whole, shapes, depth), shapes, encoding, in_pieces=depth == 0)
    gone = list(accumulate((edit[1] - edit[0] for edit in ahead), initial=0))
    places = [edit[0] - before for edit, before in zip(ahead, gone, strict=False)]

    def offset(at: int) -> int:
        return at + gone[bisect_right(places, at)]

    back = [(offset(edit[0]), offset(edit[1] - 1) + 1, edit[2]) for edit in edits]
    return sorted([*ahead, *back], key=lambda edit: edit[0])


class _Restoring:
    """The editor that takes away what the blocking one inserted."""

    def __init__(self, html: bytes, shapes: Grammar, depth: int) -> None:
        self._html = html
        self._grammar = shapes
        self._depth = depth
        self._long = False  # in a start tag beyond every limit
        # Begin and end of each insertion. Readings go over the same place again, and one may be ahead of the other.
        self._insertions: list[tuple[int, int]] = []

    def wants_text(self, start: Start) -> bool:
        """Style sheets and JSON may have had a URL blocked, and a script that runs may open a comment."""
        if start.name != b"script":
            return start.name == b"style"
        attributes = Attributes(self._grammar, start.match)
        if any(name.startswith(_ASIDE) for name in attributes.first):
            return True
        names = {name.removeprefix(_RENAME) for name in attributes.first}
        if "src" in names or (not start.html and not names.isdisjoint({"href", "xlink:href"})):
            return False
        labels = LABELS.match(start.data, start.match.end(2))
        return (labels is not None and b" type=" in labels[0]) or type_of_script(attributes, _text) is not None

    def plain(self, reading: Reading, run: re.Pattern[bytes], data: bytes, position: int, end: int) -> int:
        """Every tag that is met is taken the general way."""
        del reading, run, data, end
        return position

    def head(self, reading: Reading, offset: int) -> None:
        """Nothing is inserted."""

    def body(self, reading: Reading, offset: int) -> None:
        """Nothing is inserted."""

    def long(self, reading: Reading, begin: re.Match[bytes] | None, names: list[int]) -> None:
        """A tag may have too many attributes, or be too long and never end; one that ends is whole here."""
        if begin is not None:
            self._long = not begin[1]
            if self._long and OWN_ATTRIBUTE.match(begin[2]):
                reading.edits.append(_unmarked(begin[2].lower(), begin.start(2)))
        for at in names if self._long else ():
            if OWN_ATTRIBUTE.match(self._html, at):
                reading.edits.append(_unmarked(self._html[at : at + MAX_MARK].lower(), at))
        names.clear()

    def comment(self, reading: Reading, offset: int) -> None:
        """Around an insertion, or the page's own that looks like it."""
        if self._html.startswith(OPEN, offset - 4):
            end = self._html.find(CLOSE, offset)
            if end >= 0 and not self._inserted(offset - 4):
                whole = (offset - 4, end + len(CLOSE))
                if whole not in self._insertions[-1:]:
                    insort(self._insertions, whole)
                reading.edits.append((*whole, b""))
        elif self._html.startswith(b"ckck", offset):
            reading.edits.append((offset, offset + 2, b""))

    def beyond(self, data: bytes, offset: int, end: int) -> list[Edit]:
        """What is there was undone before."""
        del data, offset, end
        return []

    def element(self, reading: Reading, start: Start, text: tuple[int, int] | None, whole: bool) -> None:
        """Take our attributes away and give the others their names back."""
        del whole
        match = start.match
        if self._inserted(start.offset):
            return
        edits: list[Edit] = []
        if OWN_ATTRIBUTE.match(start.name):
            edits.append(_unmarked(start.name, match.start(2)))
        begin = match.start(3)
        labels = LABELS.match(start.data, match.end(2))
        labelled = labels is not None
        voided = judged = False
        while labels is not None:  # several where two readings were not of one mind
            edits.append((labels.start(), labels.end(), b""))
            begin = labels.end()
            voided, judged = voided or b" type=" in labels[0], judged or b" type=" not in labels[0]
            labels = LABELS.match(start.data, begin)
        if text is not None and voided and start.name == b"style" and start.data.startswith(RULE, text[0]):
            edits.append((text[0], text[0] + len(RULE), b""))
        if text is not None and judged:
            edits += _prefixes(start.data, *text)
        for found in self._grammar.attribute.finditer(start.data, begin, match.end(3)):
            name = found[1].lower()
            group = found.lastindex or 1
            if OWN_ATTRIBUTE.match(name):
                edits.append(_unmarked(name, found.start(1)))
            elif group > 1 and name == b"style" and labelled:
                edits += _prefixes(start.data, found.start(group), found.end(group))
            elif group > 1 and name == b"srcdoc" and self._depth < MAX_DEPTH:
                edits += self._srcdoc(found[group], found.start(group))
        reading.edits += sorted(edits, key=lambda edit: edit[0])

    def _inserted(self, offset: int) -> bool:
        """Whether something stands within an insertion."""
        before = bisect_left(self._insertions, (offset, 0)) - 1
        return before >= 0 and offset < self._insertions[before][1]

    def _srcdoc(self, raw: bytes, offset: int) -> list[Edit]:
        """The same inside a document in an attribute; only ASCII was inserted, so bytes may pass for characters."""
        plain, original = decode_with_offsets(raw.decode("latin-1"))
        data = plain.encode("utf-8", "surrogatepass")
        edits = _edits(data, self._depth + 1)
        if len(data) != len(plain):
            # Offsets in UTF-8 become offsets in characters.
            characters = [0] * (len(data) + 1)
            at = 0
            for index, character in enumerate(plain):
                characters[at] = index
                at += len(character.encode("utf-8", "surrogatepass"))
            characters[at] = len(plain)
            edits = [(characters[edit[0]], characters[edit[1]], b"") for edit in edits]
        return [(offset + original(edit[0]), offset + original(edit[1]), b"") for edit in edits]


def _text(raw: bytes) -> str:
    """A value, as far as it is in ASCII."""
    return decode_attribute(raw.decode("latin-1"))


def _unmarked(name: bytes, offset: int) -> Edit:
    """Without our prefix, or with one ``ck`` less."""
    if name.startswith(ASIDE):
        return (offset, offset + len(ASIDE), b"")
    if name[7:8] == b"-":
        return (offset, offset + len(b"data-ck-"), b"")
    return (offset + 5, offset + 7, b"")


def _prefixes(data: bytes, start: int, end: int) -> list[Edit]:
    edits = []
    for match in _MARKED.finditer(data, start, end):
        if match[2]:
            edits.append((match.start(1), match.end(1), b""))
        else:
            edits.append((match.start(), match.start() + len(PREFIX), b""))
    return edits
