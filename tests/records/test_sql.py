"""Records in PostgreSQL: many writers, lost connections, restarts, and a chain through all of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from consentkit.consent.record import Record
from consentkit.errors import StoreError, UsageError
from consentkit.records.chain import verify
from consentkit.records.open import open_spooling, open_store
from tests.records.appending import PATIENCE

if TYPE_CHECKING:
    from consentkit.records.spool import SpoolingStore
    from consentkit.records.sql import SQLStore
    from tests.records.postgres import Server

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed: records in PostgreSQL are not tested")

MakeRecord = Callable[..., Record]
WORKER = Path(__file__).with_name("appending.py")
SUBJECT = "ab" * 16


@pytest.fixture
def url(postgres: Server) -> str:
    """Of an empty database."""
    return postgres.database()


@pytest.fixture
def store(url: str) -> Iterator[SQLStore]:
    """A store that waits shortly for locks."""
    from consentkit.records.sql import SQLStore

    made = SQLStore(url, timeout=0.2)
    yield made
    made.close()


def test_a_url_is_a_store(url: str, make_record: MakeRecord) -> None:
    """Where a path can be given, a URL can; what one store kept, the next one finds."""
    for number in (1, 2):
        store = open_store(url)
        store.append(make_record(number))
        store.close()
    store = open_store(url)
    assert [make_record(1), make_record(2)] == store.find(SUBJECT)
    store.close()


def test_processes_lose_nothing(url: str, store: SQLStore) -> None:
    """Three processes that append at once keep every record they report, in one good chain."""
    workers = [
        subprocess.Popen([sys.executable, WORKER, url, str(n * 1000), "20"], stdout=subprocess.PIPE, text=True)
        for n in range(3)
    ]
    said = {int(line) for process in workers for line in process.communicate()[0].split()}
    assert [0] * 3 == [process.returncode for process in workers]
    assert {n * 1000 + i for n in range(3) for i in range(20)} == said
    assert said == {record.at for record in store.find("crowd")}
    assert (60, ()) == ((result := verify(store)).records, result.faults)


def test_processes_begin_at_once(postgres: Server, url: str) -> None:
    """Several that make the tables at the same time do so once."""
    from consentkit.records.sql import SQLStore

    errors, start = list[Exception](), threading.Barrier(4)

    def begin() -> None:
        start.wait()
        try:
            SQLStore(url, timeout=PATIENCE).close()
        except Exception as error:  # noqa: BLE001 (told below)
            errors.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == errors


@pytest.mark.parametrize("crash", [False, True])
def test_a_restart_of_the_server(postgres: Server, store: SQLStore, make_record: MakeRecord, crash: bool) -> None:
    """While the server is away records are refused; when it is back everything is there and the store goes on."""
    store.append(make_record(1))
    postgres.stop(crash=crash)
    try:
        with pytest.raises(StoreError, match="connection"):
            store.append(make_record(2))
    finally:
        postgres.start()
    assert [make_record(1)] == store.find(SUBJECT)
    store.append(make_record(2))
    assert (2, ()) == ((result := verify(store)).records, result.faults)


def test_a_server_that_is_away_at_the_start(
    postgres: Server, url: str, make_record: MakeRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where records may wait, a site starts without the server; when that is back all is stored in order, once each."""
    monkeypatch.chdir(tmp_path)
    postgres.stop()
    try:
        store = cast("SpoolingStore", open_spooling(url))
        store.append(make_record(1))
    finally:
        postgres.start()
    store.append(make_record(2))
    assert [make_record(1), make_record(2)] == store.find(SUBJECT)
    store.close()


def test_a_killed_connection(postgres: Server, store: SQLStore, make_record: MakeRecord) -> None:
    """A connection that was cut between two records is noticed by nobody."""
    store.append(make_record(1))
    postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    store.append(make_record(2))
    assert [make_record(1), make_record(2)] == store.find(SUBJECT)


