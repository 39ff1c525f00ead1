"""`SpoolingStore`: what cannot be stored now waits in files and is stored later, in order, once each.

For ``on_store_failure = "spool"``: the visitor's decision succeeds although the store does not answer.
Its rules:

- A record is one file in a folder: written, fsynced and renamed before `append` returns, so that a
  success is as durable as the store's. The files are the owner's only.
- As long as a file waits, new records queue up behind it: a subject's records are stored in order.
- Every `append` and `find` first stores what waits, a few at a time so that no visitor waits for all.
- One process drains at a time (a lock on the folder). One that is killed between storing and removing
  leaves the file, and the next stores an equal record again, which changes nothing (see `Store.append`).
- A full folder refuses: a fault that lasts must be seen.

The folder helps against a store that is away. Against a full disk it has to be on another disk.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import cast

from consentkit.consent.record import Record, dump_record, parse_record
from consentkit.errors import StoreError
from consentkit.records.store import AsyncStore, Store, is_async
from consentkit.records.threads import in_thread

if sys.platform != "win32":  # which has no flock: there one process has to be enough
    import fcntl

logger = logging.getLogger("consentkit")

# Records that may wait. At about 1 KB each some 10 MB; a store that was away for so many decisions needs somebody.
SPOOL_LIMIT = 10_000

# Seconds after which a draft is nobody's any more: who wrote it was killed before anything was answered. A disk that
# takes longer for one file has lost its visitor long since.
DRAFT_AGE = 3_600

# Records stored on the way of one visitor, who waits for some fsyncs: more than the one that comes, so that
# the folder empties.
DRAIN_BATCH = 50


class Spool:
    """The folder and its files.

    Args:
        folder: made if it is not there.
        limit: how many records may wait.

    Raises:
        StoreError: if the folder cannot be made.
    """

    def __init__(self, folder: str | os.PathLike[str], *, limit: int = SPOOL_LIMIT) -> None:
        self.folder, self.limit = Path(folder).absolute(), limit
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            for path in self.folder.glob("*.draft"):
                self._sweep(path)
        except OSError as error:
            raise StoreError(f"{self.folder}: {error.strerror}: records cannot wait there") from error

    def waiting(self) -> list[Path]:
        """The files of the records that wait, oldest first.

        Raises:
            StoreError: if the folder cannot be read.
        """
        try:
            return sorted(path for path in self.folder.iterdir() if path.suffix == ".json")
        except OSError as error:
            raise StoreError(f"{self.folder}: {error.strerror}: records cannot wait there") from error

    def put(self, record: Record) -> None:
        """Keeps a record until it can be stored; it survives a crash once this returns.

        Raises:
            StoreError: if the folder is full or cannot be written; then nothing was kept.
        """
        name = f"{time.time_ns():020d}-{record.record_id}"
        draft = self.folder / f"{name}.draft"
        try:
            if len(self.waiting()) >= self.limit:
                raise StoreError(f"{self.folder}: {self.limit} records wait already; mend the record store")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(dump_record(record).encode())
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self.folder / f"{name}.json")
            self._sync_folder()
        except (OSError, UnicodeEncodeError) as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise StoreError(f"{self.folder}: {error}: the record cannot wait there") from error

    def read(self, path: Path) -> Record | None:
        """The record in a file; None if it was stored meanwhile.

        Raises:
            StoreError: if the file holds no record.
        """
        try:
            return parse_record(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StoreError(f"{path}: {error}: move the file away and look into it") from error

    def remove(self, path: Path) -> None:
        """The record was stored.

        Raises:
            StoreError: if the file cannot be removed.
        """
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}: what was stored cannot be removed") from error

    @contextlib.contextmanager
    def claimed(self) -> Iterator[bool]:
        """Whether the caller may drain now; nobody else does so within."""
        if sys.platform == "win32":
            yield True
            return
        try:
            file = (self.folder / "lock").open("ab")
        except OSError as error:
            raise StoreError(f"{self.folder}: {error.strerror}: the folder cannot be locked") from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True  # closing the file lets go

    def _sweep(self, draft: Path) -> None:
        """Removes a draft that a killed process left: it names a visitor, and nothing would ever erase it."""
        with contextlib.suppress(FileNotFoundError):  # finished or swept by another process
            if time.time() - draft.stat().st_mtime > DRAFT_AGE:
                draft.unlink()

    def _sync_folder(self) -> None:
        if sys.platform == "win32":
            return  # where a folder cannot be opened
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def busy(self) -> StoreError:
        """The error of a question that nobody can answer while records wait."""
        return StoreError(f"{self.folder}: records wait there to be stored; try again")

    def tell(self, error: StoreError) -> None:
        """Says in the log that records wait, and why."""
        logger.error("The record store failed, so the record waits in %s: %s", self.folder, error)


class SpoolingStore:
    """A `Store` that lets records wait while the one behind it fails.

    Args:
        store: the real one.
        spool: where they wait.
    """

    def __init__(self, store: Store, spool: Spool) -> None:
        self.store, self.spool = store, spool

    def append(self, record: Record, /) -> None:
        """See `Store.append`."""
        try:
            if self.drain():
                self.store.append(record)
                return
        except StoreError as error:
            self.spool.tell(error)
        self.spool.put(record)

    def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`. As long as records wait that cannot be stored, nobody can say which there are."""
        if not self.drain():
            raise self.spool.busy()
        return self.store.find(subject)

    def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        if not self.drain():
            raise self.spool.busy()
        return self.store.erase(subject)

    def close(self) -> None:
        """See `Store.close`. What waits goes on waiting."""
        self.store.close()

    def drain(self) -> bool:
        """Stores what waits, `DRAIN_BATCH` records at most, and says whether nothing waits any more.

        Raises:
            StoreError: if the store fails still.
        """
        if not self.spool.waiting():
            return True
        with self.spool.claimed() as claimed:
            if not claimed:
                return False
            for path in self.spool.waiting()[:DRAIN_BATCH]:
                record = self.spool.read(path)
                if record is not None:
                    self.store.append(record)
                    self.spool.remove(path)
            return not self.spool.waiting()


