"""One rule: what violations were counted stands in a table of the PostgreSQL database, beside the records."""

from __future__ import annotations

from sqlalchemy import Connection, text

from consentkit.consent.violation import Violation

TABLE = """CREATE TABLE consent_violations (
    host TEXT NOT NULL, directive TEXT NOT NULL, service TEXT NOT NULL, page TEXT NOT NULL,
    count BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (host, directive)
)"""
_ADD = text(
    """INSERT INTO consent_violations AS kept (host, directive, service, page, count, at)
    VALUES (:host, :directive, :service, :page, :count, :at)
    ON CONFLICT (host, directive) DO UPDATE SET count = kept.count + excluded.count,
        at = greatest(kept.at, excluded.at), service = excluded.service"""
)
_SIZE = text("SELECT count(*) FROM consent_violations")
_KNOWN = text("SELECT 1 FROM consent_violations WHERE host = :host AND directive = :directive")
_READ = text(
    "SELECT host, directive, service, page, count, at FROM consent_violations ORDER BY count DESC, host, directive"
)


class CountsTable:
    """See `violations.Table`; in the connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def size(self) -> int:
        """How many rows there are."""
        return int(self._connection.execute(_SIZE).scalar_one())

    def knows(self, host: str, directive: str, /) -> bool:
        """Whether there is a row of the host and directive."""
        return self._connection.execute(_KNOWN, {"host": host, "directive": directive}).first() is not None

    def add(self, violation: Violation, /) -> None:
        """Adds to that row, or makes it."""
        each = violation
        self._connection.execute(
            _ADD,
            {
                "host": each.host, "directive": each.directive, "service": each.service, "page": each.page,
                "count": each.count, "at": each.at,
            },
        )  # fmt: skip


def all_counts(connection: Connection) -> list[Violation]:
    """What the database holds, the most frequent first."""
    return [Violation(*row) for row in connection.execute(_READ).all()]
