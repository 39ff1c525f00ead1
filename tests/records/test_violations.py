"""Counts of violations in the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import pytest

from consentkit.consent.effects import Count
from consentkit.consent.record import Record
from consentkit.consent.violation import OTHERS, Violation
from consentkit.errors import UsageError
from consentkit.records import violations as module
from consentkit.records.memory import MemoryStore
from consentkit.records.spool import Spool, SpoolingStore
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.sqlite_counts import read
from consentkit.records.store import Store, perform, perform_async
from consentkit.records.threads import as_async
from consentkit.records.violations import counted
from tests.records.counting import seen


def test_what_several_workers_count_is_added_up(tmp_path: Path) -> None:
    """Each process has a store of its own on the same file; the file holds the sum, the most frequent first."""
    path = tmp_path / "records.sqlite3"
    for at in (5, 9, 7):
        assert [None] == perform(SQLiteStore(path), [Count((seen("spy.example", 2, at=at), seen("b.example")))])
    assert [("spy.example", 6, 9), ("b.example", 3, 1)] == [(each.host, each.count, each.at) for each in read(path)]


def test_ways_of_contact_are_told_apart(tmp_path: Path) -> None:
    """One host by two directives makes two counts; the first page seen stays."""
    path = tmp_path / "records.sqlite3"
    first = (seen("spy.example"), seen("spy.example", directive="script-src-elem"))
    perform(SQLiteStore(path), [Count(first), Count((Violation("spy.example", "img-src", "", "/other", 1, 2),))])
    assert [("img-src", 2, "/page"), ("script-src-elem", 1, "/page")] == [
        (v.directive, v.count, v.page) for v in read(path)
    ]


@pytest.mark.parametrize("spooling", [False, True])
def test_it_works_for_the_event_loop_and_behind_a_spool(tmp_path: Path, spooling: bool) -> None:
    """Stores that stand before the file are looked behind."""
    path = tmp_path / "records.sqlite3"
    store: Store = SQLiteStore(path)
    if spooling:
        store = SpoolingStore(store, Spool(tmp_path / "spool"))
    anyio.run(perform_async, as_async(store), [Count((seen("spy.example"),))])
    perform(store, [Count((seen("spy.example"),))])
    assert [2] == [each.count for each in read(path)]


class Counting(MemoryStore):
    """A store of somebody's own that counts."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: list[Violation] = []

    def count(self, violations: Sequence[Violation]) -> None:
        """Keeps them."""
        self.counted += violations


class AwaitedCounting:
    """The same, awaited."""

    def __init__(self) -> None:
        self.counted: list[Violation] = []

    async def append(self, record: Record, /) -> None:
        """Keeps nothing."""

    async def find(self, subject: str, /) -> list[Record]:
        """Finds nothing."""
        return []

    async def erase(self, subject: str, /) -> int:
        """Erases nothing."""
        return 0

    async def close(self) -> None:
        """Is never open."""

    async def count(self, violations: Sequence[Violation]) -> None:
        """Keeps them."""
        self.counted += violations


def test_a_store_of_ones_own_may_count() -> None:
    """A method `count`, plain or awaited, gets what is to be added."""
    plain, awaited = Counting(), AwaitedCounting()
    perform(plain, [Count((seen("a.example"),))])
    anyio.run(perform_async, awaited, [Count((seen("b.example"),))])
    assert (["a.example"], ["b.example"]) == ([v.host for v in plain.counted], [v.host for v in awaited.counted])


def test_a_store_that_does_not_count_lets_them_go() -> None:
    """Nothing is kept, nothing fails."""
    assert [None] == perform(MemoryStore(), [Count((seen("a.example"),))])
    assert [None] == anyio.run(perform_async, as_async(MemoryStore()), [Count((seen("a.example"),))])


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the same file or database anew each time, as each worker does."""
    if request.param == "sqlite":
        return lambda: SQLiteStore(tmp_path / "records.sqlite3", timeout=120.0)  # the machine may be busy
    url = request.getfixturevalue("postgres").database()
    from consentkit.records.sql import SQLStore

    return lambda: SQLStore(url, timeout=120.0)


def test_the_table_is_bounded(opened: Callable[[], Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many rows further hosts are counted as one, known ones go on."""
    monkeypatch.setattr(module, "MAX_ROWS", 2)
    store = opened()
    perform(store, [Count(tuple(seen(f"h{n}.example") for n in range(5))), Count((seen("h0.example"),))])
    assert {"h0.example": 2, "h1.example": 1, OTHERS: 3} == {each.host: each.count for each in counted(store)}
    store.close()


def test_every_store_of_a_server_adds_up(opened: Callable[[], Store]) -> None:
    """Workers add to the same rows, at the same time and in any order; the sum, the first page and the newest time stay."""
    pairs = (Violation("a.example", "img-src", "", "/first", 1, 3), Violation("b.example", "img-src", "", "/b", 2, 1))
    stores = [opened() for _ in range(3)]
    perform(stores[0], [Count(pairs)])
    again = [Violation(each.host, each.directive, "tube", "/later", 1, 9) for each in reversed(pairs)]
    threads = [
        threading.Thread(target=lambda store=store: [perform(store, [Count(tuple(again))]) for _ in range(5)])
        for store in stores
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [
        Violation("b.example", "img-src", "tube", "/b", 17, 9), Violation("a.example", "img-src", "tube", "/first", 16, 9)
    ] == counted(opened())  # fmt: skip
    for store in stores:
        store.close()


def test_a_store_that_does_not_count_has_no_counts() -> None:
    """Asked for them, it is said which methods it lacks."""
    with pytest.raises(UsageError, match="`count` and `violations`"):
        counted(MemoryStore())
