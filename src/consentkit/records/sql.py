"""`SQLStore`: records in PostgreSQL, for sites that run on several machines. Needs the extra ``consentkit[sql]``.

Its rules:

- **Durable** as the server is: `append` returns after the commit. Leave ``synchronous_commit`` and ``fsync`` on.
- **Many writers, one chain.** A writer locks the row of the head, so that writers of all machines take turns; each
  transaction is a few short statements and ends with one flush of the server's disk.
- **Append-only and chained.** Triggers refuse to change, remove or truncate; see `consentkit.records.chain`.
- **At most `LOCK_WAIT`** is waited for other writers, and not much longer for the server.
- **Connections come and go.** Each is tried before use, so that a restart of the server is noticed by nobody but
  those in the middle of a transaction; they get a `StoreError`, and may append the same record again.
"""

from __future__ import annotations

import contextlib
import logging
import os
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from consentkit.consent.record import Record, parse_record
from consentkit.consent.violation import Violation
from consentkit.errors import StoreError, UsageError
from consentkit.records import partitions, rows, sql_counts
from consentkit.records.chain import START, Entry, Head, Snapshot
from consentkit.records.store import LOCK_WAIT
from consentkit.records.violations import add

T = TypeVar("T")

logger = logging.getLogger("consentkit")

# "ckrs": the key of the advisory lock under which tables are made and changed.
MIGRATION_LOCK = 0x636B7273

# Connections that one process may have: as many as threads use a store under ASGI, and some for WSGI's threads.
CONNECTIONS = 8

# Seconds to reach the server; libpq knows no fewer than 2.
CONNECT_WAIT = 2

# Rows that are fetched at once when all are walked.
FETCHED = 1000

