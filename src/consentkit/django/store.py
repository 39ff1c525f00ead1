"""`DjangoStore`: records in the site's database, through the ORM: a plain `Store`.

In the event loop call it by `sync_to_async`, as `ConsentMiddleware` does: Django keeps connections for each thread.
An `append` is its own transaction, unless a view that decides has one open already (`ATOMIC_REQUESTS`): then
the record is kept when that one commits, which is before the answer with the cookie leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import Error, IntegrityError, router, transaction
from django.utils.connection import ConnectionDoesNotExist

from consentkit.consent.record import Record, dump_record
from consentkit.django.models import ConsentRecord, ConsentRecordQuerySet
from consentkit.errors import StoreError

T = TypeVar("T")


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
            try:
                with transaction.atomic(using=self.database):
                    ConsentRecord.of(record).save(using=self.database)
            except IntegrityError:
                kept = self.rows.filter(record_id=record.record_id).values_list("payload", flat=True).first()
                if kept is None:
                    raise
                if kept != dump_record(record):
                    raise StoreError(
                        f"there is already another record with the id '{record.record_id}'; ids are made once"
                    ) from None

        self._run(work)

    def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        return self._run(lambda: [row.record for row in self.rows.of(subject)])

    def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""

        def work() -> int:
            with transaction.atomic(using=self.database):
                return self.rows.erase(subject)

        return self._run(work)

    def close(self) -> None:
        """Nothing: Django closes its connections."""

    def _run(self, work: Callable[[], T]) -> T:
        try:
            return work()
        # A text that the database cannot hold, or a payload that is no record, is a ValueError.
        except (Error, ConnectionDoesNotExist, ValueError) as error:
            raise StoreError(
                f"database '{self.database}': {error}; is it there, and was `python manage.py migrate` run?"
            ) from error
