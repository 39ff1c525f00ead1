"""One rule: all ways to read a page that may be a browser's are followed at once, and where two meet they are one.

They meet where they come to the same place in the same state, and where both are inside a text that the same end tag
ends. Where there would be too many, none is followed any more: from that tag on nothing in the page is markup, however
it is read (`beyond`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from consentkit.html.editor import Edit, Editor
from consentkit.html.reading import Reading
from consentkit.html.scanner import DATA

#: Ways to read a page that are followed at once. Two are common in tricks with noscript; each more doubles
#: nothing real, and costs as much as the first.
MAX_READINGS: Final = 8

#: Times that a page may be read on in two ways. Real pages have none or a few of them; whoever makes thousands
#: makes each tag cost what a hundred do.
MAX_FORKS: Final = 256


class Readings:
    """The readings of one page, one as a rule.

    Attributes:
        all: those that are followed.
        beyond: where the tag begins from which on none is; None: nowhere yet.
    """

    __slots__ = ("_editor", "_edits", "_end", "_forks", "_met", "all", "beyond")

    def __init__(self, first: Reading, editor: Editor) -> None:
        self.all = [first]
        self.beyond: int | None = None
        self._editor = editor
        self._met = False  # two became one, and both may have made the same edits
        self._forks = 0
        self._end: int | None = None  # where one was given up; the others are followed to there
        self._edits: list[Edit] = []  # of those that are not followed any more

    def run(self, data: bytes, end: int, *, final: bool, masked: bytes | None = None) -> None:
        """Read on as far as the input goes; in ``masked``, broken characters swallow what follows them."""
        if masked is not None and self._end is None and not any(reading.swallowed for reading in self.all):
            # All the same up to there: what is read as one must not depend on how the input was cut.
            broken = _first_difference(data, masked)
            for reading in self.all:
                reading.tokenizer.waiting = None  # a tag that is whole by now is read, however it came
            self.run(data, broken, final=False)
            swallowing = [reading.copy() for reading in self.all]
            for reading in swallowing:
                reading.swallowed = True
            self.all += swallowing
        if masked is None and len(self.all) == 1 and self._end is None:
            if not end:
                return  # an empty end of a page tells nothing new
            self.all[0].run(data, end, final=final)
            if self.all[0].fork is None:
                return
        self._together(data, masked, end, final=final)

    def ready(self, data: bytes | bytearray, end: int) -> bool:
        """Whether reading on would find something: nothing leaves before the one furthest behind goes on."""
        return min(self.all, key=_turn).ready(data, end)

    def safe(self) -> int:
        """Up to where nothing changes any more."""
        return min(reading.tokenizer.position for reading in self.all)

    def move(self, by: int) -> None:
        """The first ``by`` bytes were handed on."""
        if self._end is not None:
            self._end -= by
        for reading in self.all:
            reading.move(by)

    def take(self, safe: int, *, final: bool) -> list[Edit]:
        """The edits before ``safe``, in order; later ones stay with their reading."""
        edits: list[Edit] = []
        if self._edits:
            edits = [edit for edit in self._edits if final or edit[0] < safe]
            self._edits = [_moved(edit, safe) for edit in self._edits if not final and edit[0] >= safe]
            self._met = True
        for reading in self.all:
            if not reading.edits:
                continue
            if final or reading.edits[-1][0] < safe:
                edits += reading.edits
                reading.edits = []
                continue
            edits += [edit for edit in reading.edits if edit[0] < safe]
            reading.edits = [_moved(edit, safe) for edit in reading.edits if edit[0] >= safe]
        if any(before[0] > after[0] for before, after in pairwise(edits)) or len(self.all) > 1 or self._met:
            self._met = len(self.all) > 1 or any(reading.edits for reading in self.all)
            unique = {(edit[0], edit[1], edit[2]): edit for edit in edits}
            edits = sorted(unique.values(), key=_start)
        return edits

    def _together(self, data: bytes, masked: bytes | None, end: int, *, final: bool) -> None:
        """Several readings, always the one that is furthest behind, so that they can meet."""
        readings = self.all
        waiting: set[Reading] = set()
        while True:
            for reading in list(readings):
                if reading.fork is not None:
                    self._forks += 1
                    if len(readings) < MAX_READINGS and self._forks <= MAX_FORKS:
                        readings.append(reading.fork)
                        reading.fork = None
                    else:
                        self._give_up(reading)
            self._meet(waiting)
            if self._end is not None and all(reading.tokenizer.position >= self._end for reading in readings):
                self._stop(data, self._end, end)
                return
            alone = len(readings) == 1
            for reading in readings:
                reading.alone = alone
            # Whoever is ahead waits for the others, or where they meet would depend on how the input was cut.
            behind = min(readings, key=_turn)
            if behind in waiting:
                active = [reading for reading in readings if reading not in waiting]
                if not (final and active):
                    break
                behind = min(active, key=_turn)
            seen = masked if behind.swallowed and masked is not None else data
            if not behind.run(seen, end, final=final, once=not alone) and behind.fork is None:
                waiting.add(behind)
        if final and self._end is not None:
            self._stop(data, self._end, end)

    def _meet(self, waiting: set[Reading]) -> None:
        """Readings that will find the same from here on are one."""
        readings = self.all
        if len(readings) == 1:
            return
        self._join([(r.key() if r.behind == r.tokenizer.position else r, r) for r in readings])
        if len(readings) > 2:
            # Those that came to the end of the input will meet at the next tag, or behind the text that they are in.
            # When the last two do must not depend on how the input was cut.
            self._join([(r.inside() if r in waiting else r, r) for r in readings], least=2)

    def _join(self, places: list[tuple[object, Reading]], least: int = 1) -> None:
        """Those in the same place become one."""
        met: dict[object, Reading] = {}
        left = len(places)
        for place, reading in places:
            same = met.setdefault(place if left > least else reading, reading)
            if same is not reading:
                left -= 1
                same.join(reading)
                self._met = True
        self.all[:] = met.values()

    # --- too many ----------------------------------------------------------------------------------------------------

    def _give_up(self, reading: Reading) -> None:
        """One that would fork once more is followed no further than to the tag where it would."""
        at = reading.begun
        self._end = at if self._end is None else min(self._end, at)
        self._edits += [edit for edit in reading.edits if edit[0] < at]
        self.all.remove(reading)

    def _stop(self, data: bytes, at: int, end: int) -> None:
        """All have come to that tag: nothing from there on is markup. What began before it was judged as a whole."""
        for reading in self.all:
            self._edits += [edit for edit in reading.edits if edit[0] < at or reading.begun < at]
        self.all.clear()
        self._edits += self._editor.beyond(data, at, end)
        self.beyond = at


def _first_difference(one: bytes, other: bytes) -> int:
    """Where two strings of bytes that are not the same begin to differ."""
    low, high = 0, len(one)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle)
    return low


def _moved(edit: Edit, by: int) -> Edit:
    return edit[0] - by, edit[1] - by, edit[2]


def _start(edit: Edit) -> int:
    return edit[0]


def _turn(reading: Reading) -> tuple[int, bool]:
    """Who comes next: of two at one place the one inside a text, so that it can meet whoever is in the same text."""
    return reading.tokenizer.position, reading.tokenizer.mode == DATA
