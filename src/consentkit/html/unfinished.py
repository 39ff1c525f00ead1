"""One rule: a tag that is not whole yet is read on from where it was left, and not waited for beyond a limit."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from consentkit.html.syntax import S

#: One tag that is longer than this is not waited for. Real pages have images as ``data:`` URLs of some
#: hundred kilobytes in one attribute; browsers have no limit.
MAX_TAG: Final = 1 << 20

#: An unfinished construct shorter than this is simply read again when more comes: cheaper than remembering.
SMALL: Final = 2048


class TagProgress:
    """How far an unfinished tag was read, so that reading on costs the new bytes only."""

    __slots__ = ("_done", "_looked", "_quote", "_settled", "start")

    _NAME_END = re.compile(rb"[\t\n\f\r />]")
    _OPEN = re.compile(rb"[\t\n\f\r /]*+[^\t\n\f\r />][^\t\n\f\r />=]*+" + S + rb"*+=" + S + rb"*+([\"'])")
    _CLOSE = re.compile(rb"[\t\n\f\r /]*+>")

    def __init__(self, start: int, settled: re.Pattern[bytes]) -> None:
        self.start = start
        self._settled = settled
        self._done = start  # behind the last attribute that nothing can change
        self._looked = start + 2  # nothing new before this
        self._quote = b""

    def ready(self, data: bytes | bytearray, end: int) -> bool:
        """Whether the tag may be whole by now."""
        if end - self.start <= SMALL or end - self.start > MAX_TAG:
            return True
        if self._quote:
            if data.find(self._quote, self._looked, end) < 0:
                self._looked = end
                return False
            self._quote = b""
        elif self._done == self.start:
            found = self._NAME_END.search(data, self._looked, end)
            if found is None:
                self._looked = end
                return False
            self._done = found.start()
        elif self._looked - self._done > SMALL and (end - self._done) * 4 < (self._looked - self._done) * 5:
            return False  # a long run of spaces or a value without quotes: wait for a quarter more
        settled = self._settled.match(data, self._done, end)
        if settled is not None:
            self._done = settled.end()
        if self._CLOSE.match(data, self._done, end):
            return True
        opened = self._OPEN.match(data, self._done, end)
        if opened is None:
            self._looked = end
        elif data.find(opened[1], opened.end(), end) < 0:
            self._quote = opened[1]
            self._looked = end
        else:
            self._looked = self._done  # closed by the very last byte: the next one settles it
        return False

    def move(self, by: int) -> None:
        """The bytes before were handed on."""
        self.start -= by
        self._done -= by
        self._looked -= by


class LongTag:
    """Reads on in a tag that is too long to be waited for, without holding it back.

    Attributes:
        position: where to read on.
        names: offsets of the attribute names met since they were last taken.
    """

    __slots__ = ("_in", "names", "position")

    _CLOSE = re.compile(rb"[\t\n\f\r /]*+>")
    _NAME = re.compile(rb"[\t\n\f\r /]*+([^\t\n\f\r />][^\t\n\f\r />=]*+)")
    _VALUE = re.compile(rb"[\t\n\f\r ]*+(?:=[\t\n\f\r ]*+([\"']?)(?=[\s\S])|(?=[^\t\n\f\r =]))")
    _ENDS: ClassVar = {b"n": re.compile(rb"[\t\n\f\r />=]"), b"=": re.compile(rb"[\t\n\f\r >]")}

    def __init__(self, position: int) -> None:
        self.position = position  # behind the tag's name
        self.names: list[int] = []
        self._in = b""  # between attributes; n: in a name; v: behind one; =: in a value without quotes; or its quote

    def read(self, data: bytes, end: int) -> bool:
        """Read on; True behind the tag, False where more input is needed."""
        while True:
            position = self.position
            if not self._in:
                close = self._CLOSE.match(data, position, end)
                if close is not None:
                    self.position = close.end()
                    return True
                name = self._NAME.match(data, position, end)
                if name is None:
                    self.position = max(position, end - 1)  # spaces, of which a last "/" may count
                    return False
                self.names.append(name.start(1))
                self.position, self._in = name.start(1) + 1, b"n"
            elif self._in == b"v":
                value = self._VALUE.match(data, position, end)
                if value is None:
                    if end - position > SMALL:
                        self.position = end - 1  # spaces
                    return False
                given = data.find(b"=", position, value.end()) >= 0
                self.position, self._in = value.end(), value[1] or (b"=" if given else b"")
            elif self._in in self._ENDS:
                found = self._ENDS[self._in].search(data, position, end)
                if found is None:
                    self.position = end
                    return False
                self.position, self._in = found.start(), b"v" if self._in == b"n" else b""
            else:
                at = data.find(self._in, position, end)
                if at < 0:
                    self.position = end
                    return False
                self.position, self._in = at + 1, b""

    def key(self) -> object:
        """Equal for two that will find the same."""
        return self.position, self._in
