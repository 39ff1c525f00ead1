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
        source: a store; the path of an SQLite file; the URL of a PostgreSQL database; or None for the file
            `DEFAULT_FILE` in the working directory.

    Raises:
        StoreError: if the file or database cannot be used.
        UsageError: if it is none of these, or the packages for a database are not installed.
    """
    if source is None:
        return SQLiteStore(DEFAULT_FILE)
    if isinstance(source, str) and "://" in source:
        return _open_url(source)
    if isinstance(source, str | os.PathLike):
        return SQLiteStore(source)
    missing = [name for name in ("append", "find", "erase", "close") if not callable(getattr(source, name, None))]
    if missing:
        raise UsageError(
            f"{type(source).__name__} is no record store: it lacks {', '.join(missing)}; "
            "see consentkit.records.store.Store"
        )
    return source


def _open_url(url: str) -> Store:
    try:
        from consentkit.records.sql import SQLStore  # noqa: PLC0415 (it needs the extra)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise UsageError("records in a database need two more packages: pip install 'consentkit[sql]'") from error
    return SQLStore(url)


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
