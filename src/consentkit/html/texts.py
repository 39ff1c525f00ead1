"""One rule: text that is no markup ends where its own end tag begins, and what was searched is not searched again.

RCDATA, raw text, scripts with their escapes (§13.2.5.15 to §13.2.5.31), CDATA sections, and what is markup itself but
has to be known as a whole. However the input is cut, the time is linear in it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from consentkit.html.syntax import letters


@cache
def end_tag(name: bytes) -> re.Pattern[bytes]:
    """Where the text of a raw element ends: the appropriate end tag (§13.2.5.9 and following)."""
    return re.compile(rb"</" + letters(name) + rb"(?=[\t\n\f\r />])")


@cache
def any_tag(name: bytes) -> re.Pattern[bytes]:
    """A start or end tag with this name."""
    return re.compile(rb"</?" + letters(name) + rb"(?=[\t\n\f\r />])")


_UNESCAPED: Final = re.compile(rb"<(?:/[sS][cC][rR][iI][pP][tT](?=[\t\n\f\r />])|!--)")
_ESCAPED: Final = re.compile(rb"-->|<(/?)[sS][cC][rR][iI][pP][tT](?=[\t\n\f\r />])")
_DOUBLE_ESCAPED: Final = re.compile(rb"-->|</[sS][cC][rR][iI][pP][tT](?=[\t\n\f\r />])")
_LESS: Final = re.compile(rb"<")


class ScriptText:
    """Finds the end of a script's text, through its escaped states (§13.2.5.15 to §13.2.5.31)."""

    __slots__ = ("_escapes", "position")

    def __init__(self, position: int) -> None:
        self.position = position  #: where to read on
        self._escapes = 0  # 0 none, 1 escaped, 2 double escaped

    def find(self, data: bytes | bytearray, end: int) -> int:
        """The offset of the end tag, or -1 if the text goes on: `position` is then as far as it was read."""
        position = self.position
        while True:
            pattern = (_UNESCAPED, _ESCAPED, _DOUBLE_ESCAPED)[self._escapes]
            match = pattern.search(data, position, end)
            if match is None:
                self.position = max(
                    position, _unfinished(data, position, end, len(b"</script"), dashes=self._escapes > 0)
                )
                return -1
            found = match[0]
            if found == b"-->":
                self._escapes = 0
                position = match.end()
            elif found == b"<!--":
                self._escapes = 1
                position = match.end() - 2  # its dashes count for "-->"
            elif self._escapes == 2:
                self._escapes = 1
                position = match.end()
            elif self._escapes == 1 and not match[1]:
                self._escapes = 2
                position = match.end()
            else:
                self.position = match.start()
                return match.start()

    def key(self) -> object:
        """Equal for two that will find the same."""
        return self.position, self._escapes

    def closed_by(self) -> object:
        """Equal for two that the same end tag ends, once neither has it in what was read."""
        return self._escapes

    def move(self, by: int) -> None:
        """The bytes before were handed on."""
        self.position -= by


class RawText:
    """Finds the end of an element's text that holds no tags but its own end."""

    __slots__ = ("name", "pattern", "position")

    def __init__(self, name: bytes, position: int) -> None:
        self.name = name
        self.pattern = end_tag(name)
        self.position = position

    def find(self, data: bytes | bytearray, end: int) -> int:
        """As `ScriptText.find`."""
        match = self.pattern.search(data, self.position, end)
        if match is None:
            self.position = max(self.position, _unfinished(data, self.position, end, len(self.name) + 2))
            return -1
        self.position = match.start()
        return match.start()

    def key(self) -> object:
        """As `ScriptText.key`."""
        return self.position, self.name

    def closed_by(self) -> object:
        """As `ScriptText.closed_by`."""
        return self.name

    def move(self, by: int) -> None:
        """As `ScriptText.move`."""
        self.position -= by


class MarkupText(RawText):
    """Finds the end of an element's text that is markup itself: its end tag, or another element like it."""

    __slots__ = ()

    def __init__(self, name: bytes, position: int) -> None:
        super().__init__(name, position)
        self.pattern = any_tag(name)


class PlainText(MarkupText):
    """Finds the end of text that goes to the next ``<``."""

    __slots__ = ()

    def __init__(self, name: bytes, position: int) -> None:
        super().__init__(name, position)
        self.pattern = _LESS


class SectionText:
    """Finds the end of a CDATA section."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position

    def find(self, data: bytes | bytearray, end: int) -> int:
        """As `ScriptText.find`, with the offset of ``]]>``."""
        found = data.find(b"]]>", self.position, end)
        self.position = max(self.position, end - 2) if found < 0 else found
        return found

    def key(self) -> object:
        """As `ScriptText.key`."""
        return self.position

    def move(self, by: int) -> None:
        """As `ScriptText.move`."""
        self.position -= by


def _unfinished(data: bytes | bytearray, position: int, end: int, length: int, *, dashes: bool = False) -> int:
    """Where the last bytes may be the beginning of something: at most ``length`` of them are kept."""
    tail = max(position, end - length)
    less = data.rfind(b"<", tail, end)
    if dashes:
        tail = max(position, end - 2)
        if less < 0 and data[end - 1 : end] == b"-" and tail < end:
            return tail if data[tail : tail + 1] == b"-" else end - 1
    return end if less < 0 else less
