"""The default store: durable, shared by processes, append-only, and clear about what fails."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from consentkit.consent.record import Record
from consentkit.errors import StoreError, UsageError
from consentkit.records import sqlite
from consentkit.records.sqlite import APPLICATION_ID, MIGRATIONS, SQLiteStore
from tests.records.appending import PATIENCE

MakeRecord = Callable[..., Record]
WORKER = Path(__file__).with_name("appending.py")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file will be."""
    return tmp_path / "records.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    """A store that waits shortly for locks."""
    made = SQLiteStore(path, timeout=0.05)
    yield made
    made.close()


def worker(path: Path, first: int, count: int) -> subprocess.Popen[str]:
    """Starts a process that appends."""
    return subprocess.Popen([sys.executable, WORKER, path, str(first), str(count)], stdout=subprocess.PIPE, text=True)


def test_processes_lose_nothing(path: Path) -> None:
    """Six processes that begin on a file not yet made keep every record they report."""
    workers = [worker(path, number * 1000, 25) for number in range(6)]
    said = {int(line) for process in workers for line in process.communicate()[0].split()}
    assert [0] * 6 == [process.returncode for process in workers]
    assert {number * 1000 + i for number in range(6) for i in range(25)} == said
    with closing(SQLiteStore(path)) as store:
        assert said == {record.at for record in store.find("crowd")}


def test_killed_processes_lose_nothing_they_said(path: Path) -> None:
    """A process killed in the middle of its work has kept every record it said it kept."""
    workers = [worker(path, number * 100_000, 100_000) for number in range(3)]
    said = set[int]()
    for process in workers:
        assert process.stdout is not None
        said |= {int(process.stdout.readline()) for _ in range(20)}
        process.kill()
        rest = process.stdout.read().splitlines(keepends=True)
        said |= {int(line) for line in rest if line.endswith("\n")}
        process.stdout.close()
        process.wait()
    with closing(SQLiteStore(path)) as store:
        kept = {record.at for record in store.find("crowd")}
    assert said <= kept
    assert len(kept - said) <= len(workers)


def test_commits_wait_for_the_disk(store: SQLiteStore, make_record: MakeRecord) -> None:
    """Commits are synchronous, in a write-ahead log."""
    store.append(make_record(1))
    connection = store._handle.connection
    assert connection is not None
    assert (2,) == connection.execute("PRAGMA synchronous").fetchone()
    assert ("wal",) == connection.execute("PRAGMA journal_mode").fetchone()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # other tests leave idle threads
def test_fork(path: Path, make_record: MakeRecord) -> None:
    """Parent and child go on after a fork, each on a connection of its own."""
    store = SQLiteStore(path, timeout=PATIENCE)  # they may want to write at the same time
    store.append(make_record(1))
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        answer = b"nothing"
        try:
            answer = b"closed" if store._handle.connection is None else b"open"
            store.append(make_record(2))
        finally:
            os.write(write, answer)
            os._exit(0)
    os.close(write)
    store.append(make_record(3))
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as pipe:
        assert b"closed" == pipe.read()
    assert {1, 2, 3} == {int(record.record_id[-1]) for record in store.find("ab" * 16)}
    store.close()


def test_not_left_open_at_the_start(store: SQLiteStore) -> None:
    """A store that was only made holds no connection that a fork could inherit."""
    assert store._handle.connection is None


def test_readable_by_its_owner_only(path: Path, store: SQLiteStore, make_record: MakeRecord) -> None:
    """The file and its log are nobody else's to read."""
    store.append(make_record(1))
    files = sorted(path.parent.iterdir())
    assert len(files) >= 2
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in files}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE records SET at = 0", "DELETE FROM records", "UPDATE records SET payload = '{}' WHERE number = 1"],
)
def test_rows_never_change(path: Path, store: SQLiteStore, make_record: MakeRecord, statement: str) -> None:
    """The file itself refuses to change or remove a record."""
    store.append(make_record(1))
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    assert [make_record(1)] == store.find("ab" * 16)


def test_records_outlive_the_store(path: Path, store: SQLiteStore, make_record: MakeRecord) -> None:
    """What one store kept, the next one finds."""
    store.append(make_record(1))
    store.close()
    with closing(SQLiteStore(path)) as again:
        assert [make_record(1)] == again.find("ab" * 16)


