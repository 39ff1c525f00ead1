"""`MemoryStore`: records in a list. For tests and demonstrations: gone with the process, not shared with others."""

from __future__ import annotations

import threading

from consentkit.consent.record import Record
from consentkit.errors import StoreError


class MemoryStore:
    """Keeps records until the process ends. It proves nothing afterwards: not for a real site."""

    def __init__(self) -> None:
        self._records = dict[str, Record]()
        self._lock = threading.Lock()

    @property
    def records(self) -> list[Record]:
        """Everything kept, oldest first."""
        with self._lock:
            return list(self._records.values())

    def append(self, record: Record, /) -> None:
        """See `Store.append`."""
        with self._lock:
            if self._records.setdefault(record.record_id, record) != record:
                raise StoreError(f"there is already another record with the id '{record.record_id}'; ids are made once")

    def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        return [record for record in self.records if record.subject == subject]

    def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        with self._lock:
            kept = {key: record for key, record in self._records.items() if record.subject != subject}
            erased = len(self._records) - len(kept)
            self._records = kept
            return erased

    def close(self) -> None:
        """Keeps everything; there is nothing to give back."""
