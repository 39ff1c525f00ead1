"""One rule: what violations were counted stands in a table of the site's database, beside the records."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from consentkit.consent.violation import Violation
from consentkit.django.models import ConsentViolation

_FIELDS = ("host", "directive", "service", "page", "count", "at")


class CountsTable:
    """See `consentkit.records.violations.Table`; in the caller's transaction.

    Args:
        database: the alias.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._rows = ConsentViolation.objects.using(database)

    def size(self) -> int:
        """How many rows there are."""
        return self._rows.count()

    def knows(self, host: str, directive: str, /) -> bool:
        """Whether there is a row of the host and directive."""
        return self._of(host, directive).exists()

    def add(self, violation: Violation, /) -> None:
        """Adds to that row, or makes it."""
        if self._added(violation):
            return
        try:
            with transaction.atomic(using=self._database):
                self._rows.create(**{name: getattr(violation, name) for name in _FIELDS})
        except IntegrityError:  # somebody else was quicker
            self._added(violation)

    def _added(self, violation: Violation) -> int:
        each = violation
        return self._of(each.host, each.directive).update(
            count=F("count") + each.count, at=Greatest(F("at"), each.at), service=each.service
        )

    def _of(self, host: str, directive: str) -> QuerySet[ConsentViolation]:
        return self._rows.filter(host=host, directive=directive)


def all_counts(database: str) -> list[Violation]:
    """What the database holds, the most frequent first."""
    rows = ConsentViolation.objects.using(database).order_by("-count", "host", "directive")
    return [Violation(*row) for row in rows.values_list(*_FIELDS)]