def test_closed_is_closed(store: SQLiteStore, make_record: MakeRecord) -> None:
    """A closed store says so."""
    store.close()
    with pytest.raises(StoreError, match="was closed"):
        store.append(make_record(1))


def test_a_held_lock_is_not_waited_for(path: Path, store: SQLiteStore, make_record: MakeRecord) -> None:
    """A lock held by another process ends in a sentence; afterwards the store works again."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process held the file's lock"):
            store.append(make_record(1))
        other.execute("ROLLBACK")
    assert [] == store.find("ab" * 16)
    store.append(make_record(1))


def test_reading_does_not_wait_for_a_writer(path: Path, store: SQLiteStore, make_record: MakeRecord) -> None:
    """Records can be read while another process writes."""
    store.append(make_record(1))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert [make_record(1)] == store.find("ab" * 16)
        other.execute("ROLLBACK")


def test_a_thread_waits_no_longer_than_a_process(store: SQLiteStore, make_record: MakeRecord) -> None:
    """A thread that finds the connection in use gives up in the same time."""
    errors = list[StoreError]()

    def append() -> None:
        try:
            store.append(make_record(1))
        except StoreError as error:
            errors.append(error)

    with store._handle.lock:
        thread = threading.Thread(target=append)
        thread.start()
        thread.join()
    assert "other threads used the file" in str(errors[0])


def test_no_directory(tmp_path: Path) -> None:
    """A path whose directory is missing fails at the start, with what to do."""
    with pytest.raises(StoreError, match="create its directory"):
        SQLiteStore(tmp_path / "missing" / "records.sqlite3")


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    """A directory in the file's place is told of."""
    with pytest.raises(StoreError, match="cannot be opened"):
        SQLiteStore(tmp_path)


@pytest.mark.parametrize("name", ["", ":memory:"])
def test_no_file_in_memory(name: str) -> None:
    """A database in memory is refused, with the store that is meant."""
    with pytest.raises(UsageError, match="MemoryStore"):
        SQLiteStore(name)


def test_no_database(path: Path) -> None:
    """A file that is something else stays what it is."""
    path.write_bytes(b"These are my notes.\n" * 100)
    with pytest.raises(StoreError, match="no SQLite database"):
        SQLiteStore(path)
    assert b"These are my notes.\n" * 100 == path.read_bytes()


def test_another_programs_database(path: Path) -> None:
    """Another program's database gets no table of ours."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id)")
    with pytest.raises(StoreError, match="another program's database"):
        SQLiteStore(path)
    with closing(sqlite3.connect(path)) as connection:
        assert [("orders",)] == connection.execute("SELECT name FROM sqlite_master").fetchall()


def test_a_newer_file(path: Path, store: SQLiteStore) -> None:
    """A file of a newer version is not written to."""
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StoreError, match="newer consentkit"):
        SQLiteStore(path)


def test_the_file_says_what_it_is(path: Path, store: SQLiteStore) -> None:
    """The header names the application and the version."""
    with closing(sqlite3.connect(path)) as connection:
        assert (APPLICATION_ID,) == connection.execute("PRAGMA application_id").fetchone()
        assert (len(MIGRATIONS),) == connection.execute("PRAGMA user_version").fetchone()


def test_migrations_keep_records(
    path: Path, store: SQLiteStore, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older file is brought forward when it is opened, and its records stay."""
    store.append(make_record(1))
    store.close()
    step = ("ALTER TABLE records ADD COLUMN note TEXT",)
    monkeypatch.setattr(sqlite, "MIGRATIONS", (*MIGRATIONS, step))
    with closing(SQLiteStore(path)) as newer:
        assert [make_record(1)] == newer.find("ab" * 16)
        newer.append(make_record(2))
    with closing(sqlite3.connect(path)) as connection:
        assert (len(MIGRATIONS) + 1,) == connection.execute("PRAGMA user_version").fetchone()


