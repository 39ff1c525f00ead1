"""`ConsentRecord`: the proofs of decisions in the site's database, append-only (R180, R186).

A row holds the record as the canonical JSON that was proven, and the columns by which rows are found. Saving
an existing row, updating and deleting are refused; `ConsentRecordQuerySet.erase` is the only thing that
removes some. Who can write SQL can do more: give the app's database user no right to UPDATE this table.
"""

from __future__ import annotations

import datetime
import hashlib
from typing import Any, NoReturn

from django.db import models

from consentkit.consent.record import Record, dump_record, parse_record
from consentkit.errors import UsageError

REFUSED = "records are append-only; a withdrawal is a new record"


def subject_key(subject: str) -> str:
    """What a subject is found by: SHA-256, because databases do not index texts of any length."""
    return hashlib.sha256(subject.encode()).hexdigest()


class ConsentRecordQuerySet(models.QuerySet):
    """Rows that can be read and added."""

    def erase(self, subject: str) -> int:
        """Removes every row of a subject, and says how many there were."""
        count: int = super(ConsentRecordQuerySet, self.of(subject)).delete()[0]
        return count

    def of(self, subject: str) -> ConsentRecordQuerySet:
        """The rows of a subject, oldest first."""
        return self.filter(subject_key=subject_key(subject)).order_by("number")

    def update(self, **_: Any) -> NoReturn:
        """Refuses.

        Raises:
            UsageError: always.
        """
        raise UsageError(REFUSED)

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        """Refuses.

        Raises:
            UsageError: always.
        """
        raise UsageError(REFUSED)

    def delete(self) -> NoReturn:
        """Refuses.

        Raises:
            UsageError: always.
        """
        raise UsageError("records are append-only; only erase(subject) removes the records of a subject")

    def bulk_create(self, objs: Any, *args: Any, update_conflicts: bool = False, **kwargs: Any) -> Any:
        """Adds rows.

        Raises:
            UsageError: if it shall change rows that are there.
        """
        if update_conflicts:
            raise UsageError(REFUSED)
        return super().bulk_create(objs, *args, **kwargs)


class ConsentRecord(models.Model):
    """One decision of one subject.

    Attributes:
        payload: the record as canonical JSON (`dump_record`).
    """

    number = models.BigAutoField(primary_key=True)
    record_id = models.CharField("record", max_length=64, unique=True)
    subject = models.TextField()
    subject_key = models.CharField(max_length=64, db_index=True, editable=False)
    at = models.BigIntegerField("POSIX seconds", db_index=True)
    source = models.CharField(max_length=32)
    payload = models.TextField()

    objects = ConsentRecordQuerySet.as_manager()

    class Meta:
        """How the admin calls it."""

        verbose_name = "consent record"
        ordering = ("-number",)

    def __str__(self) -> str:
        return str(self.record_id)

    @classmethod
    def of(cls, record: Record) -> ConsentRecord:
        """The row of a record, not yet saved."""
        return cls(
            record_id=record.record_id,
            subject=record.subject,
            subject_key=subject_key(record.subject),
            at=record.at,
            source=record.source,
            payload=dump_record(record),
        )

    @property
    def record(self) -> Record:
        """The record.

        Raises:
            ValueError: if the row was changed into something that is none.
        """
        return parse_record(self.payload)

    @property
    def time(self) -> datetime.datetime:
        """`at` in UTC."""
        return datetime.datetime.fromtimestamp(self.at, datetime.UTC)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Adds the row.

        Raises:
            UsageError: if it is there already.
        """
        if not self._state.adding:
            raise UsageError(REFUSED)
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refuses.

        Raises:
            UsageError: always.
        """
        raise UsageError("records are append-only; only erase(subject) removes the records of a subject")
