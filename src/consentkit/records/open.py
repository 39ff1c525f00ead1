"""`open_store`: from what a caller wrote to a store."""

from __future__ import annotations

import os

from consentkit.errors import UsageError
from consentkit.records.archive import Archive
from consentkit.records.spool import AsyncSpoolingStore, Spool, SpoolingStore, spooling
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.store import AsyncStore, Store

DEFAULT_FILE = "consent-records.sqlite3"  # in the working directory
DEFAULT_ARCHIVE = "consent-records.archive"  # likewise
DEFAULT_SPOOL = "consent-records.spool"  # likewise, for stores that are no file


def open_store(
    source: Store | AsyncStore | str | os.PathLike[str] | None, *, patient: bool = False
) -> Store | AsyncStore:
    """The store that is meant.

    Args:
        source: a store; the path of an SQLite file; the URL of a PostgreSQL database; or None for the file
            `DEFAULT_FILE` in the working directory.
        patient: whether a fault of the file or database that may pass is waited out (see `SQLiteStore`, `SQLStore`).

    Raises:
        StoreError: if the file or database cannot be used.
        UsageError: if it is none of these, or the packages for a database are not installed.
    """
    if source is None:
        return SQLiteStore(DEFAULT_FILE, patient=patient)
    if isinstance(source, str) and "://" in source:
        return _open_url(source, patient)
    if isinstance(source, str | os.PathLike):
        return SQLiteStore(source, patient=patient)
    missing = [name for name in ("append", "find", "erase", "close") if not callable(getattr(source, name, None))]
    if missing:
        raise UsageError(
            f"{type(source).__name__} is no record store: it lacks {', '.join(missing)}; "
            "see consentkit.records.store.Store"
        )
    return source


def _open_url(url: str, patient: bool) -> Store:
    try:
        from consentkit.records.sql import SQLStore  # noqa: PLC0415 (it needs the extra)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise UsageError("records in a database need two more packages: pip install 'consentkit[sql]'") from error
    return SQLStore(url, patient=patient)


def open_spooling(source: Store | AsyncStore | str | os.PathLike[str] | None) -> Store | AsyncStore:
    """The store that is meant, with a spool before it (``on_store_failure = "spool"``).

    Records wait in a folder beside the SQLite file, or in `DEFAULT_SPOOL` in the working directory. For another
    place give a `SpoolingStore` of your own. A store that fails when the site starts is no hindrance, either, unless
    it would fail for good.

    Args:
        source: as `open_store` takes it.

    Raises:
        StoreError: if the file or the folder cannot be used.
        UsageError: as `open_store`.
    """
    store = open_store(source, patient=True)
    if isinstance(store, SpoolingStore | AsyncSpoolingStore):
        return store
    return spooling(store, Spool(f"{store.path}.spool" if isinstance(store, SQLiteStore) else DEFAULT_SPOOL))


def open_archive(
    archive: Archive | str | os.PathLike[str] | bool | None,
    records: Store | AsyncStore | str | os.PathLike[str] | None,
) -> Archive | None:
    """The archive of policies and texts that is meant.

    Args:
        archive: one; its folder; True for `DEFAULT_ARCHIVE` in the working directory; False for none; None for a
            folder beside the SQLite file (``….archive``), for `DEFAULT_ARCHIVE` where records are in a database, and
            for none with a store object.
        records: what `open_store` is given.

    Raises:
        StoreError: if the folder cannot be made.
    """
    if isinstance(archive, Archive):
        return archive
    if isinstance(archive, bool):
        return Archive(DEFAULT_ARCHIVE) if archive else None
    if archive is not None:
        return Archive(archive)
    if records is None or (isinstance(records, str) and "://" in records):
        return Archive(DEFAULT_ARCHIVE)
    if isinstance(records, str | os.PathLike):
        return Archive(f"{os.fspath(records).removesuffix('.sqlite3')}.archive")
    return None
