"""One rule: what violations were counted stands in a table of the SQLite file, beside the records, no part of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from consentkit.consent.violation import Violation
from consentkit.errors import StoreError

# Made when it is first needed: a file without it is whole.
_TABLE = """CREATE TABLE IF NOT EXISTS violations (
    host TEXT NOT NULL, directive TEXT NOT NULL, service TEXT NOT NULL, page TEXT NOT NULL,
    count INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (host, directive)
) WITHOUT ROWID"""
_THERE = "SELECT 1 FROM sqlite_master WHERE name = 'violations'"
_ADD = """INSERT INTO violations (host, directive, service, page, count, at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count, at = max(at, excluded.at), service = excluded.service"""
_KNOWN = "SELECT 1 FROM violations WHERE host = ? AND directive = ?"
_READ = "SELECT host, directive, service, page, count, at FROM violations ORDER BY count DESC, host, directive"


class CountsTable:
    """See `violations.Table`; in a transaction that was begun as ``IMMEDIATE``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(_TABLE)

    def size(self) -> int:
        """How many rows there are."""
        (rows,) = self._connection.execute("SELECT count(*) FROM violations").fetchone()
        return int(rows)

    def knows(self, host: str, directive: str, /) -> bool:
        """Whether there is a row of the host and directive."""
        return self._connection.execute(_KNOWN, (host, directive)).fetchone() is not None

    def add(self, violation: Violation, /) -> None:
        """Adds to that row, or makes it."""
        each = violation
        self._connection.execute(_ADD, (each.host, each.directive, each.service, each.page, each.count, each.at))


def all_counts(connection: sqlite3.Connection) -> list[Violation]:
    """What a file holds, the most frequent first."""
    rows = connection.execute(_READ).fetchall() if connection.execute(_THERE).fetchone() else []
    return [Violation(*row) for row in rows]


def read(path: Path) -> list[Violation]:
    """The same of a file that is only read, and not made where there is none.

    Raises:
        StoreError: if it cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)) as connection:
            return all_counts(connection)
    except sqlite3.Error as error:
        message = f"{path}: {error}: name the SQLite file that the site keeps its records in"
        raise StoreError(message) from error
