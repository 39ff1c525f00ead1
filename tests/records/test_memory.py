"""Records in a list."""

from __future__ import annotations

from collections.abc import Callable

from consentkit.consent.record import Record
from consentkit.records.memory import MemoryStore

MakeRecord = Callable[..., Record]


def test_everything_kept_is_there_to_look_at(make_record: MakeRecord) -> None:
    """Oldest first, without what was erased, and as a copy: who changes it changes nothing of the store."""
    store = MemoryStore()
    for number in (1, 2, 3):
        store.append(make_record(number, subject="gone" if number == 2 else "here"))
    store.erase("gone")
    assert [make_record(1, subject="here"), make_record(3, subject="here")] == store.records
    store.records.clear()
    assert 2 == len(store.records)


def test_a_record_is_found_by_its_id_until_it_is_gone(make_record: MakeRecord) -> None:
    """Erasing and purging forget the id as well, so that nothing of the record stays in memory."""
    store = MemoryStore()
    old, other = make_record(1, at=1), make_record(2, subject="other")
    store.append(old)
    store.append(other)
    assert (old, other) == (store.record(old.record_id), store.record(other.record_id))
    store.erase("other")
    store.purge_slice(2)
    assert (None, None) == (store.record(old.record_id), store.record(other.record_id))


def test_a_snapshot_is_of_its_moment(make_record: MakeRecord) -> None:
    """What is appended while somebody reads is not in what is read."""
    store = MemoryStore()
    store.append(make_record(1))
    with store.snapshot() as snapshot:
        store.append(make_record(2))
        assert [1] == [entry.number for entry in snapshot.entries]


def test_closing_keeps_everything(make_record: MakeRecord) -> None:
    """There is nothing to give back."""
    store = MemoryStore()
    store.append(make_record(1))
    store.close()
    assert [make_record(1)] == store.records
