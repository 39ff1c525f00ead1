"""One rule: a stretch of a page that was judged before, byte for byte the same, is not judged again.

The pages of a site share most of their bytes: head, navigation, footer, inline scripts. What plain HTML becomes depends
on its bytes, on who may be contacted, and on little else (`Plain` puts that into a *part*); so a stretch between two
tags is kept with what was done to it, and where its first bytes come again, or where the stretch before it came again,
the whole is compared and taken. A stretch begins and ends in plain HTML; what only the general way can judge (SVG, odd
attributes, embeds) may stand in it, where that left everything as it was and looked at nothing else (`Trail.holds`).

Nothing is kept at first sight: only where the first bytes of a stretch have come twice. What a page says to one
visitor alone is not kept as a rule, and pages that never come again cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Final

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
SHORT: Final = 64
#: A stretch is looked up by so many bytes of its beginning.
HEAD: Final = 256
#: Stretches that begin alike, or come behind the same one. More would be compared one after the other each time.
ALIKE: Final = 16
#: Bytes remembered for all states of consent together, pages and what was done to them. The shared bytes of a site
#: are some megabytes; when it is full all is forgotten and learnt anew.
MAX_BYTES: Final = 32 << 20
#: What a beginning, an edit and a line of the report take besides their bytes, about.
_OVERHEAD: Final = 256
#: What a part takes that is empty: its key has a host and a state of consent in it, which anybody can vary.
_PART: Final = 2048


class Stretch:
    """A stretch of a page.

    Attributes:
        raw: its bytes.
        edit: what is done to it, all edits in one: (start, end, text) in offsets from its beginning.
        lines: what is blocked in it, with offsets likewise.
        after: those that came behind it, where the next is looked for first. All bytes are compared all the same.
    """

    __slots__ = ("after", "edit", "lines", "raw")

    def __init__(self, raw: bytes, edit: Edit | None, lines: Lines) -> None:
        self.raw = raw
        self.edit = edit
        self.lines = lines
        self.after: tuple[Stretch, ...] = ()


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
            for part in self.parts():
                for known in list(part.values()):  # other threads may add to it meanwhile
                    for stretch in known:
                        stretch.after = ()  # or they would hold each other
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
        "_base", "_begun", "_certain", "_data", "_edits", "_head", "_heard", "_judge", "_key", "_last", "_lines",
        "_next", "_part", "_paused", "_reading", "_report", "_state", "_stretches", "_told", "_trusted",
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
        self._last: Stretch | None = None  # what was taken last
        self._edits = self._lines = 0
        self._next = 0  # no beginning is noted before this
        self._data: bytes | None = None  # in which it pauses at a tag
        self._paused = -1  # up to where the stretch is settled there
        self._state: object = None  # of the reading then
        self._heard: list[tuple[int, Found | RawLine]] = []  # lines of the stretch that were told before
        self._certain = 0  # so many of them before it paused

    @property
    def learning(self) -> bool:
        """Whether a stretch goes on behind a tag that the general way has judged."""
        return self._begun >= 0

    def holds(self, reading: Reading, data: bytes, trusted: bool, head: bool) -> bool:
        """Whether it is for this reading, as things are now; if so it goes on, or begins anew in other bytes.

        It goes on where all that the general way did in between was to make edits and to tell lines, and what it did
        depended on nothing but the bytes.
        """
        same = (
            reading is self._reading and reading.base is self._base and not reading.late and not reading.embedded
            and trusted == self._trusted and head == self._head
        )  # fmt: skip
        if self._data is not data:
            self._next = 0
        elif self._begun >= 0 and same and self._state == _state_of(reading) and not self._judge.only_here:
            self._data = self._report.heard = None
            return True
        self.settle()
        return same

    def pause(self, data: bytes, position: int) -> None:
        """The general way has to be taken at a tag.

        Args:
            data: the bytes.
            position: up to where what was read is certain; -1: what was read last is not.
        """
        self._data, self._paused = data, position
        if self._begun < 0:
            return
        if self._judge.only_here:
            self._begun = -1
            return
        self._heard += self._told[self._lines :]
        self._lines, self._certain = 0, len(self._heard)
        self._state, self._report.heard = _state_of(self._reading), self._heard

    def settle(self) -> None:
        """The stretch that was being learnt ends where it paused."""
        if self._data is not None:
            data, self._data, self._report.heard = self._data, None, None
            self._judge.only_here = False
            del self._heard[self._certain :]
            if self._begun >= 0:
                self._lines = len(self._told)
                self.close(data, self._paused)

    def here(self, data: bytes, position: int, end: int) -> int:
        """Where to read on, behind the known stretches that begin here.

        Args:
            data: the bytes.
            position: in plain HTML; what stands before was read without a look at what stands from here on.
            end: of the bytes.
        """
        if 0 <= self._begun <= position - self._stretches.stretch:
            self.close(data, position)
        last, part, comes = self._last, self._part, data.startswith
        edits, report = self._reading.edits, self._report
        while True:
            stretch = None
            if last is not None:
                for each in last.after:
                    if comes(each.raw, position, end):
                        stretch = each
                        break
            if stretch is None:
                key = data[position : position + self._stretches.head]
                known = part.get(key)
                if known is None:
                    if position >= self._next and self._begun < 0:
                        self._stretches.make_room(_OVERHEAD + len(key))
                        part[key] = ()
                        self._next = position + self._stretches.stretch
                    break
                for each in known:
                    if comes(each.raw, position, end):
                        stretch = each
                        break
                else:
                    if self._begun < 0 and len(known) < ALIKE:
                        self._begun, self._key = position, key
                        self._edits, self._lines = len(edits), len(self._told)
                        self._heard = []
                        self._judge.only_here = False
                    break
                if last is not None and len(last.after) < ALIKE:
                    last.after += (stretch,)
            if self._begun >= 0:
                self.close(data, position)
            edit = stretch.edit
            if edit is not None:
                start, stop, text = edit
                edits.append((start + position, stop + position, text))
            if stretch.lines:
                if self._told:
                    # What came first is told first: of much, no more is kept.
                    report.add_all(self._told)
                    self._told.clear()
                report.add_known(position, stretch.lines, self._base.url)  # type: ignore[attr-defined]
            self._next = position = position + len(stretch.raw)
            last = stretch
        self._last = last
        return position

    def close(self, data: bytes, position: int) -> None:
        """The stretch that is being learnt ends here."""
        begun, self._begun = self._begun, -1
        if begun < 0 or position - begun < min(SHORT, self._stretches.stretch):
            return
        # A lone "<" was taken for text because of what stands behind it.
        if self._judge.only_here or data[position - 1] == 0x3C:
            return
        # A tag that begins here may have got edits already.
        edits = sorted([edit for edit in self._reading.edits[self._edits :] if edit[0] < position], key=_offset)
        edit: Edit | None = None
        if edits:
            start, end = edits[0][0], max(end for _, end, _ in edits)
            edit = (start - begun, end - begun, apply_edits(data, end, edits, start))
        lines = tuple(
            [(at - begun, _pageless(line)) for at, line in [*self._heard, *self._told[self._lines :]] if at < position]
        )
        size = position - begun + (len(edit[2]) if edit is not None else 0) + _OVERHEAD
        size += sum([_OVERHEAD + _length(line) for _, line in lines])
        self._stretches.make_room(size)
        self._part[self._key] = (*self._part.get(self._key, ()), Stretch(data[begun:position], edit, lines))


def _state_of(reading: Reading) -> object:
    """What the general way may change besides what `Trail.holds` looks at."""
    return reading.doubts, None if reading.prolog is None else reading.prolog.key()


def _pageless(line: Found | RawLine) -> Found | RawLine:
    """A line without the address of the page that it was learnt from: nothing of that is kept."""
    return line if isinstance(line, Found) else (*line[:5], None)


def _length(line: Found | RawLine) -> int:
    """Characters that a line keeps, besides those of the page."""
    return len(line.resource.url) + len(line.resource.path) if isinstance(line, Found) else len(line[4])


def _offset(edit: Edit) -> int:
    return edit[0]
