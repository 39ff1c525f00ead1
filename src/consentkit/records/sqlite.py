"""`SQLiteStore`: records in one SQLite file, the default. Needs no server and no package.

Its rules:

- **Durable.** `append` returns after the commit, and ``synchronous=FULL`` makes a commit wait for the disk:
  a proof survives the worker's death and the machine's loss of power. That costs one fsync for each
  decision, and a visitor decides once in half a year.
- **Many processes.** Write-ahead log; every write is one ``BEGIN IMMEDIATE`` transaction, so writers queue
  up and none fails halfway. The file has to be on a local disk: SQLite's locks do not hold over a network.
- **One connection for each process**, used by its threads in turn: SQLite writes one at a time anyway. It is
  closed before a fork and opened anew on both sides: a child that inherits an open one believes in
  locks that are its parent's.
- **Append-only and chained.** Triggers refuse to change a row, or to remove one outside of `erase` and a purge;
  each row carries the hash of the one before, made in the same transaction (see `consentkit.records.chain`).
- **At most `LOCK_WAIT`** is spent on waiting for locks, of threads and processes together.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from consentkit.consent.record import Record, parse_record
from consentkit.consent.violation import Violation
from consentkit.errors import StoreError, UsageError
from consentkit.records import rows, sqlite_counts
from consentkit.records.chain import START, Entry, Head, Snapshot, link_at
from consentkit.records.store import LOCK_WAIT
from consentkit.records.violations import add

T = TypeVar("T")

logger = logging.getLogger("consentkit")

# "ckrs" in the file's header (https://www.sqlite.org/fileformat2.html#application_id): tells our files from others.
APPLICATION_ID = 0x636B7273


def _chain_what_is_there(connection: sqlite3.Connection) -> None:
    """Copies the rows of a file of version 1 into the chain, in their order."""
    head = START
    there = connection.execute("SELECT number, record_id, subject, at, payload FROM records ORDER BY number")
    for number, record_id, subject, at, payload in there:
        entry = link_at(head, number, "record", at, payload, record_id=record_id, subject=subject)
        connection.execute(INSERT.replace("records", "chained"), _row(entry))
        head = entry.head
    connection.execute("INSERT INTO head VALUES (1, ?, ?)", (head.number, head.hash))


# What leads from each version of the file to the next: statements, or functions that are given the connection.
# `PRAGMA user_version` counts those that were done. Never change a line that was released: add a tuple.
MIGRATIONS: tuple[tuple[str | Callable[[sqlite3.Connection], None], ...], ...] = (
    (
        # AUTOINCREMENT: a number is never given twice, so that a gap shows that something was erased.
        """CREATE TABLE records (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            record_id TEXT NOT NULL UNIQUE,
            subject TEXT NOT NULL,
            at INTEGER NOT NULL,
            payload TEXT NOT NULL
        )""",
        "CREATE INDEX records_by_subject ON records (subject, number)",
        "CREATE INDEX records_by_time ON records (at)",
        # The subject being erased, for the length of one transaction.
        "CREATE TABLE erasing (subject TEXT NOT NULL)",
        """CREATE TRIGGER records_never_change BEFORE UPDATE ON records BEGIN
            SELECT RAISE(ABORT, 'records are append-only; a withdrawal is a new record');
        END""",
        """CREATE TRIGGER records_never_go BEFORE DELETE ON records
        WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE subject = OLD.subject) BEGIN
            SELECT RAISE(ABORT, 'records are append-only; only erase removes the records of a subject');
        END""",
    ),
    (
        """CREATE TABLE chained (
            number INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            at INTEGER NOT NULL,
            record_id TEXT UNIQUE,
            subject TEXT,
            payload TEXT,
            salt BLOB,
            digest BLOB NOT NULL,
            previous_hash BLOB NOT NULL,
            hash BLOB NOT NULL
        )""",
        "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, hash BLOB NOT NULL)",
        _chain_what_is_there,
        "DROP TABLE records",
        "DROP TABLE erasing",
        "ALTER TABLE chained RENAME TO records",
        "CREATE INDEX records_by_subject ON records (subject, number) WHERE subject IS NOT NULL",
        "CREATE INDEX records_by_time ON records (at) WHERE record_id IS NOT NULL",
        # What is being done, "erase" or "purge", for the length of one transaction.
        "CREATE TABLE doing (what TEXT NOT NULL)",
        """CREATE TRIGGER records_never_change BEFORE UPDATE ON records
        WHEN NOT EXISTS (SELECT 1 FROM doing WHERE what = 'erase')
            OR NEW.payload IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.record_id IS NOT NULL OR NEW.subject IS NOT NULL
            OR (NEW.number, NEW.kind, NEW.at, NEW.digest, NEW.previous_hash, NEW.hash)
                IS NOT (OLD.number, OLD.kind, OLD.at, OLD.digest, OLD.previous_hash, OLD.hash) BEGIN
            SELECT RAISE(ABORT, 'records are append-only; a withdrawal is a new record');
        END""",
        """CREATE TRIGGER records_never_go BEFORE DELETE ON records
        WHEN NOT EXISTS (SELECT 1 FROM doing WHERE what = 'purge') BEGIN
            SELECT RAISE(ABORT, 'records are append-only; only a purge removes the oldest ones');
        END""",
    ),
)

COLUMNS = "number, kind, at, record_id, subject, payload, salt, digest, previous_hash, hash"
INSERT = f"INSERT INTO records ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 (our own names)

# What ends by itself, or by somebody who frees some space.
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})

_MENDS = {
    sqlite3.SQLITE_BUSY: "another process held the file's lock for too long; see who keeps a transaction open",
    sqlite3.SQLITE_LOCKED: "another connection held a table's lock for too long; see who keeps a transaction open",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_READONLY: "the file or its directory may not be written; give the server's user the right to",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; create its directory, and let the server's user write there",
    sqlite3.SQLITE_PERM: "the file may not be opened; give the server's user the right to",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; keep it, and put a backup in its place",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database; name another, or move it away",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write; look into the system's log",
}  # fmt: skip


class SQLiteStore:
    """Records in one SQLite file. The file is made, readable by its owner only, if it is not there.

    Args:
        path: the file; its directory has to exist, on a local disk.
        timeout: seconds to wait for locks, at most.
        patient: whether a file that is locked, or on a full disk, is opened when it first can be. For whoever has
            another place for records meanwhile: a server whose workers begin anew just then has to start all the same.

    Raises:
        StoreError: if the file cannot be opened (unless patient), is damaged, or is something else.
        UsageError: for ``":memory:"``, which would be another store in each process.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = LOCK_WAIT, patient: bool = False) -> None:
        name = os.fspath(path)
        if name in {"", ":memory:"}:
            raise UsageError("SQLiteStore needs a file; for records that may be lost, use MemoryStore()")
        self.path = Path(name).absolute()
        self._handle = _Handle(self.path, timeout)
        try:
            self._handle.try_once()
        except StoreError as error:
            if not patient or not isinstance(error.__cause__, sqlite3.Error) or _code(error.__cause__) not in _PASSING:
                raise
            logger.error("The record store cannot be opened yet: %s", error)  # noqa: TRY400 (it says all)
        weakref.finalize(self, self._handle.close)

    def append(self, record: Record, /) -> None:
        """See `Store.append`."""
        self._handle.run(lambda connection: rows.append(_Rows(connection), record))

    def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        return self._records("SELECT number, payload FROM records WHERE subject = ? ORDER BY number", subject)

    def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        return self._handle.run(lambda connection: rows.erase(_Rows(connection), subject), wipe=True)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """See `ChainedStore.snapshot`. It reads over a connection of its own, and nobody waits for it."""
        self._handle.run(lambda _: None, write=False)  # brings an older file forward
        try:
            with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
                connection.execute("BEGIN")
                (count,) = connection.execute("SELECT count(*) FROM records").fetchone()
                walk = connection.execute(f"SELECT {COLUMNS} FROM records ORDER BY number")  # noqa: S608 (our own names)
                # A cursor that is not read to its end would keep the snapshot open, also without the connection.
                with contextlib.closing(walk):
                    yield Snapshot(_head(connection), count, (Entry(*row) for row in walk))
        except sqlite3.Error as error:
            raise StoreError(self._handle.sentence(error)) from error

    def record(self, record_id: str, /) -> Record | None:
        """See `ChainedStore.record`."""
        found = self._records("SELECT number, payload FROM records WHERE record_id = ?", record_id)
        return found[0] if found else None

    def purge_slice(self, before: int, /) -> int:
        """See `ChainedStore.purge_slice`."""
        return self._handle.run(lambda connection: rows.purge_slice(_Rows(connection), before), wipe=True)

    def count(self, violations: Sequence[Violation], /) -> None:
        """Adds to what was counted; see `consentkit.records.violations`."""
        self._handle.run(lambda connection: add(sqlite_counts.CountsTable(connection), violations))

    def violations(self) -> list[Violation]:
        """What was counted, the most frequent first."""
        return self._handle.run(sqlite_counts.all_counts, write=False)

    def close(self) -> None:
        """See `Store.close`."""
        self._handle.close()

    def _records(self, query: str, key: str) -> list[Record]:
        records = list[Record]()
        for number, payload in self._handle.run(
            lambda connection: connection.execute(query, (key,)).fetchall(), write=False
        ):
            try:
                records.append(parse_record(payload))
            except ValueError as error:
                raise StoreError(f"{self.path}: record number {number} cannot be read: {error}") from error
        return records


