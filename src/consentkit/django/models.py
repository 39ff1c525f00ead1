"""`ConsentRecord` and `ConsentHead`: the proofs of decisions in the site's database, append-only and chained.

R180, R186. A row holds the record as the canonical JSON that was proven, its place in the chain
(`consentkit.records.chain`), and the columns by which it is found. Rows come and go through `DjangoStore` alone:
saving, updating and deleting are refused here. Who can write SQL can do more; `manage.py consent_records verify`
finds it.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from typing import Any, NoReturn, cast

from django.db import models

from consentkit.consent.record import Record, parse_record
from consentkit.errors import UsageError
from consentkit.records.chain import HASH_BYTES, Entry, Head, Kind

REFUSED = "records are append-only; a withdrawal is a new record, and only the store's `erase` removes a subject's"


def subject_key(subject: str) -> str:
    """What a subject is found by: SHA-256, because databases do not index texts of any length."""
    return hashlib.sha256(subject.encode()).hexdigest()


class ConsentRecordQuerySet(models.QuerySet):
    """Rows that can be read. What the store does with them has names of its own."""

    def of(self, subject: str) -> ConsentRecordQuerySet:
        """The rows of a subject, oldest first."""
        return self.filter(subject_key=subject_key(subject)).order_by("number")

    def records(self) -> ConsentRecordQuerySet:
        """The rows that hold a record: neither erased, nor a note of what was erased or purged."""
        return self.filter(kind="record", payload__isnull=False)

    def empty_rows(self, numbers: Iterable[int]) -> None:
        """For the store: takes everything but the digests out of rows, as an erasure does."""
        rows = self.filter(number__in=list(numbers))
        super(ConsentRecordQuerySet, rows).update(
            record_id=None, subject=None, subject_key=None, source="", payload=None, salt=None
        )

    def remove_rows(self, through: int) -> None:
        """For the store: removes the rows up to a number, as a purge does."""
        # Nothing refers to a row, and no signal is to be sent: no need to load what goes.
        self.filter(number__lte=through).order_by()._raw_delete(self.db)  # noqa: SLF001

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

    def bulk_create(self, *_: Any, **__: Any) -> NoReturn:
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
        raise UsageError(REFUSED)


class ConsentRecord(models.Model):
    """One row of the chain: as a rule one decision of one subject.

    Attributes:
        number: counts up.
        kind: a record, or what was done to records.
        payload: the record as canonical JSON (`dump_record`); None where it was erased.
    """

    number = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8, default="record", editable=False)
    record_id = models.CharField("record", max_length=64, unique=True, null=True)
    subject = models.TextField(null=True)
    subject_key = models.CharField(max_length=64, db_index=True, editable=False, null=True)
    at = models.BigIntegerField("POSIX seconds", db_index=True)
    source = models.CharField(max_length=32, blank=True)
    payload = models.TextField(null=True)
    salt = models.BinaryField(null=True)
    digest = models.BinaryField(max_length=HASH_BYTES)
    previous_hash = models.BinaryField(max_length=HASH_BYTES)
    hash = models.BinaryField(max_length=HASH_BYTES)

    objects = ConsentRecordQuerySet.as_manager()

    class Meta:
        """How the admin calls it."""

        verbose_name = "consent record"
        ordering = ("-number",)

    def __str__(self) -> str:
        return str(self.record_id or f"number {self.number}")

    @classmethod
    def of(cls, entry: Entry, source: str = "") -> ConsentRecord:
        """The row of a place in the chain, not yet saved."""
        return cls(
            number=entry.number,
            kind=entry.kind,
            record_id=entry.record_id,
            subject=entry.subject,
            subject_key=None if entry.subject is None else subject_key(entry.subject),
            at=entry.at,
            source=source,
            payload=entry.payload,
            salt=entry.salt,
            digest=entry.digest,
            previous_hash=entry.previous,
            hash=entry.hash,
        )

    @property
    def entry(self) -> Entry:
        """The row's place in the chain."""
        return Entry(
            number=self.number,
            kind=cast("Kind", self.kind),
            at=self.at,
            record_id=self.record_id,
            subject=self.subject,
            payload=self.payload,
            salt=None if self.salt is None else bytes(self.salt),
            digest=bytes(self.digest),
            previous=bytes(self.previous_hash),
            hash=bytes(self.hash),
        )

    @property
    def record(self) -> Record:
        """The record.

        Raises:
            ValueError: if the row holds none, or was changed into something that is none.
        """
        return parse_record(self.payload or "")

    @property
    def time(self) -> datetime.datetime:
        """`at` in UTC."""
        return datetime.datetime.fromtimestamp(self.at, datetime.UTC)

    def add(self, using: str) -> None:
        """For the store: adds the row, which has to be new."""
        super().save(using=using, force_insert=True)

    def save(self, *_: Any, **__: Any) -> NoReturn:
        """Refuses.

        Raises:
            UsageError: always.
        """
        raise UsageError(REFUSED)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refuses.

        Raises:
            UsageError: always.
        """
        raise UsageError(REFUSED)


class ConsentHead(models.Model):
    """The newest row's number and hash. One row; whoever adds to the chain holds its lock."""

    ONE = 1

    one = models.PositiveSmallIntegerField(primary_key=True, default=ONE)
    number = models.BigIntegerField()
    hash = models.BinaryField(max_length=HASH_BYTES)

    class Meta:
        """How the admin would call it."""

        verbose_name = "head of the chain of consent records"

    def __str__(self) -> str:
        return str(self.head)

    @property
    def head(self) -> Head:
        """The place in the chain."""
        return Head(self.number, bytes(self.hash))


class ConsentViolation(models.Model):
    """What pages tried to contact and the Content-Security-Policy stopped: a sum, no proof, and nothing of visitors.

    The attributes are those of `consentkit.consent.violation.Violation`.
    """

    id = models.BigAutoField(primary_key=True)
    host = models.CharField(max_length=253)
    directive = models.CharField(max_length=64)
    service = models.CharField(max_length=64, blank=True)
    page = models.TextField()
    count = models.BigIntegerField()
    at = models.BigIntegerField("POSIX seconds")

    class Meta:
        """How the admin would call it."""

        verbose_name = "violation of the Content-Security-Policy"
        constraints = (models.UniqueConstraint(fields=("host", "directive"), name="consentkit_violation_once"),)

    def __str__(self) -> str:
        return f"{self.host} by {self.directive}, {self.count} times"