def test_a_failed_migration_changes_nothing(path: Path, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails leaves the file as it was, also the statements that went well."""
    store.close()
    monkeypatch.setattr(sqlite, "MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE extra (id)", "CREATE TABLE records (id)")))
    with pytest.raises(StoreError, match="already exists"):
        SQLiteStore(path)
    with closing(sqlite3.connect(path)) as connection:
        assert [] == connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'extra'").fetchall()
        assert (len(MIGRATIONS),) == connection.execute("PRAGMA user_version").fetchone()


def test_a_damaged_file(path: Path, store: SQLiteStore, make_record: MakeRecord) -> None:
    """Damage is told of, and mending the file is enough to go on."""
    for number in range(200):
        store.append(make_record(number))
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with closing(SQLiteStore(path)) as broken:
        with pytest.raises(StoreError, match="damaged"):
            broken.find("ab" * 16)
        path.write_bytes(whole)
        assert 200 == len(broken.find("ab" * 16))


def test_a_record_nobody_can_read(path: Path, store: SQLiteStore) -> None:
    """A row that holds no record is an error with its number, never skipped."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO records VALUES (1, 'record', 0, 'x', 's', '[]', zeroblob(16), zeroblob(32), zeroblob(32), zeroblob(32))"
        )
        connection.commit()
    with pytest.raises(StoreError, match="record number 1"):
        store.find("s")


@pytest.mark.parametrize("subject", ["\ud800"])
def test_what_is_no_text(store: SQLiteStore, make_record: MakeRecord, subject: str) -> None:
    """Half a character is refused in words."""
    with pytest.raises(StoreError, match="not Unicode"):
        store.append(make_record(1, subject=subject))
    with pytest.raises(StoreError, match="not Unicode"):
        store.find(subject)


@pytest.mark.parametrize("replacement", ["removed", "moved"])
def test_a_file_that_went_away(path: Path, store: SQLiteStore, make_record: MakeRecord, replacement: str) -> None:
    """A record is never written to a file that nobody can find: a new one is made in its place."""
    store.append(make_record(1))
    for file in path.parent.iterdir():
        if replacement == "removed":
            file.unlink()
        else:
            file.rename(file.with_name(file.name.replace("records", "archive")))
    store.append(make_record(2))
    with closing(SQLiteStore(path)) as other:
        assert [make_record(2)] == other.find("ab" * 16)


def test_a_full_disk(path: Path, store: SQLiteStore, make_record: MakeRecord) -> None:
    """Where no byte more can be written the record is refused, and what was there stays readable."""
    store.append(make_record(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    store.close()
    with closing(SQLiteStore(path, timeout=0.05)) as full:
        resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, hard))
        try:
            with pytest.raises(StoreError, match=r"disk"):
                full.append(make_record(2, text="x" * 100_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert [make_record(1)] == full.find("ab" * 16)
        full.append(make_record(2))
        assert 2 == len(full.find("ab" * 16))


def test_full_by_its_own_limit(path: Path, store: SQLiteStore, make_record: MakeRecord) -> None:
    """SQLite's own "full" has its sentence and leaves nothing half done."""
    store.append(make_record(1))
    connection = store._handle.connection
    assert connection is not None
    connection.execute("PRAGMA max_page_count = 8")
    with pytest.raises(StoreError, match="the disk is full"):
        store.append(make_record(2, text="x" * 200_000))
    assert [make_record(1)] == store.find("ab" * 16)
    store.append(make_record(2))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_file_that_may_not_be_written(path: Path, store: SQLiteStore, make_record: MakeRecord) -> None:
    """A file without the right to write is told of."""
    store.append(make_record(1))
    store.close()
    path.chmod(0o400)
    with pytest.raises(StoreError, match="server's user"):
        SQLiteStore(path)


def test_a_read_only_connection(store: SQLiteStore, make_record: MakeRecord) -> None:
    """A database that has become read-only is told of, and the next record finds it writable again."""
    store.append(make_record(1))
    connection = store._handle.connection
    assert connection is not None
    connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="may not be written"):
        store.append(make_record(2))
    store.append(make_record(2))


def test_forgotten_stores_give_their_connection_back(path: Path, make_record: MakeRecord) -> None:
    """A store that nobody holds any more closes its connection."""
    store = SQLiteStore(path)
    store.append(make_record(1))
    handle = store._handle
    assert handle.connection is not None
    del store
    assert handle.closed
    assert handle.connection is None
