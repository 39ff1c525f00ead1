"""Stores beside the event loop: never on its thread, never waiting without end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import anyio
import pytest

from consentkit.consent.record import Record
from consentkit.errors import StoreError
from consentkit.records.memory import MemoryStore
from consentkit.records.threads import STORE_THREADS, AsyncFromSync

pytestmark = pytest.mark.anyio


class Observed(MemoryStore):
    """Notes the threads it is used in, and waits for permission."""

    def __init__(self) -> None:
        super().__init__()
        self.threads = set[int]()
        self.permission = threading.Event()

    def append(self, record: Record, /) -> None:
        """Waits for the permission."""
        self.threads.add(threading.get_ident())
        self.permission.wait()
        super().append(record)


async def test_never_on_the_loops_thread(make_record: Callable[..., Record]) -> None:
    """A store's work happens in another thread than the event loop's."""
    store = Observed()
    store.permission.set()
    await AsyncFromSync(store).append(make_record(1))
    assert store.threads
    assert threading.get_ident() not in store.threads


async def test_a_stuck_store_refuses_those_behind(make_record: Callable[..., Record]) -> None:
    """When every thread of the store is stuck, the next visitor is refused within the lock's wait."""
    store = Observed()
    awaited = AsyncFromSync(store)
    async with anyio.create_task_group() as group:
        for number in range(STORE_THREADS):
            group.start_soon(awaited.append, make_record(number))
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(StoreError, match="busy"):
            await awaited.append(make_record(99))
        store.permission.set()
    assert STORE_THREADS == len(store.records)


async def test_what_began_is_finished(make_record: Callable[..., Record]) -> None:
    """A visitor who leaves while the record is written does not stop the writing."""
    store = Observed()
    async with anyio.create_task_group() as group:
        group.start_soon(AsyncFromSync(store).append, make_record(1))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
        store.permission.set()
    assert [make_record(1)] == store.records
