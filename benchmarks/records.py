"""How many decisions a store takes in a second, how long each waits, and how long looking through many takes.

    python -P benchmarks/records.py [--records N] [--decisions N] [--writers N] [--url URL] [--folder FOLDER]

Without --url only SQLite is measured; the database at URL should be empty and is left full. The file is made in
FOLDER (a temporary one by default) and removed; --skip-sqlite leaves it out. --records is how many there are when
verify, find and purge are timed: 100,000 by default, 10,000,000 for a site that has been busy for years. Filling goes
past `append`, many rows a commit, but makes the very rows that `append` would. Beside each figure stands the machine's
load average, because times of a busy machine say little without it.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from consentkit.consent.record import Record
from consentkit.records.chain import ChainedStore, Entry, purge, record_entry, verify
from consentkit.records.sqlite import SQLiteStore

START = 1_700_000_000
BATCH = 10_000  # rows a commit while filling
PER_SUBJECT = 3  # a decision, a change of mind, a renewal


def main() -> None:
    """Measure, and print a line each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--decisions", type=int, default=2_000)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--url")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--skip-sqlite", action="store_true")
    arguments = parser.parse_args()
    if not arguments.skip_sqlite:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            path = Path(folder) / "records.sqlite3"
            with closing(SQLiteStore(path, timeout=30)) as store:
                measure("SQLite", store, arguments, lambda entries: fill_sqlite(store, entries), lambda: _bytes(path))
    if arguments.url:
        from consentkit.records.sql import SQLStore

        with closing(SQLStore(arguments.url, timeout=30)) as sql:
            measure("PostgreSQL", sql, arguments, lambda entries: fill_sql(sql, entries), lambda: size_sql(sql))


def measure(
    name: str, store: ChainedStore, arguments: Any, filled: Callable[[Iterator[Entry]], None], size: Callable[[], int]
) -> None:
    """Everything about one store."""
    for writers in sorted({1, arguments.writers}):
        seconds, waits = decisions(store, arguments.decisions, writers)
        p99 = statistics.quantiles(waits, n=100)[98]
        told(
            name, f"{len(waits) / seconds:.0f}", f"decisions/s with {writers} writers, "
            f"median {statistics.median(waits) * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms",
        )  # fmt: skip
    with store.snapshot() as snapshot:
        head, count = snapshot.head, snapshot.count
    timed(name, f"to fill up to {arguments.records}", lambda: filled(chained(head, count, arguments.records)))
    told(name, f"{size() / arguments.records:.0f}", "bytes a record, with indexes")
    timed(name, "to verify", lambda: good(store))
    subject = subject_of(arguments.records // 2)
    timed(name, "to find a subject", lambda: store.find(subject), digits=4)
    timed(name, "to erase a subject", lambda: store.erase(subject), digits=4)
    timed(name, "to purge half of it", lambda: purge(store, START + arguments.records // 2))
    timed(name, "to verify the rest", lambda: good(store))


def good(store: ChainedStore) -> None:
    """Verifies, and ends the benchmark if anything is wrong: then its other figures mean nothing either."""
    found = verify(store)
    if not found.good:
        raise SystemExit("\n".join(map(str, found.faults)))


def decisions(store: ChainedStore, count: int, writers: int) -> tuple[float, list[float]]:
    """Appends from several threads at once: seconds in all, and of each."""
    waits = list[float]()

    def work(worker: int) -> None:
        for _ in range(count // writers):
            made = record(START + worker, record_id=str(UUID(bytes=os.urandom(16), version=4)))
            start = time.perf_counter()
            store.append(made)
            waits.append(time.perf_counter() - start)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(writers)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start, waits


def record(at: int, *, record_id: str | None = None) -> Record:
    """A decision about four purposes, as a banner makes it."""
    number = at - START
    return Record(
        record_id=record_id or str(UUID(bytes=_mixed(f"record {number}"))), subject=subject_of(number), at=at,
        source="banner",
        choices={"analytics": True, "functional": True, "marketing": False, "media": True},
        services={"media": ("vimeo", "youtube")}, policy_version="2026-11", policy_hash="0" * 32,
        text_hash="1" * 64, language="en", controller="Brightwash Ltd",
    )  # fmt: skip


def subject_of(number: int) -> str:
    """Spread as random ones are, so that indexes have the work they have in a real store."""
    return _mixed(f"subject {number // PER_SUBJECT}").hex()


def _mixed(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:16]


def chained(head: Any, first: int, last: int) -> Iterator[Entry]:
    """Rows that follow on the head."""
    for number in range(first, last):
        entry = record_entry(head, record(START + number))
        head = entry.head
        yield entry


def fill_sqlite(store: SQLiteStore, entries: Iterator[Entry]) -> None:
    from consentkit.records import sqlite

    fill(entries, store._handle.run, lambda connection, entry: sqlite._Rows(connection).add(entry))  # noqa: SLF001


def fill_sql(store: Any, entries: Iterator[Entry]) -> None:
    """By COPY: the same rows in the same columns, and the head moved in the same transaction."""
    from consentkit.records.sql import _COLUMNS

    types = ["int8", "text", "int8", "text", "text", "text", "bytea", "bytea", "bytea", "bytea"]
    while batch := list(itertools.islice(entries, BATCH)):
        pooled = store._engine.raw_connection()  # noqa: SLF001
        with closing(pooled), pooled.cursor() as cursor:
            with cursor.copy(f"COPY consent_records ({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(types)
                for entry in batch:
                    copy.write_row((
                        entry.number, entry.kind, entry.at, entry.record_id, entry.subject, entry.payload,
                        entry.salt, entry.digest, entry.previous, entry.hash,
                    ))  # fmt: skip
            cursor.execute("UPDATE consent_head SET number = %s, hash = %s", (batch[-1].number, batch[-1].hash))
            pooled.commit()


def size_sql(store: Any) -> int:
    """Of the table with its indexes and what is kept beside it, in bytes."""
    with store._engine.connect() as connection:  # noqa: SLF001
        return int(connection.exec_driver_sql("SELECT pg_total_relation_size('consent_records')").scalar_one())


def _bytes(path: Path) -> int:
    """Of the file with its write-ahead log."""
    return sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))


def fill(entries: Iterator[Entry], run: Callable[[Callable[[Any], None]], None], add: Callable[..., None]) -> None:
    """Adds all, `BATCH` rows a transaction."""
    while batch := list(itertools.islice(entries, BATCH)):

        def work(connection: Any, batch: list[Entry] = batch) -> None:
            for entry in batch:
                add(connection, entry)

        run(work)


def timed(name: str, what: str, work: Callable[[], object], digits: int = 2) -> None:
    """Runs it once and prints how long it took."""
    start = time.perf_counter()
    work()
    told(name, f"{time.perf_counter() - start:.{digits}f}", f"s {what}")


def told(name: str, figure: str, what: str) -> None:
    """Prints a line, at once: a run over millions takes long."""
    print(f"{name:12}{figure:>12} {what} (load {os.getloadavg()[0]:.1f})", flush=True)


if __name__ == "__main__":
    main()
