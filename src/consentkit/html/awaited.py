"""One rule: a text that has to be known first is waited for to a limit, and what was searched is not searched again."""

from __future__ import annotations

from typing import Final

from consentkit.html.texts import MarkupText, RawText, ScriptText, SectionText

#: The longest inline script or style that is held back to be judged as a whole. Pages with their whole state in a
#: script reach a megabyte; twice that is still little per request.
MAX_INLINE: Final = 2 << 20

#: The longest part of a page that is held back because it may be markup or text. It is read at one go when it ends, so
#: that more would hold the interpreter for long; a longer one is read both ways as it comes.
MAX_DOUBT: Final = 1 << 16

#: An end that begins within a limit is whole within so many bytes more: ``</noscript`` and what ends a name.
END: Final = 16


class Awaited:
    """The text that a reading waits for, and what it knows of those ahead.

    Attributes:
        text: what finds the end of the text that is waited for; None: none is.
        judged: up to where the text of a doubtful script or style was judged.
    """

    __slots__ = ("_absent", "_begun", "_limit", "judged", "text")

    def __init__(self) -> None:
        self.text: ScriptText | RawText | SectionText | None = None
        self.judged = 0
        self._begun = -1  # where what the text belongs to begins
        self._limit = MAX_INLINE  # and how long it is waited for
        self._absent: dict[bytes, int] = {}  # up to where there is no end of a text

    def copy(self) -> Awaited:
        """For another reading at the same place, which waits for nothing yet."""
        other = Awaited()
        other.judged = self.judged
        other._absent = dict(self._absent)
        return other

    def move(self, by: int) -> None:
        """The first ``by`` bytes were handed on."""
        if self.text is not None:
            self.text.move(by)
            self._begun -= by
        self.judged = max(0, self.judged - by)
        self._absent = {name: at - by for name, at in self._absent.items() if at > by}

    def of(self, begun: int) -> ScriptText | RawText | SectionText | None:
        """What is waited for, if it belongs to what begins there."""
        return self.text if self._begun == begun else None

    def ready(self, data: bytes | bytearray, position: int, end: int) -> bool:
        """Whether the wait is over; costs the new bytes only."""
        return self.text is not None and (self.text.find(data, end) >= 0 or end - position > self._limit)

    def find(self, finder: ScriptText | RawText | SectionText, data: bytes, end: int) -> int:
        """As the finder does, but what was searched before for the same, and held none, is not searched again."""
        if isinstance(finder, SectionText):
            name = b"]]>"
        else:
            name = finder.name if isinstance(finder, RawText) else b"script"
            if isinstance(finder, MarkupText):
                return finder.find(data, end)
        plain = finder if not isinstance(finder, ScriptText) else RawText(name, finder.position)
        plain.position = max(plain.position, self._absent.get(name, 0))
        found = plain.find(data, end)
        if found < 0:
            self._absent[name] = plain.position
            return -1
        return finder.find(data, end) if plain is not finder else found

    def waits(
        self, found: int, text: ScriptText | RawText | SectionText, begun: int, after: int, end: int, limit: int, *,
        final: bool,
    ) -> bool:  # fmt: skip
        """Whether more input is needed to know where a text from ``after`` on ends, which began at ``begun``."""
        limit += END
        if found >= 0 or final or end - after > limit:
            self.text = None
            return False
        self.text, self._begun, self._limit = text, begun, after - begun + limit
        return True
