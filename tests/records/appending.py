"""A worker process of the tests: appends records to a file, and says of each that it was kept.

python appending.py FILE|URL FIRST COUNT
"""

from __future__ import annotations

import sys
from uuid import UUID

from consentkit.consent.record import Record
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.store import Store

PATIENCE = 180.0  # seconds that a worker waits for the others, on a slow machine with every core busy


def _open(path: str) -> Store:
    if "://" not in path:
        return SQLiteStore(path, timeout=PATIENCE)
    from consentkit.records.sql import SQLStore

    return SQLStore(path, timeout=PATIENCE)


def main(path: str, first: str, count: str) -> None:
    """Appends the records of the numbers and prints each number afterwards."""
    store = _open(path)
    for number in range(int(first), int(first) + int(count)):
        record = Record(
            record_id=str(UUID(int=number)), subject="crowd", at=number, source="api", choices={"analytics": True},
            services={}, policy_version="1", policy_hash="0", text_hash="0", language="en", controller="Brightwash",
        )  # fmt: skip
        store.append(record)
        print(number, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
