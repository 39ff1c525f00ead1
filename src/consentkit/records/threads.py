"""`AsyncFromSync`: a plain store for the event loop, run in threads and never on the loop's own (asyncio and trio)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from consentkit.consent.record import Record
from consentkit.errors import StoreError
from consentkit.records.store import LOCK_WAIT, AsyncStore, Store, is_async

T = TypeVar("T")

# Threads that stores may use in one event loop. Their own, because a locked store must not take the
# threads in which frameworks run the app's plain functions; few, because writers queue up anyway.
STORE_THREADS = 4

_places = RunVar[anyio.CapacityLimiter]("consentkit.records.threads")


async def in_thread(function: Callable[[], T]) -> T:
    """Runs a store's function in a thread.

    Raises:
        StoreError: if `STORE_THREADS` others held their threads for longer than `LOCK_WAIT`.
    """
    try:
        places = _places.get()
    except LookupError:
        places = anyio.CapacityLimiter(STORE_THREADS)
        _places.set(places)
    ticket = object()
    try:
        with anyio.fail_after(LOCK_WAIT):
            await places.acquire_on_behalf_of(ticket)
    except TimeoutError as error:
        message = f"the record store is busy: {STORE_THREADS} others did not finish within {LOCK_WAIT:g} s"
        raise StoreError(message) from error
    try:
        # Not abandoned when the visitor goes: what began to be written is waited for.
        return await anyio.to_thread.run_sync(function, limiter=anyio.CapacityLimiter(1))
    finally:
        places.release_on_behalf_of(ticket)


class AsyncFromSync:
    """An `AsyncStore` around a `Store`.

    Args:
        store: the plain store.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    async def append(self, record: Record, /) -> None:
        """See `Store.append`."""
        await in_thread(lambda: self.store.append(record))

    async def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        return await in_thread(lambda: self.store.find(subject))

    async def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        return await in_thread(lambda: self.store.erase(subject))

    async def close(self) -> None:
        """See `Store.close`."""
        await in_thread(self.store.close)


def as_async(store: Store | AsyncStore) -> AsyncStore:
    """The store itself if it is awaited, otherwise one that runs it in threads."""
    return store if is_async(store) else AsyncFromSync(cast("Store", store))