class _Handle:
    """The process's connection to one file. It comes and goes; the handle stays."""

    def __init__(self, path: Path, timeout: float) -> None:
        self.path, self.timeout = path, timeout
        self.lock = threading.Lock()
        self.connection: sqlite3.Connection | None = None
        self.file = (0, 0)  # device and inode the connection is open on
        self.closed = False
        _handles.add(self)

    def run(self, work: Callable[[sqlite3.Connection], T], *, write: bool = True, wipe: bool = False) -> T:
        """Does the work in one transaction and commits it.

        Args:
            work: is given the connection.
            write: whether it writes.
            wipe: whether what it removed shall also be gone from the write-ahead log, if nobody reads just now.

        Raises:
            StoreError: if anything of it fails; then nothing of it was done.
        """
        deadline = time.monotonic() + self.timeout
        if not self.lock.acquire(timeout=self.timeout):
            raise StoreError(f"{self.path}: other threads used the file for more than {self.timeout:g} s")
        try:
            connection = self._connected(deadline)
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise
            if wipe:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("PRAGMA busy_timeout = 0")  # who reads is not waited for
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return result  # noqa: TRY300 (inside, so that the lock is still held)
        except (sqlite3.Error, OSError) as error:
            # A damaged or vanished file may be mended meanwhile: begin anew next time.
            if not isinstance(error, sqlite3.Error) or _code(error) not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                self._disconnect()
            raise StoreError(self.sentence(error)) from error
        except UnicodeEncodeError as error:
            raise StoreError(f"{self.path}: the record holds text that is not Unicode: {error.reason}") from error
        finally:
            self.lock.release()

    def try_once(self) -> None:
        """Opens the file, so that a wrong path is told of at start-up and not at the first decision.

        It is not left open: some servers fork their workers without telling Python (see the module).
        """
        self.run(lambda _: None, write=False)
        with self.lock:
            self._disconnect()

    def close(self) -> None:
        with self.lock:
            self.closed = True
            self._disconnect()

    def before_fork(self) -> None:
        self.lock.acquire()  # released on both sides, by the thread that forked
        self._disconnect()

    def _connected(self, deadline: float) -> sqlite3.Connection:
        if self.closed:
            raise StoreError(f"{self.path}: this store was closed; make a new SQLiteStore")
        if self.connection is not None and self._file_now() != self.file:
            self._disconnect()  # moved or removed: what is written to the old one, nobody will find
        if self.connection is None:
            # The records are personal data: for the owner's eyes only, and SQLite gives its log files the same mode.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
            self.file = self._file_now()
            self.connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            try:
                _wait_until(self.connection, deadline)
                self._prepare(self.connection, deadline)
            except BaseException:
                self._disconnect()
                raise
        _wait_until(self.connection, deadline)
        return self.connection

    def _prepare(self, connection: sqlite3.Connection, deadline: float) -> None:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError as error:
                # Changing the mode does not wait its turn when several processes make the file at once.
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what was erased is overwritten, not only unlinked
        connection.execute("BEGIN")
        version = self._version(connection)
        connection.execute("COMMIT")
        if version == len(MIGRATIONS):
            return
        _wait_until(connection, deadline)
        connection.execute("BEGIN IMMEDIATE")
        try:
            for step in MIGRATIONS[self._version(connection) :]:  # again: another process may have been quicker
                for statement in step:
                    if callable(statement):
                        statement(connection)
                    else:
                        connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise

    def _version(self, connection: sqlite3.Connection) -> int:
        """Of the file; inside of a transaction, so that the three answers belong together."""
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != APPLICATION_ID and (version or tables):
            raise StoreError(f"{self.path}: this is another program's database; name another file for the records")
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{self.path}: written by a newer consentkit (version {version} of the file, this one knows "
                f"{len(MIGRATIONS)}); install that one"
            )
        return int(version)

    def _file_now(self) -> tuple[int, int]:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return (-1, -1)
        return (status.st_dev, status.st_ino)

    def _disconnect(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()

    def sentence(self, error: sqlite3.Error | OSError) -> str:
        if isinstance(error, sqlite3.Error):
            return f"{self.path}: {error}: {_MENDS.get(_code(error), 'SQLite refused')}"
        return f"{self.path}: {error.strerror}: {_MENDS[sqlite3.SQLITE_CANTOPEN]}"


def _head(connection: sqlite3.Connection) -> Head:
    return Head(*connection.execute("SELECT number, hash FROM head").fetchone())


def _row(entry: Entry) -> tuple[object, ...]:
    """In the order of `COLUMNS`."""
    return (
        entry.number, entry.kind, entry.at, entry.record_id, entry.subject,
        entry.payload, entry.salt, entry.digest, entry.previous, entry.hash,
    )  # fmt: skip


class _Rows:
    """The store's statements, in a transaction that was begun as ``IMMEDIATE``: nobody else writes meanwhile."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def head(self) -> Head:
        return _head(self._connection)

    def payload(self, record_id: str, /) -> str | None:
        found = self._all("SELECT payload FROM records WHERE record_id = ?", record_id)
        return found[0][0] if found else None

    def numbers(self, subject: str, /) -> list[int]:
        return [number for (number,) in self._all("SELECT number FROM records WHERE subject = ?", subject)]

    def oldest(self, limit: int, /) -> list[tuple[int, bytes, int]]:
        return self._all("SELECT number, hash, at FROM records ORDER BY number LIMIT ?", limit)

    def strays(self, before: int, limit: int, /) -> list[int]:
        query = "SELECT number FROM records WHERE at < ? AND record_id IS NOT NULL LIMIT ?"
        return [number for (number,) in self._all(query, before, limit)]

    def add(self, entry: Entry, /) -> None:
        self._connection.execute(INSERT, _row(entry))
        self._connection.execute("UPDATE head SET number = ?, hash = ?", (entry.number, entry.hash))

    def empty(self, numbers: Sequence[int], /) -> None:
        with self._doing("erase"):
            self._connection.executemany(
                "UPDATE records SET record_id = NULL, subject = NULL, payload = NULL, salt = NULL WHERE number = ?",
                [(number,) for number in numbers],
            )

    def remove(self, through: int, /) -> None:
        with self._doing("purge"):
            self._connection.execute("DELETE FROM records WHERE number <= ?", (through,))

    @contextlib.contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        """Tells the triggers. What fails inside undoes the whole transaction, this as well."""
        self._connection.execute("INSERT INTO doing VALUES (?)", (what,))
        yield
        self._connection.execute("DELETE FROM doing")

    def _all(self, query: str, *values: object) -> list[Any]:
        return self._connection.execute(query, values).fetchall()


def _wait_until(connection: sqlite3.Connection, deadline: float) -> None:
    left = max(0, int((deadline - time.monotonic()) * 1000))
    connection.execute(f"PRAGMA busy_timeout = {left}")


def _roll_back(connection: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.Error):  # a full disk has rolled back already; the first error is the one to tell
        connection.execute("ROLLBACK")


def _code(error: sqlite3.Error) -> int:
    """The primary result code (https://www.sqlite.org/rescode.html); 0 where Python itself raised."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


_handles = weakref.WeakSet[_Handle]()
_held = list[_Handle]()


def _before_fork() -> None:
    for handle in list(_handles):
        handle.before_fork()
        _held.append(handle)


def _after_fork() -> None:
    while _held:
        _held.pop().lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
