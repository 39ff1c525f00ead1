"""`DjangoStore`: records in the site's database, through the ORM: a plain `Store` whose rows form a chain.

In the event loop call it by `sync_to_async`, as `ConsentMiddleware` does: Django keeps connections for each thread.
An `append` is its own transaction, unless a view that decides has one open already (`ATOMIC_REQUESTS`): then
the record is kept when that one commits, which is before the answer with the cookie leaves; until then it holds the
lock on the head of the chain, and other decisions wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from django.db import Error, IntegrityError, connections, router, transaction
from django.db.models import F, QuerySet
from django.utils.connection import ConnectionDoesNotExist

from consentkit.consent.record import Record
from consentkit.consent.violation import Violation
from consentkit.django.counts import CountsTable, all_counts
from consentkit.django.models import ConsentHead, ConsentRecord, ConsentRecordQuerySet
from consentkit.errors import StoreError
from consentkit.records import rows
from consentkit.records.chain import START, Entry, Head, Snapshot
from consentkit.records.violations import add

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
        self._write(lambda: rows.append(_Rows(self, record.source), record))

    def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        return self._run(lambda: [row.record for row in self.rows.of(subject)])

    def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        return self._write(lambda: rows.erase(_Rows(self), subject))

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
        return self._write(lambda: rows.purge_slice(_Rows(self), before))

    def count(self, violations: Sequence[Violation], /) -> None:
        """Adds to what was counted; see `consentkit.records.violations`."""
        self._write(lambda: add(CountsTable(self.database), violations))

    def violations(self) -> list[Violation]:
        """What was counted, the most frequent first."""
        return self._run(lambda: all_counts(self.database))

    def close(self) -> None:
        """Nothing: Django closes its connections."""

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


class _Rows:
    """The store's statements, in its transaction."""

    def __init__(self, store: DjangoStore, source: str = "") -> None:
        self._rows, self._database, self._source = store.rows, store.database, source

    def head(self) -> Head:
        heads = self._heads
        # A write, because it takes the lock on every database, SQLite included, where reading would not.
        if not heads.filter(one=ConsentHead.ONE).update(number=F("number")):
            try:
                with transaction.atomic(using=self._database):
                    heads.create(one=ConsentHead.ONE, number=START.number, hash=START.hash)
            except IntegrityError:  # somebody else was quicker
                heads.filter(one=ConsentHead.ONE).update(number=F("number"))
        return heads.get(one=ConsentHead.ONE).head

    def payload(self, record_id: str, /) -> str | None:
        return self._rows.filter(record_id=record_id).values_list("payload", flat=True).first()

    def numbers(self, subject: str, /) -> list[int]:
        return list(self._rows.of(subject).values_list("number", flat=True))

    def oldest(self, limit: int, /) -> list[tuple[int, bytes, int]]:
        return list(self._rows.values_list("number", "hash", "at")[:limit])

    def strays(self, before: int, limit: int, /) -> list[int]:
        found = self._rows.filter(at__lt=before, record_id__isnull=False)
        return list(found.values_list("number", flat=True)[:limit])

    def add(self, entry: Entry, /) -> None:
        ConsentRecord.of(entry, self._source).add(self._database)
        self._heads.filter(one=ConsentHead.ONE).update(number=entry.number, hash=entry.hash)

    def empty(self, numbers: Sequence[int], /) -> None:
        for start in range(0, len(numbers), BATCH):
            self._rows.empty_rows(numbers[start : start + BATCH])

    def remove(self, through: int, /) -> None:
        self._rows.remove_rows(through)

    @property
    def _heads(self) -> QuerySet[ConsentHead]:
        return ConsentHead.objects.using(self._database)
