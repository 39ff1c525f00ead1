"""What every store has to do: one suite for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread

import pytest

from consentkit.consent.effects import Append, Erase, Find
from consentkit.consent.record import Record
from consentkit.errors import StoreError
from consentkit.records.store import AsyncStore, Store, is_async, perform, perform_async
from consentkit.records.threads import AsyncFromSync, as_async

MakeRecord = Callable[..., Record]


def test_what_was_appended_is_found(store: Store, make_record: MakeRecord) -> None:
    """A record comes back equal to what went in."""
    store.append(make_record(1))
    assert [make_record(1)] == store.find("ab" * 16)


def test_oldest_comes_first(store: Store, make_record: MakeRecord) -> None:
    """Records are found in the order they were appended, whatever their clock said."""
    records = [make_record(number, at=1_780_000_000 - number) for number in (3, 1, 2)]
    for record in records:
        store.append(record)
    assert records == store.find("ab" * 16)


def test_subjects_are_apart(store: Store, make_record: MakeRecord) -> None:
    """A subject finds its own records only."""
    store.append(make_record(1, subject="one"))
    store.append(make_record(2, subject="two"))
    assert [make_record(2, subject="two")] == store.find("two")
    assert [] == store.find("tw")
    assert [] == store.find("%")


def test_an_equal_record_is_kept_once(store: Store, make_record: MakeRecord) -> None:
    """Appending the same record again, as after an error, changes nothing."""
    store.append(make_record(1))
    store.append(make_record(1))
    assert [make_record(1)] == store.find("ab" * 16)


def test_another_record_cannot_take_an_id(store: Store, make_record: MakeRecord) -> None:
    """A different record under a known id is refused, and the first one stays."""
    store.append(make_record(1))
    with pytest.raises(StoreError, match="already another record"):
        store.append(make_record(1, language="de"))
    assert [make_record(1)] == store.find("ab" * 16)


def test_erase_removes_one_subject(store: Store, make_record: MakeRecord) -> None:
    """Erasing removes every record of the subject, counts them, and touches nobody else's."""
    store.append(make_record(1, subject="one"))
    store.append(make_record(2, subject="two"))
    store.append(make_record(3, subject="one"))
    assert 2 == store.erase("one")
    assert [] == store.find("one")
    assert [make_record(2, subject="two")] == store.find("two")
    assert 0 == store.erase("one")


@pytest.mark.parametrize("subject", ["'; DROP TABLE records; --", "日本語", "a\nb", "x" * 10_000])
def test_any_text_is_a_subject(store: Store, make_record: MakeRecord, subject: str) -> None:
    """A subject is text and never a command."""
    store.append(make_record(1, subject=subject))
    assert [make_record(1, subject=subject)] == store.find(subject)


def test_threads_lose_nothing(store: Store, make_record: MakeRecord) -> None:
    """Eight threads that append at once leave every record."""
    start = Barrier(8)

    def append(worker: int) -> None:
        start.wait()
        for number in range(10):
            store.append(make_record(worker * 10 + number))

    threads = [Thread(target=append, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {make_record(number).record_id for number in range(80)} == {r.record_id for r in store.find("ab" * 16)}


def test_close_twice(store: Store) -> None:
    """Closing twice is closing once."""
    store.close()
    store.close()


def test_effects_give_one_result_each(store: Store, make_record: MakeRecord) -> None:
    """Effects run in order, each with its result."""
    effects = (Append(make_record(1)), Find("ab" * 16), Erase("ab" * 16), Find("ab" * 16))
    assert [None, [make_record(1)], 1, []] == perform(store, effects)


def test_effects_end_with_the_first_error(store: Store, make_record: MakeRecord) -> None:
    """An error ends the effects: what follows is not run."""
    wrong = replace(make_record(1), language="de")
    assert isinstance(perform(store, (Append(make_record(1)), Append(wrong), Erase("ab" * 16))), StoreError)
    assert [make_record(1)] == store.find("ab" * 16)


@pytest.mark.anyio
async def test_plain_store_in_threads(store: Store, make_record: MakeRecord) -> None:
    """A plain store serves the event loop with the same answers, on asyncio and trio."""
    awaited = as_async(store)
    assert isinstance(awaited, AsyncFromSync)
    assert is_async(awaited)
    assert not is_async(store)
    effects = (Append(make_record(1)), Find("ab" * 16), Erase("ab" * 16), Find("ab" * 16))
    assert [None, [make_record(1)], 1, []] == await perform_async(awaited, effects)
    assert isinstance(await perform_async(awaited, (Append(make_record(1)), Append(make_record(1, at=5)))), StoreError)
    await awaited.close()


@pytest.mark.anyio
async def test_an_awaited_store_stays_itself(store: Store) -> None:
    """A store that is awaited already is not wrapped again."""
    awaited: AsyncStore = AsyncFromSync(store)
    assert as_async(awaited) is awaited
