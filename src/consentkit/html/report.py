"""One rule: what was blocked is kept as it came, and told in full when somebody asks."""

from __future__ import annotations

from typing import Final

from consentkit.html.decision import Block, Blocked, Kind
from consentkit.html.judge import Found
from consentkit.html.references import decode_attribute
from consentkit.html.urls import Url, parse_url

#: Lines of the report kept of one page; `Report.total` goes on counting.
MAX_REPORT: Final = 10_000

#: A line whose URL is still as it stood in the page: block, kind, element, attribute, URL, base URL.
RawLine = tuple[Block, Kind, str, str, bytes, Url | None]
#: What was blocked in a stretch of the page, with offsets in it.
Lines = tuple[tuple[int, Found | RawLine], ...]


class Report:
    """What was blocked: the first `limit` of it, and how much in all.

    What is found again by another reading of the same place counts once only as far as lines are kept.

    Attributes:
        offset: where in the page the bytes at hand begin; whoever hands them on moves it.
        codec: of the page.
        heard: gets every single line with its offset in the bytes at hand, while somebody listens.
    """

    __slots__ = ("_later", "_limit", "_lines", "_total", "_waiting", "codec", "heard", "offset")

    def __init__(self, limit: int = MAX_REPORT) -> None:
        self._limit = limit
        # Most are never looked at: what a quick answer blocked stays raw until somebody does.
        self._lines: dict[tuple[int, str, str, str | bytes], Found | RawLine] = {}
        self._later: list[tuple[int, Lines, Url | None, bool]] = []
        self._waiting = 0  # lines in there
        self._total = 0
        self.offset = 0
        self.codec = "utf-8"
        self.heard: list[tuple[int, Found | RawLine]] | None = None

    @property
    def total(self) -> int:
        """How much was blocked."""
        self._settle()
        return self._total

    def add(self, found: Found, at: int) -> None:
        """One more, at an offset in the bytes at hand; the same again (from another reading) counts once."""
        resource = found.resource
        offset = self.offset + at
        if self.heard is not None:
            self.heard.append((at, found))
        self._add((offset, resource.element, resource.attribute, resource.url), found)

    def add_all(self, lines: list[tuple[int, Found | RawLine]]) -> None:
        """Several more, with offsets in the bytes at hand. They are looked at when somebody asks."""
        if lines:
            self._wait(self.offset, tuple(lines), None, known=False)

    def add_known(self, at: int, lines: Lines, base: Url | None) -> None:
        """Lines of a known stretch at an offset in the bytes at hand. They are looked at when somebody asks.

        Args:
            at: where it begins.
            lines: with offsets from there.
            base: what relative URLs are relative to.
        """
        self._wait(self.offset + at, lines, base, known=True)

    def _wait(self, begun: int, lines: Lines, base: Url | None, *, known: bool) -> None:
        if len(self._lines) + self._waiting + len(lines) > self._limit:
            self._settle()  # what came first is kept
        self._later.append((begun, lines, base, known))
        self._waiting += len(lines)

    def _settle(self) -> None:
        later, self._later, self._waiting = self._later, [], 0
        for begun, lines, base, known in later:
            for at, line in lines:
                if isinstance(line, Found):
                    told = line.resource
                    self._put((begun + at, told.element, told.attribute, told.url), line)
                else:
                    self._put((begun + at, line[2], line[3], line[4]), (*line[:5], base) if known else line)

    def _add(self, key: tuple[int, str, str, str | bytes], line: Found | RawLine) -> None:
        if self._later and len(self._lines) + self._waiting >= self._limit:
            self._settle()
        self._put(key, line)

    def _put(self, key: tuple[int, str, str, str | bytes], line: Found | RawLine) -> None:
        lines = self._lines
        if key not in lines:
            self._total += 1
            if len(lines) < self._limit:
                lines[key] = line

    def lines(self) -> list[Blocked]:
        """In the order of the page."""
        self._settle()
        lines = []
        for key, line in sorted(self._lines.items(), key=_offset):
            if isinstance(line, Found):
                block, told = line
                kind, element, attribute, shown = told.kind, told.element, told.attribute, told.url
            else:
                block, kind, element, attribute, raw, base = line
                text = raw.decode(self.codec, "replace")
                url = parse_url(decode_attribute(text) if attribute else text, base)
                shown = url.href if url else ""
            lines.append(Blocked(block, kind, element, attribute, shown, key[0]))
        return lines


def _offset(item: tuple[tuple[int, str, str, str | bytes], object]) -> int:
    return item[0][0]
