"""One rule: an inline style sheet that was read before, byte for byte, is not read again.

What a sheet says depends on its bytes alone; who may be contacted is asked anew each time. The pages of a site share
most of their sheets, as they share their inline scripts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from consentkit.html.sheets import MAX_URLS, SHORT, SheetUrl, simple_urls, too_much, urls_and_strings

#: Bytes of sheets remembered; when it is full all is forgotten and learnt anew. A site has some hundred kilobytes.
MAX_BYTES: Final = 4 << 20
#: Longer ones are read each time: a few of them would drive out all others.
MAX_KEPT: Final = 1 << 18
#: What a sheet takes besides its bytes, and a URL or a string in it, about.
_OVERHEAD: Final = 300


class Sheet(NamedTuple):
    """What a style sheet says.

    Attributes:
        urls: as `sheets.simple_urls` gives them.
        strings: where that is None: as `sheets.urls_and_strings`.
        too_much: it is blocked as a whole.
    """

    urls: list[SheetUrl] | None
    strings: tuple[list[SheetUrl], set[bytes]] | None
    too_much: bool


class KnownSheets:
    """The sheets that were read, of all pages together.

    Args:
        limit: bytes to remember.
    """

    def __init__(self, limit: int = MAX_BYTES) -> None:
        self._limit = limit
        self._known: dict[bytes, Sheet] = {}
        self._size = 0

    def forget(self) -> None:
        """From now on no sheet is known."""
        self._known.clear()
        self._size = 0

    def read(self, raw: bytes) -> Sheet:
        """What a sheet says, in an encoding in which every ASCII byte in it is that character."""
        sheet = self._known.get(raw)
        if sheet is None:
            sheet = _read(raw)
            if len(raw) <= MAX_KEPT:
                size = len(raw) + _OVERHEAD * (1 + len(sheet.urls or ()) + sum(map(len, sheet.strings or ())))
                if self._size + size > self._limit:
                    self.forget()
                if size <= self._limit:
                    self._known[raw] = sheet
                    self._size += size
        return sheet


def _read(raw: bytes) -> Sheet:
    urls = simple_urls(raw, most=MAX_URLS if len(raw) > SHORT else None)
    if urls is not None:
        return Sheet(urls, None, len(raw) > SHORT and len(urls) > MAX_URLS)
    much = too_much(raw)
    return Sheet(None, None if much else urls_and_strings(raw), much)


#: For all pages: nothing in it depends on whose they are.
SHEETS: Final = KnownSheets()
