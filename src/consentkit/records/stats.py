"""How often visitors say yes: counts of decisions, by purpose, source, language and week. It names nobody."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from consentkit.consent.forms import PENDING
from consentkit.consent.record import Record

ALL = "all"
DIMENSIONS = ("source", "language", "week")


# Decisions of a purpose in a week from which on a share of them says something: below, one more yes moves it by several
# per cent. A week that has only begun is often such a one.
ENOUGH = 30


@dataclass(slots=True)
class Count:
    """How many decisions there were for a purpose, and how many of them granted it, whole or for single services."""

    asked: int = 0
    granted: int = 0

    @property
    def rate(self) -> float:
        """The share that granted, 0 to 1."""
        return self.granted / self.asked if self.asked else 0.0


@dataclass(slots=True)
class Stats:
    """Counts of many records. Each decision counts, also a later one of the same subject.

    Attributes:
        records: how many were counted.
        first: how many of them were their subject's first.
        counts: by ``(dimension, value, purpose)``; the dimension `ALL` has the value `ALL`.
    """

    records: int = 0
    first: int = 0
    counts: defaultdict[tuple[str, str, str], Count] = field(default_factory=lambda: defaultdict(Count))

    def add(self, record: Record) -> None:
        """Counts a record. One that waits for its confirmation is no answer yet."""
        if PENDING in record.signals:
            return
        self.records += 1
        self.first += record.previous is None
        places = ((ALL, ALL), ("source", record.source), ("language", record.language), ("week", week(record.at)))
        for purpose in record.choices:
            for dimension, value in places:
                count = self.counts[dimension, value, purpose]
                count.asked += 1
                count.granted += record.grants(purpose)

    @property
    def purposes(self) -> list[str]:
        """All purposes there were decisions for."""
        return sorted({purpose for _, _, purpose in self.counts})

    def rows(self, dimension: str) -> list[tuple[str, str, Count]]:
        """Value, purpose and count of a dimension, sorted."""
        return sorted(
            ((value, purpose, count) for (of, value, purpose), count in self.counts.items() if of == dimension),
            key=lambda row: row[:2],
        )

    def rates(self, purpose: str) -> dict[str, float]:
        """The rate of each week there were decisions in."""
        return {value: count.rate for value, of, count in self.rows("week") if of == purpose}

    @property
    def weeks(self) -> list[str]:
        """All weeks from the first decision to the last one, also those without any."""
        there = sorted({value for value, _, _ in self.rows("week")})
        if not there:
            return []
        day, last = (datetime.date.fromisoformat(f"{value}-1") for value in (there[0], there[-1]))
        return [_name(day + datetime.timedelta(weeks=number)) for number in range((last - day).days // 7 + 1)]

    @property
    def thin_weeks(self) -> set[str]:
        """The weeks in which no purpose was decided `ENOUGH` times."""
        most = defaultdict[str, int](int)
        for value, _, count in self.rows("week"):
            most[value] = max(most[value], count.asked)
        return {value for value, asked in most.items() if asked < ENOUGH}


def collect(records: Iterable[Record]) -> Stats:
    """Counts all."""
    stats = Stats()
    for record in records:
        stats.add(record)
    return stats


def week(at: int) -> str:
    """The ISO 8601 week of POSIX seconds, in UTC: ``2026-W48``."""
    return _name(datetime.datetime.fromtimestamp(at, datetime.UTC))


def _name(day: datetime.date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"
