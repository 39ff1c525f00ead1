"""`MemoryStore`: records in a list. For tests and demonstrations: gone with the process, not shared with others."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import replace

from consentkit.consent.record import Record, dump_record, parse_record
from consentkit.errors import StoreError
from consentkit.records.chain import (
    PURGE_SLICE,
    START,
    Entry,
    Snapshot,
    erasure_entry,
    purge_entry,
    record_entry,
)


class MemoryStore:
    """Keeps records until the process ends. It proves nothing afterwards: not for a real site."""

    def __init__(self) -> None:
        self._entries = list[Entry]()
        self._payloads = dict[str, str]()  # by record id
        self._head = START
        self._lock = threading.Lock()

    @property
    def records(self) -> list[Record]:
        """Everything kept, oldest first."""
        with self._lock:
            return [parse_record(entry.payload) for entry in self._entries if entry.kind == "record" and entry.payload]

    def append(self, record: Record, /) -> None:
        """See `Store.append`."""
        with self._lock:
            known = self._payloads.get(record.record_id)
            if known is None:
                try:
                    entry = record_entry(self._head, record)
                except UnicodeEncodeError as error:
                    raise StoreError(f"the record holds text that is not Unicode: {error.reason}") from error
                self._payloads[record.record_id] = entry.payload or ""
                self._add(entry)
            elif known != dump_record(record):
                raise StoreError(f"there is already another record with the id '{record.record_id}'; ids are made once")

    def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        return [record for record in self.records if record.subject == subject]

    def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        with self._lock:
            numbers = {entry.number for entry in self._entries if entry.kind == "record" and entry.subject == subject}
            if numbers:
                self._empty(numbers)
                self._add(erasure_entry(self._head, numbers, int(time.time()), "subject"))
            return len(numbers)

    def snapshot(self) -> contextlib.AbstractContextManager[Snapshot]:
        """See `ChainedStore.snapshot`."""
        with self._lock:
            return contextlib.nullcontext(Snapshot(self._head, len(self._entries), iter(list(self._entries))))

    def record(self, record_id: str, /) -> Record | None:
        """See `ChainedStore.record`."""
        with self._lock:
            payload = self._payloads.get(record_id)
        return None if payload is None else parse_record(payload)

    def purge_slice(self, before: int, /) -> int:
        """See `ChainedStore.purge_slice`."""
        now = int(time.time())
        with self._lock:
            young = next((i for i, entry in enumerate(self._entries) if entry.at >= before), len(self._entries))
            if gone := self._entries[: min(young, PURGE_SLICE)]:
                del self._entries[: len(gone)]
                self._forget(gone)
                self._add(purge_entry(self._head, gone[-1].head, len(gone), now))
                return len(gone)
            strays = [entry.number for entry in self._entries if entry.at < before and entry.record_id is not None]
            numbers = set(strays[:PURGE_SLICE])
            if numbers:
                self._empty(numbers)
                self._add(erasure_entry(self._head, numbers, now, "retention"))
            return len(numbers)

    def close(self) -> None:
        """Keeps everything; there is nothing to give back."""

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._head = entry.head

    def _empty(self, numbers: set[int]) -> None:
        self._forget([entry for entry in self._entries if entry.number in numbers])
        self._entries = [
            replace(entry, record_id=None, subject=None, payload=None, salt=None) if entry.number in numbers else entry
            for entry in self._entries
        ]

    def _forget(self, entries: list[Entry]) -> None:
        for entry in entries:
            if entry.record_id is not None:
                del self._payloads[entry.record_id]
