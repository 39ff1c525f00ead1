"""What one transaction does to the rows of a chain, for every store alike; a store keeps only its statements.

Its rules (those of the chain itself are in `consentkit.records.chain`):

- The head is read, and locked, before anything else: whoever has it is the only writer until the transaction ends.
- An equal record once more changes nothing; another record under a known id is refused.
- What empties or removes rows adds the row that says so, in the same transaction.
- A purge takes a slice (`PURGE_SLICE`): from the start of the chain up to the first row that is young enough, and
  once there is nothing left to take there, older records behind it are emptied.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import Protocol

from consentkit.consent.record import Record, dump_record
from consentkit.errors import StoreError
from consentkit.records.chain import PURGE_SLICE, Entry, Head, erasure_entry, purge_entry, record_entry


class Rows(Protocol):
    """The statements of a store, inside of one transaction that will be committed or undone as a whole."""

    def head(self) -> Head:
        """The newest row, which nobody else moves until the transaction ends."""
        ...

    def payload(self, record_id: str, /) -> str | None:
        """Of the record with this id; None if there is none."""
        ...

    def numbers(self, subject: str, /) -> Sequence[int]:
        """Of a subject's records."""
        ...

    def oldest(self, limit: int, /) -> Sequence[tuple[int, bytes, int]]:
        """The first rows of the chain: number, hash and time."""
        ...

    def strays(self, before: int, limit: int, /) -> Sequence[int]:
        """Numbers of records that are older than a time, wherever they are."""
        ...

    def add(self, entry: Entry, /) -> None:
        """Adds a row, and moves the head to it."""
        ...

    def empty(self, numbers: Sequence[int], /) -> None:
        """Takes everything but the digests out of rows."""
        ...

    def remove(self, through: int, /) -> None:
        """Removes the rows up to a number."""
        ...


def append(rows: Rows, record: Record) -> None:
    """Adds a record.

    Raises:
        StoreError: if another record has its id.
        UnicodeEncodeError: if it holds text that is not Unicode.
    """
    head = rows.head()
    kept = rows.payload(record.record_id)
    if kept is None:
        rows.add(record_entry(head, record))
    elif kept != dump_record(record):
        raise StoreError(f"there is already another record with the id '{record.record_id}'; ids are made once")


def erase(rows: Rows, subject: str) -> int:
    """Empties the rows of a subject, and says how many there were."""
    head = rows.head()
    numbers = rows.numbers(subject)
    if numbers:
        rows.empty(numbers)
        rows.add(erasure_entry(head, numbers, int(time.time()), "subject"))
    return len(numbers)


def purge_slice(rows: Rows, before: int) -> int:
    """Removes or empties a slice of what is older than a time, and says how many rows that were; 0 at the end."""
    head, now = rows.head(), int(time.time())
    if old := list(itertools.takewhile(lambda row: row[2] < before, rows.oldest(PURGE_SLICE))):
        number, hash_, _ = old[-1]
        rows.remove(number)
        rows.add(purge_entry(head, Head(number, bytes(hash_)), len(old), now))
        return len(old)
    numbers = rows.strays(before, PURGE_SLICE)
    if numbers:
        rows.empty(numbers)
        rows.add(erasure_entry(head, numbers, now, "retention"))
    return len(numbers)
