"""Monthly partitions of the records in PostgreSQL, for sites that keep many millions (R189).

`partition` turns the table into a partitioned one the first time, and each time makes the coming months' partitions and
drops those that a purge has emptied. Its rules:

- Nothing is copied: the table that there was becomes the partition of everything up to the end of its newest month.
- A record that no month's partition takes goes to a default partition: an owner who forgets to make partitions loses
  nothing but the use of them.
- The rest of `consentkit.records.sql` does not notice: the same statements, triggers and chain.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

TABLE = "consent_records"
BEFORE = f"{TABLE}_before"  # the partition that the table became
OTHER = f"{TABLE}_other"  # the default partition

# Months ahead that have partitions. A year: whoever runs this once a month notices long before it matters.
MONTHS = 12

_KIND = text("SELECT relkind FROM pg_class WHERE oid = CAST(:name AS regclass)")
_PARTITIONS = text(
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "WHERE i.inhparent = CAST(:name AS regclass)"
)

# The parent's keys hold the time, as PostgreSQL demands. That an id is made once is seen to by `append`, in its lock.
_CONVERSION = (
    f"ALTER TABLE {TABLE} RENAME TO {BEFORE}",
    f"DROP TRIGGER consent_records_rows ON {BEFORE}",
    f"ALTER TABLE {BEFORE} DROP CONSTRAINT consent_records_pkey, DROP CONSTRAINT consent_records_record_id_key",
    f"CREATE TABLE {TABLE} (LIKE {BEFORE} INCLUDING DEFAULTS) PARTITION BY RANGE (at)",
    f"ALTER TABLE {TABLE} ADD PRIMARY KEY (number, at)",
    f"CREATE INDEX consent_records_ids ON {TABLE} (record_id)",
    f"CREATE INDEX consent_records_subjects ON {TABLE} (md5(subject), number) WHERE subject IS NOT NULL",
    f"CREATE INDEX consent_records_times ON {TABLE} (at) WHERE record_id IS NOT NULL",
    f"""CREATE TRIGGER consent_records_rows BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION consent_records_guard()""",
    f"""CREATE TRIGGER consent_records_all BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION consent_records_guard()""",
)


@dataclass(frozen=True, slots=True)
class Partitioned:
    """What `partition` did.

    Attributes:
        made: names of the partitions that were made.
        dropped: names of those that were empty and over.
        skipped: names of those that could not be made, because the default partition has records of their month.
    """

    made: tuple[str, ...]
    dropped: tuple[str, ...]
    skipped: tuple[str, ...]


def partition(connection: Connection, *, now: float, months: int = MONTHS) -> Partitioned:
    """Makes the partitions of this month and the coming ones, and drops those that are over and empty.

    Args:
        connection: in a transaction, of a user who owns the table.
        now: POSIX seconds.
        months: how many coming months get a partition.
    """
    connection.exec_driver_sql(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
    made = list[str]()
    if connection.execute(_KIND, {"name": TABLE}).scalar_one() in {"r", b"r"}:
        made += _convert(connection, now)
    there = {str(name) for name in connection.execute(_PARTITIONS, {"name": TABLE}).scalars()}
    dropped = [name for name in sorted(there) if _over(name, now) and _empty(connection, name)]
    for name in dropped:
        connection.exec_driver_sql(f"DROP TABLE {name}")
    first = _covered(connection) if BEFORE in there - set(dropped) else 0
    skipped = list[str]()
    for start, end in _months(now, months):
        name = _name(start)
        if name in there or start < first:
            continue
        if _strays(connection, start, end):
            skipped.append(name)
            continue
        _make(connection, name, f"FOR VALUES FROM ({start}) TO ({end})")
        made.append(name)
    kept = tuple(name for name in made if name not in dropped)  # a table that was empty is not worth a partition
    return Partitioned(kept, tuple(name for name in dropped if name not in made), tuple(skipped))


def _convert(connection: Connection, now: float) -> list[str]:
    """Makes the table the first partition of a new one."""
    newest = connection.exec_driver_sql(f"SELECT max(at) FROM {TABLE}").scalar()  # noqa: S608 (our own name)
    for statement in _CONVERSION:
        connection.exec_driver_sql(statement)
    until = _after(max(now, float(newest or 0)))
    connection.exec_driver_sql(f"ALTER TABLE {TABLE} ATTACH PARTITION {BEFORE} FOR VALUES FROM (MINVALUE) TO ({until})")
    _make(connection, OTHER, "DEFAULT")
    return [BEFORE, OTHER]


def _make(connection: Connection, name: str, bounds: str) -> None:
    connection.exec_driver_sql(f"CREATE TABLE {name} PARTITION OF {TABLE} {bounds}")
    connection.exec_driver_sql(  # truncating a partition asks that partition only
        f"CREATE TRIGGER consent_records_all BEFORE TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION consent_records_guard()"
    )


def _covered(connection: Connection) -> int:
    """Up to when the first partition reaches, in POSIX seconds."""
    bounds = connection.exec_driver_sql(
        f"SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = CAST('{BEFORE}' AS regclass)"  # noqa: S608
    ).scalar_one()
    return int(str(bounds).rpartition("TO (")[2].strip("')"))


def _empty(connection: Connection, name: str) -> bool:
    return connection.exec_driver_sql(f"SELECT 1 FROM {name} LIMIT 1").first() is None  # noqa: S608 (our own names)


def _strays(connection: Connection, start: int, end: int) -> bool:
    found = connection.execute(
        text(f"SELECT 1 FROM {OTHER} WHERE at >= :start AND at < :end LIMIT 1"),  # noqa: S608 (our own names)
        {"start": start, "end": end},
    )
    return found.first() is not None


def _over(name: str, now: float) -> bool:
    """Whether no record comes into a partition any more: its month has passed."""
    if name == BEFORE:
        return True
    digits = name.removeprefix(f"{TABLE}_").split("_")
    if len(digits) != 2 or not all(part.isdigit() for part in digits):
        return False
    year, month = (int(part) for part in digits)
    return _after(datetime.datetime(year, month, 1, tzinfo=datetime.UTC).timestamp()) <= now


def _months(now: float, count: int) -> Iterator[tuple[int, int]]:
    """This month and the coming ones: where each begins and ends, in POSIX seconds."""
    day = datetime.datetime.fromtimestamp(now, datetime.UTC)
    start = int(datetime.datetime(day.year, day.month, 1, tzinfo=datetime.UTC).timestamp())
    for _ in range(count + 1):
        end = _after(start)
        yield start, end
        start = end


def _after(moment: float) -> int:
    """When the month after a moment's begins."""
    day = datetime.datetime.fromtimestamp(moment, datetime.UTC)
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return int(datetime.datetime(year, month, 1, tzinfo=datetime.UTC).timestamp())


def _name(start: int) -> str:
    return f"{TABLE}_{datetime.datetime.fromtimestamp(start, datetime.UTC):%Y_%m}"
