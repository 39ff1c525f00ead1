"""`MemoryStore`: records in a list. For tests and demonstrations: gone with the process, not shared with others."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Sequence
from dataclasses import replace

from consentkit.consent.record import Record, parse_record
from consentkit.errors import StoreError
from consentkit.records import rows
from consentkit.records.chain import START, Entry, Head, Snapshot


class MemoryStore:
    """Keeps records until the process ends. It proves nothing afterwards: not for a real site."""

    def __init__(self) -> None:
        self._rows = _Rows()
        self._lock = threading.Lock()

    @property
    def records(self) -> list[Record]:
        """Everything kept, oldest first."""
        with self._lock:
            return [
                parse_record(entry.payload) for entry in self._rows.entries if entry.kind == "record" and entry.payload
            ]

    def append(self, record: Record, /) -> None:
        """See `Store.append`."""
        with self._lock:
            try:
                rows.append(self._rows, record)
            except UnicodeEncodeError as error:
                raise StoreError(f"the record holds text that is not Unicode: {error.reason}") from error

    def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        return [record for record in self.records if record.subject == subject]

    def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        with self._lock:
            return rows.erase(self._rows, subject)

    def snapshot(self) -> contextlib.AbstractContextManager[Snapshot]:
        """See `ChainedStore.snapshot`."""
        with self._lock:
            return contextlib.nullcontext(
                Snapshot(self._rows.newest, len(self._rows.entries), iter(list(self._rows.entries)))
            )

    def record(self, record_id: str, /) -> Record | None:
        """See `ChainedStore.record`."""
        with self._lock:
            payload = self._rows.payloads.get(record_id)
        return None if payload is None else parse_record(payload)

    def purge_slice(self, before: int, /) -> int:
        """See `ChainedStore.purge_slice`."""
        with self._lock:
            return rows.purge_slice(self._rows, before)

    def close(self) -> None:
        """Keeps everything; there is nothing to give back."""


class _Rows:
    """The store's rows and statements, for whoever has its lock."""

    def __init__(self) -> None:
        self.entries = list[Entry]()
        self.payloads = dict[str, str]()  # by record id
        self.newest = START

    def head(self) -> Head:
        return self.newest

    def payload(self, record_id: str, /) -> str | None:
        return self.payloads.get(record_id)

    def numbers(self, subject: str, /) -> list[int]:
        return [entry.number for entry in self.entries if entry.kind == "record" and entry.subject == subject]

    def oldest(self, limit: int, /) -> list[tuple[int, bytes, int]]:
        return [(entry.number, entry.hash, entry.at) for entry in self.entries[:limit]]

    def strays(self, before: int, limit: int, /) -> list[int]:
        old = (entry.number for entry in self.entries if entry.at < before and entry.record_id is not None)
        return list(itertools.islice(old, limit))

    def add(self, entry: Entry, /) -> None:
        if entry.record_id is not None:
            self.payloads[entry.record_id] = entry.payload or ""
        self.entries.append(entry)
        self.newest = entry.head

    def empty(self, numbers: Sequence[int], /) -> None:
        gone = set(numbers)
        self._forget([entry for entry in self.entries if entry.number in gone])
        self.entries = [
            replace(entry, record_id=None, subject=None, payload=None, salt=None) if entry.number in gone else entry
            for entry in self.entries
        ]

    def remove(self, through: int, /) -> None:
        self._forget([entry for entry in self.entries if entry.number <= through])
        self.entries = [entry for entry in self.entries if entry.number > through]

    def _forget(self, entries: list[Entry]) -> None:
        for entry in entries:
            if entry.record_id is not None:
                del self.payloads[entry.record_id]
