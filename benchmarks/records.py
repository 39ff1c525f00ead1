"""How many decisions a store takes in a second, how long each waits, and how long looking through many takes.

    python -P benchmarks/records.py [--records N] [--decisions N] [--writers N] [--url URL] [--folder FOLDER]

Without --url only SQLite is measured; the database at URL should be empty and is left full. The file is made in
FOLDER (a temporary one by default) and removed. --records is how many there are when verify, find and purge are timed:
100,000 by default, 10,000,000 for a site that has been busy for years. Filling goes past `append`, many rows a commit.
"""

from __future__ import annotations

import argparse
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
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "records.sqlite3"
        with closing(SQLiteStore(path, timeout=30)) as store:
            measure("SQLite", store, arguments, lambda entries: fill_sqlite(store, entries))
            print(f"{'':12}{path.stat().st_size / arguments.records:10.0f} bytes a record in the file")
    if arguments.url:
        from consentkit.records.sql import SQLStore

        with closing(SQLStore(arguments.url, timeout=30)) as sql:
            measure("PostgreSQL", sql, arguments, lambda entries: fill_sql(sql, entries))


def measure(name: str, store: ChainedStore, arguments: Any, filled: Callable[[Iterator[Entry]], None]) -> None:
    """Everything about one store."""
    for writers in sorted({1, arguments.writers}):
        seconds, waits = decisions(store, arguments.decisions, writers)
        p99 = statistics.quantiles(waits, n=100)[98]
        print(
            f"{name:12}{len(waits) / seconds:10.0f} decisions/s with {writers} writers, "
            f"median {statistics.median(waits) * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms"
        )
    with store.snapshot() as snapshot:
        head, count = snapshot.head, snapshot.count
    timed(name, f"to fill up to {arguments.records}", lambda: filled(chained(head, count, arguments.records)))
    timed(name, "to verify", lambda: verify(store))
    subject = f"{arguments.records // 2 // PER_SUBJECT:032x}"
    timed(name, "to find a subject", lambda: store.find(subject), digits=4)
    timed(name, "to erase a subject", lambda: store.erase(subject), digits=4)
    timed(name, "to purge half of it", lambda: purge(store, START + arguments.records // 2))
    timed(name, "to verify the rest", lambda: verify(store))


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
        record_id=record_id or str(UUID(int=number)), subject=f"{number // PER_SUBJECT:032x}", at=at, source="banner",
        choices={"analytics": True, "functional": True, "marketing": False, "media": True},
        services={"media": ("vimeo", "youtube")}, policy_version="2026-11", policy_hash="0" * 32,
        text_hash="1" * 64, language="en", controller="Brightwash Ltd",
    )  # fmt: skip


def chained(head: Any, first: int, last: int) -> Iterator[Entry]:
    """Rows that follow on the head."""
    for number in range(first, last):
        entry = record_entry(head, record(START + number))
        head = entry.head
        yield entry


def fill_sqlite(store: SQLiteStore, entries: Iterator[Entry]) -> None:
    from consentkit.records import sqlite

    fill(entries, store._handle.run, sqlite._add)  # noqa: SLF001


def fill_sql(store: Any, entries: Iterator[Entry]) -> None:
    from consentkit.records import sql

    fill(entries, store._run, sql._add)  # noqa: SLF001


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
    print(f"{name:12}{time.perf_counter() - start:10.{digits}f} s {what}")


if __name__ == "__main__":
    main()
