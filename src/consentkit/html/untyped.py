"""One rule: what comes without a type is XML if it begins as XML does, and otherwise a page (MIME Sniffing §7.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

#: As far as a browser looks for the beginning (MIME Sniffing §5.2, "resource header"; Chromium looks at less).
SNIFFED: Final = 1445

_XML: Final = b"<?xml"
_SPACE: Final = b"\t\n\f\r "


class _Reader(Protocol):
    def feed(self, data: bytes, /) -> bytes: ...

    def finish(self) -> bytes: ...


class Untyped:
    """Reads a document by one of two readers, as it begins.

    Args:
        page: reads a page of HTML.
        document: makes what reads a document of XML.

    Raises:
        UnreadableEncodingError: from `feed` or `finish`, as that reader does.
    """

    def __init__(self, page: _Reader, document: Callable[[], _Reader]) -> None:
        self._page, self._document = page, document
        self._reader: _Reader | None = None
        self._first = b""

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes and give those that may leave."""
        if self._reader is not None:
            return self._reader.feed(data)
        self._first += data
        begun = self._first.lstrip(_SPACE)
        if _XML.startswith(begun[: len(_XML)]) and len(begun) < len(_XML) and len(self._first) < SNIFFED:
            return b""
        return self._chosen(begun).feed(self._first)

    def finish(self) -> bytes:
        """The rest; call it once, at the end."""
        if self._reader is not None:
            return self._reader.finish()
        reader = self._chosen(b"")
        return reader.feed(self._first) + reader.finish()

    def _chosen(self, begun: bytes) -> _Reader:
        self._reader = self._document() if begun.startswith(_XML) else self._page
        return self._reader
