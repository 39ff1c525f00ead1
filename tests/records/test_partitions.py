"""Monthly partitions of the records in PostgreSQL: nothing is lost, and what was purged goes whole."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from consentkit.consent.record import Record
from consentkit.errors import StoreError
from consentkit.records.chain import purge, verify

if TYPE_CHECKING:
    from consentkit.records.sql import SQLStore
    from tests.records.postgres import Server

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed: partitions are not tested")

MakeRecord = Callable[..., Record]


def moment(year: int, month: int, day: int = 15) -> int:
    """Noon of a day, in POSIX seconds."""
    return int(datetime.datetime(year, month, day, 12, tzinfo=datetime.UTC).timestamp())


@pytest.fixture
def store(postgres: Server) -> Iterator[SQLStore]:
    """An empty store, not partitioned."""
    from consentkit.records.sql import SQLStore

    made = SQLStore(postgres.database())
    yield made
    made.close()


def names(store: SQLStore) -> set[str]:
    """The partitions that there are."""
    from consentkit.records.partitions import _PARTITIONS

    with store._engine.connect() as connection:
        return set(connection.execute(_PARTITIONS, {"name": "consent_records"}).scalars())


def rows(store: SQLStore, name: str) -> int:
    """How many rows a partition has."""
    with store._engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one())


def test_the_table_becomes_the_first_partition_with_all_it_holds(store: SQLStore, make_record: MakeRecord) -> None:
    """Records kept before stay where they are, found as before, in the same good chain."""
    for number, month in enumerate((9, 10, 11), 1):
        store.append(make_record(number, at=moment(2026, month)))
    head = verify(store).head
    done = store.partition(now=moment(2026, 11), months=2)
    assert (
        "consent_records_before",
        "consent_records_other",
        "consent_records_2026_12",
        "consent_records_2027_01",
    ) == done.made
    assert 3 == rows(store, "consent_records_before")
    result = verify(store, heads=[head])
    assert (True, 3, head) == (result.good, result.records, result.head)
    assert make_record(2, at=moment(2026, 10)) == store.record(make_record(2).record_id)


def test_records_go_to_the_partition_of_their_month(store: SQLStore, make_record: MakeRecord) -> None:
    """A record of December is in December's partition, one that no partition is for in the default one."""
    store.partition(now=moment(2026, 11), months=1)
    store.append(make_record(1, at=moment(2026, 11)))
    store.append(make_record(2, at=moment(2026, 12)))
    store.append(make_record(3, at=moment(2030, 1)))
    counts = {name: rows(store, name) for name in names(store)}
    assert {"consent_records_2026_11": 1, "consent_records_2026_12": 1, "consent_records_other": 1} == counts
    assert [1, 2, 3] == [int(record.record_id[-1]) for record in store.find(make_record(1).subject)]
    assert verify(store).good


def test_an_id_is_made_once_across_partitions(store: SQLStore, make_record: MakeRecord) -> None:
    """The same record once more changes nothing, another one under its id is refused, in whatever month."""
    store.partition(now=moment(2026, 11), months=1)
    store.append(make_record(1, at=moment(2026, 11)))
    store.append(make_record(1, at=moment(2026, 11)))
    with pytest.raises(StoreError, match="ids are made once"):
        store.append(make_record(1, at=moment(2026, 12)))
    assert 1 == verify(store).records


def test_what_a_purge_emptied_is_dropped_and_the_chain_still_verifies(store: SQLStore, make_record: MakeRecord) -> None:
    """A month that is over and empty goes as a table; one with records, and the coming ones, stay."""
    store.append(make_record(1, at=moment(2020, 10)))
    store.partition(now=moment(2020, 10), months=3)
    for number, month in enumerate((11, 12), 2):
        store.append(make_record(number, at=moment(2020, month)))
    assert 2 == purge(store, moment(2020, 12, 1))
    done = store.partition(now=moment(2021, 1), months=1)
    assert ("consent_records_2020_11", "consent_records_before") == done.dropped
    assert "consent_records_2020_12" in names(store)
    assert verify(store).good


def test_running_it_again_makes_only_what_is_missing(store: SQLStore) -> None:
    """It can be run as often as anybody likes."""
    store.partition(now=moment(2026, 11), months=2)
    assert ((), (), ()) == (
        (again := store.partition(now=moment(2026, 11), months=2)).made, again.dropped, again.skipped
    )  # fmt: skip
    assert ("consent_records_2027_02",) == store.partition(now=moment(2026, 12), months=2).made


def test_a_month_whose_records_are_in_the_default_partition_is_named_and_left(
    store: SQLStore, make_record: MakeRecord
) -> None:
    """Whoever forgot to make partitions is told, and the other months are made."""
    store.partition(now=moment(2026, 11), months=0)
    store.append(make_record(1, at=moment(2027, 1)))
    done = store.partition(now=moment(2027, 1), months=1)
    assert (("consent_records_2027_01",), ("consent_records_2027_02",)) == (done.skipped, done.made)
    assert verify(store).good


def test_an_empty_table_leaves_no_partition_behind(store: SQLStore) -> None:
    """Where nothing was kept before, there are months only."""
    done = store.partition(now=moment(2026, 11), months=1)
    assert (("consent_records_other", "consent_records_2026_11", "consent_records_2026_12"), ()) == (
        done.made,
        done.dropped,
    )


@pytest.mark.parametrize("table", ["consent_records", "consent_records_before", "consent_records_2026_12"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET payload = '{{}}'", "DELETE FROM {}", "TRUNCATE {}"])
def test_a_partition_is_as_append_only_as_the_table(
    store: SQLStore, make_record: MakeRecord, table: str, statement: str
) -> None:
    """Neither the whole nor a partition can be changed, emptied or truncated by hand."""
    from sqlalchemy.exc import SQLAlchemyError

    store.append(make_record(1, at=moment(2026, 11)))
    store.partition(now=moment(2026, 11), months=1)
    store.append(make_record(2, at=moment(2026, 12)))
    with pytest.raises(SQLAlchemyError, match="append-only"), store._engine.begin() as connection:
        connection.exec_driver_sql(statement.format(table))
    assert 2 == verify(store).records


def test_the_command_makes_partitions_and_says_how_many(postgres: Server) -> None:
    """`consentkit records partition` is what the owner runs once a month."""
    pytest.importorskip("click", reason="the command line's packages are not installed: its command is not tested")
    from click.testing import CliRunner

    from consentkit.cli.records import records
    from consentkit.records.sql import SQLStore

    url = postgres.database()
    SQLStore(url).close()
    result = CliRunner().invoke(records, ["partition", "--records", url, "--months", "2"])
    assert (0, "4 partitions made, 0 dropped") == (result.exit_code, result.output.strip())