class AsyncSpoolingStore:
    """The same for a store that is awaited.

    Args:
        store: the real one.
        spool: where records wait.
    """

    def __init__(self, store: AsyncStore, spool: Spool) -> None:
        self.store, self.spool = store, spool

    async def append(self, record: Record, /) -> None:
        """See `Store.append`."""
        try:
            if await self.drain():
                await self.store.append(record)
                return
        except StoreError as error:
            self.spool.tell(error)
        await in_thread(lambda: self.spool.put(record))

    async def find(self, subject: str, /) -> list[Record]:
        """See `SpoolingStore.find`."""
        if not await self.drain():
            raise self.spool.busy()
        return await self.store.find(subject)

    async def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        if not await self.drain():
            raise self.spool.busy()
        return await self.store.erase(subject)

    async def close(self) -> None:
        """See `Store.close`. What waits goes on waiting."""
        await self.store.close()

    async def drain(self) -> bool:
        """See `SpoolingStore.drain`."""
        if not await in_thread(self.spool.waiting):
            return True
        with self.spool.claimed() as claimed:
            if not claimed:
                return False
            for path in (await in_thread(self.spool.waiting))[:DRAIN_BATCH]:
                record = await in_thread(partial(self.spool.read, path))
                if record is not None:
                    await self.store.append(record)
                    await in_thread(partial(self.spool.remove, path))
            return not await in_thread(self.spool.waiting)


def spooling(store: Store | AsyncStore, spool: Spool) -> SpoolingStore | AsyncSpoolingStore:
    """The store with a spool before it."""
    return AsyncSpoolingStore(store, spool) if is_async(store) else SpoolingStore(cast("Store", store), spool)
