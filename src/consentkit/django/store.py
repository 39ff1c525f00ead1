"""`DjangoStore`: records in the site's database, through the ORM: a plain `Store` whose rows form a chain.

In the event loop call it by `sync_to_async`, as `ConsentMiddleware` does: Django keeps connections for each thread.
An `append` is its own transaction, unless a view that decides has one open already (`ATOMIC_REQUESTS`): then
the record is kept when that one commits, which is before the answer with the cookie leaves; until then it holds the
lock on the head of the chain, and other decisions wait.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import Error, IntegrityError, connections, router, transaction
from django.db.models import F
from django.utils.connection import ConnectionDoesNotExist

from consentkit.consent.record import Record, dump_record
from consentkit.django.models import ConsentHead, ConsentRecord, ConsentRecordQuerySet
from consentkit.errors import StoreError
from consentkit.records.chain import (
    PURGE_SLICE,
    START,
    Entry,
    Head,
    Snapshot,
    erasure_entry,
    purge_entry,
    record_entry,
)

T = TypeVar("T")

# Rows emptied by one statement: below the parameters that any database takes (SQLite of old: 999).
BATCH = 500


class DjangoStore:
    """Keeps records in the table of `ConsentRecord`.

    Args:
        database: alias of the database; None for the one that Django's routers name.
    """

    def __init__(self, database: str | None = None) -> None:
        self._database = database

    @property
    def database(self) -> str:
        """The alias of the database."""
        return self._database or str(router.db_for_write(ConsentRecord))

    @property
    def rows(self) -> ConsentRecordQuerySet:
        """All rows, oldest first."""
        rows: ConsentRecordQuerySet = ConsentRecord.objects.using(self.database).order_by("number")
        return rows

    def append(self, record: Record, /) -> None:
        """See `Store.append`."""

        def work() -> None:
            head = self._locked()
            kept = self.rows.filter(record_id=record.record_id).values_list("payload", flat=True).first()
            if kept is None:
                self._add(record_entry(head, record), record.source)
            elif kept != dump_record(record):
                raise StoreError(f"there is already another record with the id '{record.record_id}'; ids are made once")

        self._write(work)

    def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        return self._run(lambda: [row.record for row in self.rows.of(subject)])

    def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""

        def work() -> int:
            head = self._locked()
            numbers = list(self.rows.of(subject).values_list("number", flat=True))
            if numbers:
                self._empty(numbers)
                self._add(erasure_entry(head, numbers, int(time.time()), "subject"))
            return len(numbers)

        return self._write(work)

    def record(self, record_id: str, /) -> Record | None:
        """See `ChainedStore.record`."""

        def work() -> Record | None:
            row = self.rows.filter(record_id=record_id).first()
            return None if row is None else row.record

        return self._run(work)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """See `ChainedStore.snapshot`."""
        with self._errors():
            connection = connections[self.database]
            first = not connection.in_atomic_block
            with transaction.atomic(using=self.database):
                if first and connection.vendor == "postgresql":  # the others begin with one
                    with connection.cursor() as cursor:
                        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                found = ConsentHead.objects.using(self.database).first()
                head = START if found is None else found.head
                yield Snapshot(head, self.rows.count(), (row.entry for row in self.rows.iterator()))

    def purge_slice(self, before: int, /) -> int:
        """See `ChainedStore.purge_slice`."""

        def work() -> int:
            now, head = int(time.time()), self._locked()
            oldest = self.rows.values_list("number", "hash", "at")[:PURGE_SLICE]
            if old := list(itertools.takewhile(lambda row: row[2] < before, oldest)):
                last = Head(old[-1][0], bytes(old[-1][1]))
                self.rows.remove_rows(last.number)
                self._add(purge_entry(head, last, len(old), now))
                return len(old)
            strays = self.rows.filter(at__lt=before, record_id__isnull=False).values_list("number", flat=True)
            numbers = list(strays[:PURGE_SLICE])
            if numbers:
                self._empty(numbers)
                self._add(erasure_entry(head, numbers, now, "retention"))
            return len(numbers)

        return self._write(work)

    def close(self) -> None:
        """Nothing: Django closes its connections."""

    def _locked(self) -> Head:
        """The head, which nobody else moves until the transaction ends."""
        heads = ConsentHead.objects.using(self.database)
        # A write, because it takes the lock on every database, SQLite included, where reading would not.
        if not heads.filter(one=ConsentHead.ONE).update(number=F("number")):
            try:
                with transaction.atomic(using=self.database):
                    heads.create(one=ConsentHead.ONE, number=START.number, hash=START.hash)
            except IntegrityError:  # somebody else was quicker
                heads.filter(one=ConsentHead.ONE).update(number=F("number"))
        return heads.get(one=ConsentHead.ONE).head

    def _add(self, entry: Entry, source: str = "") -> None:
        ConsentRecord.of(entry, source).add(self.database)
        ConsentHead.objects.using(self.database).filter(one=ConsentHead.ONE).update(
            number=entry.number, hash=entry.hash
        )

    def _empty(self, numbers: list[int]) -> None:
        for start in range(0, len(numbers), BATCH):
            self.rows.empty_rows(numbers[start : start + BATCH])

    def _write(self, work: Callable[[], T]) -> T:
        def inside() -> T:
            with transaction.atomic(using=self.database):
                return work()

        return self._run(inside)

    def _run(self, work: Callable[[], T]) -> T:
        with self._errors():
            return work()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        # A text that the database cannot hold, or a payload that is no record, is a ValueError.
        except (Error, ConnectionDoesNotExist, ValueError) as error:
            raise StoreError(
                f"database '{self.database}': {error}; is it there, and was `python manage.py migrate` run?"
            ) from error