def test_a_held_lock_is_not_waited_for(url: str, store: SQLStore, make_record: MakeRecord) -> None:
    """A writer that holds the head for too long ends in a sentence; afterwards the store works again."""
    from sqlalchemy import create_engine

    engine = create_engine(url)
    with engine.begin() as other:
        other.exec_driver_sql("SELECT 1 FROM consent_head FOR UPDATE")
        with pytest.raises(StoreError, match="lock"):
            store.append(make_record(1))
    engine.dispose()
    store.append(make_record(1))
    assert [make_record(1)] == store.find(SUBJECT)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_records SET at = 0",
        "DELETE FROM consent_records",
        "TRUNCATE consent_records",
        "SET consentkit.doing = 'erase'; UPDATE consent_records SET payload = '{}'",
    ],
)
def test_rows_never_change(
    postgres: Server, url: str, store: SQLStore, make_record: MakeRecord, statement: str
) -> None:
    """The database itself refuses to change or remove a record."""
    store.append(make_record(1))
    with pytest.raises(Exception, match="append-only"):
        postgres.execute(*statement.split("; "), url=url)
    assert verify(store).good


def test_tampering_is_found(postgres: Server, url: str, store: SQLStore, make_record: MakeRecord) -> None:
    """Who switches the triggers off and changes or removes rows is found out."""
    for number in range(1, 6):
        store.append(make_record(number))
    postgres.execute(
        "ALTER TABLE consent_records DISABLE TRIGGER ALL",
        "UPDATE consent_records SET payload = replace(payload, 'true', 'false') WHERE number = 2",
        "DELETE FROM consent_records WHERE number = 4",
        url=url,
    )
    assert [(2, "changed"), (5, "removed")] == [(fault.number, fault.kind) for fault in verify(store).faults]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # other tests leave idle threads
def test_fork(store: SQLStore, make_record: MakeRecord) -> None:
    """Parent and child go on after a fork, each on connections of its own."""
    store.append(make_record(1))
    child = os.fork()
    if child == 0:
        status = 1
        try:
            store.append(make_record(2))
            status = 0
        finally:
            os._exit(status)
    assert 0 == os.waitpid(child, 0)[1]
    store.append(make_record(3))
    assert [1, 2, 3] == [int(record.record_id[-1]) for record in store.find(SUBJECT)]


def test_newer_tables(postgres: Server, url: str, store: SQLStore) -> None:
    """Tables of a newer version are not written to."""
    store.close()
    postgres.execute("INSERT INTO consent_schema VALUES (99)", url=url)
    with pytest.raises(StoreError, match="newer consentkit"):
        open_store(url)


def test_closed_is_closed(store: SQLStore, make_record: MakeRecord) -> None:
    """A closed store says so."""
    store.close()
    with pytest.raises(StoreError, match="was closed"):
        store.append(make_record(1))


@pytest.mark.parametrize("subject", ["\ud800", "a\0b"])
def test_what_no_database_holds(store: SQLStore, make_record: MakeRecord, subject: str) -> None:
    """Text that the database cannot hold is refused in words."""
    with pytest.raises(StoreError):
        store.append(make_record(1, subject=subject))
    with pytest.raises(StoreError):
        store.find(subject)


def test_a_record_nobody_can_read(postgres: Server, url: str, store: SQLStore) -> None:
    """A row that holds no record is an error with its number, never skipped."""
    postgres.execute("INSERT INTO consent_records VALUES (1, 'record', 0, 'x', 's', '[]', '', '', '', '')", url=url)
    with pytest.raises(StoreError, match="record number 1"):
        store.find("s")


@pytest.mark.parametrize("url", ["sqlite:///x", "no url"])
def test_no_postgresql(url: str) -> None:
    """Another database is refused, with what to do."""
    from consentkit.records.sql import SQLStore

    with pytest.raises(UsageError):
        SQLStore(url)