# What leads from each version of the tables to the next; `consent_schema` counts those that were done.
# Never change a line that was released: add a tuple.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE consent_records (
            number BIGINT PRIMARY KEY,
            kind TEXT NOT NULL,
            at BIGINT NOT NULL,
            record_id TEXT UNIQUE,
            subject TEXT,
            payload TEXT,
            salt BYTEA,
            digest BYTEA NOT NULL,
            previous_hash BYTEA NOT NULL,
            hash BYTEA NOT NULL
        )""",
        # An index holds no text of any length, but its MD5, which need not be safe here: the text is compared as well.
        "CREATE INDEX consent_records_by_subject ON consent_records (md5(subject), number) WHERE subject IS NOT NULL",
        "CREATE INDEX consent_records_by_time ON consent_records (at) WHERE record_id IS NOT NULL",
        """CREATE TABLE consent_head (
            one INTEGER PRIMARY KEY CHECK (one = 1), number BIGINT NOT NULL, hash BYTEA NOT NULL
        )""",
        f"INSERT INTO consent_head VALUES (1, 0, '\\x{START.hash.hex()}')",  # noqa: S608 (zeros)
        """CREATE FUNCTION consent_records_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND current_setting('consentkit.doing', true) = 'purge' THEN
                RETURN OLD;
            ELSIF TG_OP = 'UPDATE' AND current_setting('consentkit.doing', true) = 'erase' THEN
                IF NEW.payload IS NULL AND NEW.salt IS NULL AND NEW.record_id IS NULL AND NEW.subject IS NULL
                    AND (NEW.number, NEW.kind, NEW.at, NEW.digest, NEW.previous_hash, NEW.hash)
                      = (OLD.number, OLD.kind, OLD.at, OLD.digest, OLD.previous_hash, OLD.hash) THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'records are append-only; a withdrawal is a new record';
        END $$""",
        """CREATE TRIGGER consent_records_rows BEFORE UPDATE OR DELETE ON consent_records
            FOR EACH ROW EXECUTE FUNCTION consent_records_guard()""",
        """CREATE TRIGGER consent_records_all BEFORE TRUNCATE ON consent_records
            FOR EACH STATEMENT EXECUTE FUNCTION consent_records_guard()""",
    ),
    (sql_counts.TABLE,),
)

_COLUMNS = "number, kind, at, record_id, subject, payload, salt, digest, previous_hash, hash"
# One statement for both, because each costs a way to the server and back while others wait.
_ADD = text(
    """WITH head AS (UPDATE consent_head SET number = :number, hash = :hash)
    INSERT INTO consent_records
    VALUES (:number, :kind, :at, :record_id, :subject, :payload, :salt, :digest, :previous, :hash)"""
)
_HEAD = text("SELECT number, hash FROM consent_head")
_LOCK_HEAD = text("SELECT number, hash FROM consent_head FOR UPDATE")
_BY_ID = text("SELECT number, payload FROM consent_records WHERE record_id = :key")
_BY_SUBJECT = text(
    "SELECT number, payload FROM consent_records WHERE md5(subject) = md5(:key) AND subject = :key ORDER BY number"
)
_EMPTY = text(
    "UPDATE consent_records SET record_id = NULL, subject = NULL, payload = NULL, salt = NULL WHERE number IN :numbers"
).bindparams(bindparam("numbers", expanding=True))
_OLDEST = text("SELECT number, hash, at FROM consent_records ORDER BY number LIMIT :limit")
_STRAYS = text("SELECT number FROM consent_records WHERE at < :before AND record_id IS NOT NULL LIMIT :limit")
_DELETE = text("DELETE FROM consent_records WHERE number <= :last")


class SQLStore:
    """Records in a PostgreSQL database. Its tables are made if they are not there.

    Args:
        url: ``postgresql://user:password@host/database``, or SQLAlchemy's URL.
        timeout: seconds to wait for other writers, at most.
        patient: whether a database that cannot be reached now is looked into when it first can be. For whoever has
            another place for records meanwhile: a server whose workers begin anew just then has to start all the same.

    Raises:
        StoreError: if the database cannot be reached (unless patient), or its tables are those of a newer consentkit.
        UsageError: if it is no URL of a PostgreSQL database, or the driver is not installed.
    """

    def __init__(self, url: str | URL, *, timeout: float = LOCK_WAIT, patient: bool = False) -> None:
        self.url, self.timeout = _url(url), timeout
        self._closed = self._migrated = False
        try:
            self._engine = create_engine(
                self.url,
                pool_size=CONNECTIONS,
                max_overflow=0,
                pool_timeout=timeout,
                pool_pre_ping=True,
                connect_args={"connect_timeout": CONNECT_WAIT},
            )
        except ModuleNotFoundError as error:
            raise UsageError(
                f"the driver for PostgreSQL is not installed ({error.name}); pip install 'consentkit[sql]'"
            ) from error
        try:
            self._look()
        except StoreError as error:
            if not patient or not isinstance(error.__cause__, OperationalError):
                raise
            logger.error("The record store cannot be reached yet: %s", error)  # noqa: TRY400 (it says all)
        finally:
            self._engine.dispose()  # some servers fork their workers without telling Python
        _stores.add(self)
        weakref.finalize(self, self._engine.dispose)

    def append(self, record: Record, /) -> None:
        """See `Store.append`."""
        self._run(lambda connection: rows.append(_Rows(connection), record))

    def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        return self._records(_BY_SUBJECT, subject)

    def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        return self._run(lambda connection: rows.erase(_Rows(connection), subject))

    def record(self, record_id: str, /) -> Record | None:
        """See `ChainedStore.record`."""
        found = self._records(_BY_ID, record_id)
        return found[0] if found else None

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """See `ChainedStore.snapshot`."""
        self._look()
        with self._errors(), self._engine.connect() as plain:
            connection = plain.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                head = Head(*_pair(connection.execute(_HEAD).one()))
                count = connection.execute(text("SELECT count(*) FROM consent_records")).scalar_one()
                walk = connection.execution_options(stream_results=True, yield_per=FETCHED).execute(
                    text(f"SELECT {_COLUMNS} FROM consent_records ORDER BY number")  # noqa: S608 (our own names)
                )
                yield Snapshot(head, count, (Entry(*row) for row in walk))

    def purge_slice(self, before: int, /) -> int:
        """See `ChainedStore.purge_slice`."""
        return self._run(lambda connection: rows.purge_slice(_Rows(connection), before))

    def partition(self, *, now: float, months: int = partitions.MONTHS) -> partitions.Partitioned:
        """Keeps the table in monthly partitions from now on; see `partitions`. Run it once a month.

        Args:
            now: POSIX seconds.
            months: how many coming months get a partition.

        Raises:
            StoreError: if the user does not own the table, or others hold it for too long; then nothing was changed.
        """
        return self._run(lambda connection: partitions.partition(connection, now=now, months=months))

    def count(self, violations: Sequence[Violation], /) -> None:
        """Adds to what was counted; see `consentkit.records.violations`."""
        self._run(lambda connection: add(sql_counts.CountsTable(connection), violations))

    def violations(self) -> list[Violation]:
        """What was counted, the most frequent first."""
        return self._run(sql_counts.all_counts)

    def close(self) -> None:
        """See `Store.close`."""
        self._closed = True
        self._engine.dispose()

    def after_fork(self) -> None:
        """Forgets the parent's connections in a child, without a word to the server: they are the parent's."""
        self._engine.dispose(close=False)

    def _records(self, query: Any, key: str) -> list[Record]:
        records = list[Record]()
        for number, payload in self._run(lambda connection: connection.execute(query, {"key": key}).all()):
            try:
                records.append(parse_record(payload))
            except ValueError as error:
                raise StoreError(f"{self}: record number {number} cannot be read: {error}") from error
        return records

    def _run(self, work: Callable[[Connection], T]) -> T:
        if self._closed:
            raise StoreError(f"{self}: this store was closed; make a new SQLStore")
        self._look()
        return self._do(work)

    def _look(self) -> None:
        """Makes the tables, or brings them forward, once. Who does it besides waits, and finds it done."""
        if not self._migrated:
            self._do(self._migrate)
            self._migrated = True

    def _do(self, work: Callable[[Connection], T]) -> T:
        with self._errors(), self._engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, int(self.timeout * 1000))}")
            return work(connection)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except UnicodeEncodeError as error:
            raise StoreError(f"{self}: the record holds text that is not Unicode: {error.reason}") from error
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise StoreError(f"{self}: {cause}; look into the server's log") from error

    def _migrate(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS consent_schema (version INTEGER NOT NULL)")
        version = connection.exec_driver_sql("SELECT max(version) FROM consent_schema").scalar() or 0
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{self}: written by a newer consentkit (version {version} of the tables, this one knows "
                f"{len(MIGRATIONS)}); install that one"
            )
        for number, step in enumerate(MIGRATIONS[version:], version + 1):
            for statement in step:
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql(f"INSERT INTO consent_schema VALUES ({number})")  # noqa: S608 (a number)

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)


def _url(url: str | URL) -> URL:
    try:
        made = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UsageError("this is no URL of a database; write postgresql://user:password@host/database") from error
    if made.get_backend_name() not in {"postgresql", "postgres"}:
        raise UsageError(
            f"'{made.drivername}' is no PostgreSQL; for SQLite give the path of the file, for others write a store"
        )
    # Which driver a bare URL means differs between releases of SQLAlchemy; the extra brings this one.
    return made.set(drivername="postgresql+psycopg") if "+" not in made.drivername else made


def _pair(row: Any) -> tuple[int, bytes]:
    return int(row[0]), bytes(row[1])


class _Rows:
    """The store's statements, in the connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def head(self) -> Head:
        return Head(*_pair(self._connection.execute(_LOCK_HEAD).one()))

    def payload(self, record_id: str, /) -> str | None:
        found = self._connection.execute(_BY_ID, {"key": record_id}).first()
        return None if found is None else str(found[1])

    def numbers(self, subject: str, /) -> list[int]:
        return [row[0] for row in self._connection.execute(_BY_SUBJECT, {"key": subject})]

    def oldest(self, limit: int, /) -> list[tuple[int, bytes, int]]:
        return [(*_pair(row), row[2]) for row in self._connection.execute(_OLDEST, {"limit": limit})]

    def strays(self, before: int, limit: int, /) -> list[int]:
        return [row[0] for row in self._connection.execute(_STRAYS, {"before": before, "limit": limit})]

    def add(self, entry: Entry, /) -> None:
        self._connection.execute(
            _ADD,
            {
                "number": entry.number, "kind": entry.kind, "at": entry.at, "record_id": entry.record_id,
                "subject": entry.subject, "payload": entry.payload, "salt": entry.salt, "digest": entry.digest,
                "previous": entry.previous, "hash": entry.hash,
            },
        )  # fmt: skip

    def empty(self, numbers: Sequence[int], /) -> None:
        self._doing("erase")
        for start in range(0, len(numbers), FETCHED):  # below the 65,535 parameters of one statement
            self._connection.execute(_EMPTY, {"numbers": numbers[start : start + FETCHED]})

    def remove(self, through: int, /) -> None:
        self._doing("purge")
        self._connection.execute(_DELETE, {"last": through})

    def _doing(self, what: str) -> None:
        """Tells the triggers, for the length of the transaction."""
        self._connection.execute(text("SELECT set_config('consentkit.doing', :what, true)"), {"what": what})


_stores = weakref.WeakSet[SQLStore]()


def _after_fork_in_child() -> None:
    for store in list(_stores):
        store.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
