"""One rule: a short page that comes again, byte for byte, for the same state and address, is not read again.

Many pages are the same for all who are in one state: what leaves is then worked out from the page, the state and the
address alone. All of that is the key here, and the page's own bytes are compared, so that nobody is given what was made
of another page. What came only once is not kept: pages with a token in them never come twice.

Of a page that is streamed, the first piece is kept in the same way: what is made of it leaves at once, and it is read
when the next one comes.
"""

from __future__ import annotations

from typing import Final

#: Bytes of a page that is kept: of longer ones the stretches that come again are known anyway.
MAX_PAGE: Final = 64 * 1024
#: Bytes of a first piece that is kept. Longer ones are cut from pages that are there as a whole, or from files.
MAX_FIRST: Final = 32 * 1024
#: Bytes of all pages kept, as they came and as they left.
MAX_BYTES: Final = 8 * 1024 * 1024
#: Of a page's bytes every so manieth is part of its key: comparing a page with another is quicker than hashing it.
SAMPLED: Final = 256
#: Pages met once that are remembered, each by a number.
MAX_MET: Final = 4096
#: Characters of all header fields and addresses that a page is kept by: longer ones are made up.
MAX_KEY: Final = 2048

Key = tuple[object, ...]


class KeptPages:
    """Pages, or their first pieces, as they left, by what they were made of.

    Safe to share between threads: two may make the same one.
    """

    def __init__(self) -> None:
        self._kept = dict[Key, tuple[bytes, bytes]]()
        self._met = set[int]()
        self._size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key, page: bytes) -> bytes | None:
        """What was made of this page before; None if it is not known."""
        kept = self._kept.get(key)
        return kept[1] if kept is not None and kept[0] == page else None

    def keep(self, key: Key, page: bytes, made: bytes) -> None:
        """Keeps what was made of a page, if it came before.

        Args:
            key: everything that it was made of besides. Of several pages with one key the last is kept.
            page: as it came.
            made: as it left.
        """
        number = hash((key, page))
        if number not in self._met:
            if len(self._met) >= MAX_MET:
                self._met.clear()
            self._met.add(number)
            return
        size = len(page) + len(made) + MAX_KEY
        if (before := self._kept.pop(key, None)) is not None:
            self._size -= len(before[0]) + len(before[1]) + MAX_KEY
        if self._size + size > MAX_BYTES:
            self._kept.clear()
            self._size = 0
        self._kept[key] = page, made
        self._size += size
