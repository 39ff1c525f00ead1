"""One rule: a stretch of plain HTML that was judged before, byte for byte the same, is not judged again.

The pages of a site share most of their bytes: head, navigation, footer, inline scripts. What plain HTML becomes depends
on its bytes, on who may be contacted, and on little else (`Plain` puts that into a *part*); so a stretch between two
tags is kept with what was done to it, and where its first bytes come again the whole is compared and taken.

Nothing is kept at first sight: only where the first bytes of a stretch have come twice. What a page says to one
visitor alone is not kept as a rule, and pages that never come again cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, NamedTuple

from consentkit.html.edits import apply_edits
from consentkit.html.judge import Found
from consentkit.html.report import Lines, RawLine, Report

if TYPE_CHECKING:
    from consentkit.html.editor import Edit
    from consentkit.html.judge import Judge
    from consentkit.html.reading import Reading

#: A stretch ends at the first tag behind so many bytes. Shorter ones are found again in more pages (what differs
#: spoils one stretch each time), longer ones take less time for each.
STRETCH: Final = 2048
#: Not worth keeping: judging so few bytes takes no longer than comparing them.
SHORT: Final = 256
#: A stretch is looked up by so many bytes of its beginning.
HEAD: Final = 64
#: Stretches that begin alike. More would be compared one after the other each time.
ALIKE: Final = 8
#: Bytes remembered for all states of consent together, pages and what was done to them. The shared bytes of a site
#: are some megabytes; when it is full all is forgotten and learnt anew.
MAX_BYTES: Final = 32 << 20
#: What a beginning, an edit and a line of the report take besides their bytes, about.
_OVERHEAD: Final = 200
#: What a part takes that is empty: its key has a host and a state of consent in it, which anybody can vary.
_PART: Final = 2048


class Stretch(NamedTuple):
    """A stretch of plain HTML.

    Attributes:
        raw: its bytes.
        edit: what is done to it, all edits in one: (start, end, text) in offsets from its beginning.
        lines: what is blocked in it, with offsets likewise.
    """

    raw: bytes
    edit: Edit | None
    lines: Lines


#: Stretches by their first bytes; none yet where these came only once.
Part = dict[bytes, tuple[Stretch, ...]]


class Stretches:
    """What is remembered under one policy.

    Args:
        stretch: how long a stretch is at the least.
        limit: bytes to remember.
        head: by so many bytes of its beginning a stretch is looked up.
    """

    def __init__(self, stretch: int = STRETCH, limit: int = MAX_BYTES, head: int = HEAD) -> None:
        self.stretch = stretch
        self.head = head
        self._limit = limit
        self._parts: dict[Hashable, Part] = {}
        self._size = 0

    def part(self, key: Hashable) -> Part:
        """The stretches for one state of consent, and one way to read and judge.

        Args:
            key: everything besides the bytes that the outcome depends on.
        """
        part = self._parts.get(key)
        if part is None:
            self.make_room(_PART)
            part = self._parts.setdefault(key, {})
        return part

    def parts(self) -> list[Part]:
        """All that is remembered."""
        return list(self._parts.values())

    def make_room(self, size: int) -> None:
        """So many bytes more are going to be remembered; a part that is in use then is forgotten with its page."""
        if self._size + size > self._limit:
            self._parts.clear()
            self._size = 0
        self._size += size


class Trail:
    """Follows a reading through plain HTML, takes the stretches that are known, and learns others.

    Args:
        stretches: where they are kept.
        part: those that hold here.
        reading: whose edits are made.
        judge: who was asked; it knows whether an answer depended on the page's own address.
        report: where lines of known stretches go.
        told: where lines of others go too, with their offsets.
        trusted: scripts keep their ``src``.
        head: in a head.
    """

    __slots__ = (
        "_base", "_begun", "_edits", "_head", "_judge", "_key", "_lines", "_next", "_part", "_reading", "_report",
        "_stretches", "_told", "_trusted",
    )  # fmt: skip

    def __init__(
        self, stretches: Stretches, part: Part, reading: Reading, judge: Judge, report: Report,
        told: list[tuple[int, Found | RawLine]], *, trusted: bool, head: bool,
    ) -> None:  # fmt: skip
        self._stretches = stretches
        self._part = part
        self._reading = reading
        self._base = reading.base
        self._trusted = trusted
        self._head = head
        self._judge = judge
        self._report = report
        self._told = told
        self._begun = -1  # where the stretch that is being learnt begins
        self._key = b""
        self._edits = self._lines = 0
        self._next = 0  # no beginning is noted before this

    def holds(self, reading: Reading, trusted: bool, head: bool) -> bool:
        """Whether it is for this reading, as things are now; if so it begins anew, perhaps in other bytes."""
        self._next = 0
        same = reading is self._reading and reading.base is self._base and not reading.late
        return same and trusted == self._trusted and head == self._head

    def here(self, data: bytes, position: int, end: int) -> int:
        """Where to read on, behind the known stretches that begin here.

        Args:
            data: the bytes.
            position: in plain HTML; what stands before was read without a look at what stands from here on.
            end: of the bytes.
        """
        if 0 <= self._begun <= position - self._stretches.stretch:
            self.close(data, position)
        part, head = self._part, self._stretches.head
        while True:
            key = data[position : position + head]
            known = part.get(key)
            if known is None:
                if position >= self._next and self._begun < 0:
                    self._stretches.make_room(_OVERHEAD)
                    part[key] = ()
                    self._next = position + self._stretches.stretch
                return position
            for stretch in known:
                if data.startswith(stretch.raw, position, end):
                    if self._begun >= 0:
                        self.close(data, position)
                    self._take(stretch, position)
                    self._next = position = position + len(stretch.raw)
                    break
            else:
                if self._begun < 0 and len(known) < ALIKE:
                    self._begun, self._key = position, key
                    self._edits, self._lines = len(self._reading.edits), len(self._told)
                    self._judge.relative = False
                return position

    def close(self, data: bytes, position: int) -> None:
        """The stretch that is being learnt ends here."""
        begun, self._begun = self._begun, -1
        if begun < 0 or position - begun < min(SHORT, self._stretches.stretch):
            return
        # A lone "<" was taken for text because of what stands behind it.
        if self._judge.relative or data[position - 1] == 0x3C:
            return
        # A tag that begins here may have got edits already.
        edits = sorted([edit for edit in self._reading.edits[self._edits :] if edit[0] < position], key=_offset)
        edit: Edit | None = None
        if edits:
            start, end = edits[0][0], max(end for _, end, _ in edits)
            edit = (start - begun, end - begun, apply_edits(data, end, edits, start))
        lines = tuple([(at - begun, _pageless(line)) for at, line in self._told[self._lines :] if at < position])
        size = position - begun + (len(edit[2]) if edit is not None else 0) + _OVERHEAD
        size += sum([_OVERHEAD + _length(line) for _, line in lines])
        self._stretches.make_room(size)
        self._part[self._key] = (*self._part.get(self._key, ()), Stretch(data[begun:position], edit, lines))

    def _take(self, stretch: Stretch, position: int) -> None:
        if stretch.edit is not None:
            start, end, text = stretch.edit
            self._reading.edits.append((start + position, end + position, text))
        if stretch.lines:
            # What came first is told first: of much, no more is kept.
            self._report.add_all(self._told)
            self._told.clear()
            self._report.add_known(position, stretch.lines, self._base.url)  # type: ignore[attr-defined]


def _pageless(line: Found | RawLine) -> Found | RawLine:
    """A line without the address of the page that it was learnt from: nothing of that is kept."""
    return line if isinstance(line, Found) else (*line[:5], None)


def _length(line: Found | RawLine) -> int:
    """Characters that a line keeps, besides those of the page."""
    return len(line.resource.url) + len(line.resource.path) if isinstance(line, Found) else len(line[4])


def _offset(edit: Edit) -> int:
    return edit[0]
