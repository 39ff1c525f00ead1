"""Counts of violations in the store, so that `consentkit report` sees what every worker was told.

A store may count: a method `count(violations)`, plain or ``async def``, adds to what it holds. `SQLiteStore` does, in
a table beside the records; a store that does not lets them go: they are no proof of anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

from consentkit.consent.violation import OTHERS, Violation
from consentkit.errors import StoreError
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.threads import in_thread

# Rows that the table may have. Anybody can send reports about hosts that they invented; beyond this all others
# are counted as one.
MAX_ROWS = 10_000

_TABLE = """CREATE TABLE IF NOT EXISTS violations (
    host TEXT NOT NULL, directive TEXT NOT NULL, service TEXT NOT NULL, page TEXT NOT NULL,
    count INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (host, directive)
) WITHOUT ROWID"""
_ADD = """INSERT INTO violations (host, directive, service, page, count, at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count, at = max(at, excluded.at), service = excluded.service"""
_KNOWN = "SELECT 1 FROM violations WHERE host = ? AND directive = ?"
_READ = "SELECT host, directive, service, page, count, at FROM violations ORDER BY count DESC, host, directive"


def add(connection: sqlite3.Connection, violations: Sequence[Violation]) -> None:
    """Adds to what the file holds, inside of the caller's transaction."""
    connection.execute(_TABLE)
    (rows,) = connection.execute("SELECT count(*) FROM violations").fetchone()
    for each in violations:
        known = connection.execute(_KNOWN, (each.host, each.directive)).fetchone() is not None
        host, service, page = each.host, each.service, each.page
        if not known and rows >= MAX_ROWS:
            host, service, page = OTHERS, "", "/"
        elif not known:
            rows += 1
        connection.execute(_ADD, (host, each.directive, service, page, each.count, each.at))


def read(path: Path) -> list[Violation]:
    """What all workers counted into an SQLite file, the most frequent first. The file is only read.

    Raises:
        StoreError: if it cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)) as connection:
            tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'violations'").fetchone()
            rows = connection.execute(_READ).fetchall() if tables else []
    except sqlite3.Error as error:
        message = f"{path}: {error}: name the SQLite file that the site keeps its records in"
        raise StoreError(message) from error
    return [Violation(*row) for row in rows]


def count(store: object, violations: Sequence[Violation]) -> None:
    """Adds to what a plain store holds, or nothing where it does not count.

    Raises:
        StoreError: if it failed.
    """
    if (method := _counting(store)) is not None and not iscoroutinefunction(method):
        method(violations)


async def count_async(store: object, violations: Sequence[Violation]) -> None:
    """The same for a store that is awaited."""
    method = _counting(store)
    if method is None:
        return
    if iscoroutinefunction(method):
        await method(violations)
    else:
        await in_thread(lambda: method(violations))


def _counting(store: object) -> Callable[[Sequence[Violation]], Any] | None:
    """How a store counts; those that stand before others (threads, spool) are looked behind."""
    seen = 0
    while seen < 8:  # no chain of stores is longer; a store that is its own ends here
        if isinstance(store, SQLiteStore):
            handle = store._handle  # noqa: SLF001 (of the same room)
            return lambda violations: handle.run(lambda connection: add(connection, violations))
        method = getattr(store, "count", None)
        if callable(method):
            found: Callable[[Sequence[Violation]], Any] = method
            return found
        store, seen = getattr(store, "store", None), seen + 1
    return None
