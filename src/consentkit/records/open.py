"""`open_store`: from what a caller wrote to a store."""

from __future__ import annotations

import os

from consentkit.errors import UsageError
from consentkit.records.spool import AsyncSpoolingStore, Spool, SpoolingStore, spooling
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.store import AsyncStore, Store

DEFAULT_FILE = "consent-records.sqlite3"  # in the working directory
DEFAULT_SPOOL = "consent-records.spool"  # likewise, for stores that are no file


def open_store(source: Store | AsyncStore | str | os.PathLike[str] | None) -> Store | AsyncStore:
    """The store that is meant.

    Args:
        source: a store; the path of an SQLite file; or None for the file `DEFAULT_FILE` in the working directory.

    Raises:
        StoreError: if the file cannot be used.
        UsageError: if it is neither.
    """
    if source is None:
        return SQLiteStore(DEFAULT_FILE)
    if isinstance(source, str) and "://" in source:
        raise UsageError(f"'{source}' is a URL; give the path of an SQLite file, or a store for that database")
    if isinstance(source, str | os.PathLike):
        return SQLiteStore(source)
    missing = [name for name in ("append", "find", "erase", "close") if not callable(getattr(source, name, None))]
    if missing:
        raise UsageError(
            f"{type(source).__name__} is no record store: it lacks {', '.join(missing)}; "
            "see consentkit.records.store.Store"
        )
    return source


def open_spooling(source: Store | AsyncStore | str | os.PathLike[str] | None) -> Store | AsyncStore:
    """The store that is meant, with a spool before it (``on_store_failure = "spool"``).

    Records wait in a folder beside the SQLite file, or in `DEFAULT_SPOOL` in the working directory. For another
    place give a `SpoolingStore` of your own.

    Args:
        source: as `open_store` takes it.

    Raises:
        StoreError: if the file or the folder cannot be used.
        UsageError: as `open_store`.
    """
    store = open_store(source)
    if isinstance(store, SpoolingStore | AsyncSpoolingStore):
        return store
    return spooling(store, Spool(f"{store.path}.spool" if isinstance(store, SQLiteStore) else DEFAULT_SPOOL))
