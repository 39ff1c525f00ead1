"""One rule: each notice is told to the log once, and counted always."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable

from consentkit.notices import Notice

logger = logging.getLogger("consentkit")

# Notices remembered as told. Hosts and cookie names come from pages and can be any number; a site has
# some dozens of them, and beyond this they are counted only.
NOTICES_TOLD = 4096


class NoticeLog:
    """Writes each notice to the log once, and counts them all.

    Attributes:
        counts: how many notices of each kind came, told or not.
    """

    def __init__(self) -> None:
        self.counts = Counter[str]()
        self._told = set[tuple[str, str]]()
        self._lock = threading.Lock()

    def tell(self, notices: Iterable[Notice]) -> None:
        """Logs those not seen before (logger ``consentkit``, warning)."""
        for notice in notices:
            key = (notice.kind, notice.subject)
            with self._lock:
                self.counts[notice.kind] += 1
                if key in self._told or len(self._told) > NOTICES_TOLD:
                    continue
                self._told.add(key)
                full = len(self._told) > NOTICES_TOLD
            if full:
                logger.warning("%d different notices were logged; further ones are only counted.", NOTICES_TOLD)
            else:
                logger.warning("%s", _printable(notice.message))


def _printable(message: str) -> str:
    """The message without control characters: what pages contain must not forge lines of the log."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in message)
