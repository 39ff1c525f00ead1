"""What one transaction does to the rows of a chain, for every store alike."""

from __future__ import annotations

import time

import pytest

from consentkit.records.chain import (
    ChainedStore,
    purge,
    verify,
)
from tests.records.chains import OLD, MakeRecord


def test_erased_means_gone(store: ChainedStore, make_record: MakeRecord) -> None:
    """Of an erased record only its place, time and digest stay; the row that says so names no subject."""
    store.append(make_record(1, subject="reader:1842"))
    store.append(make_record(2, subject="other"))
    store.erase("reader:1842")
    with store.snapshot() as snapshot:
        first, second, erasure = list(snapshot.entries)
    assert (None, None, None, None) == (first.record_id, first.subject, first.payload, first.salt)
    assert ("record", 32) == (first.kind, len(first.digest))
    assert "other" == second.subject
    assert ("erasure", '{"erased":[1],"reason":"subject"}', None) == (erasure.kind, erasure.payload, erasure.subject)
    assert verify(store).good
    assert store.record(make_record(1).record_id) is None
    assert make_record(2, subject="other") == store.record(make_record(2).record_id)


def test_purging_removes_the_oldest(store: ChainedStore, make_record: MakeRecord) -> None:
    """What is older than the time goes, what is of that second stays, and the rest verifies."""
    for number in range(6):
        store.append(make_record(number, at=OLD + number))
    steps = list[int]()
    assert 4 == purge(store, OLD + 4, steps.append)
    assert [4] == steps
    assert [make_record(4, at=OLD + 4), make_record(5, at=OLD + 5)] == store.find("ab" * 16)
    assert 0 == purge(store, OLD + 4)
    assert (4, (), 2) == ((result := verify(store)).purged, result.faults, result.records)
    assert 2 == purge(store, OLD + 10)
    assert (6, (), 0) == ((result := verify(store)).purged, result.faults, result.records)
    store.append(make_record(9))
    assert verify(store).good


def test_purging_empties_what_a_wrong_clock_hid(store: ChainedStore, make_record: MakeRecord) -> None:
    """An old record behind a younger one is emptied, because the chain is only ever cut at its start."""
    now = int(time.time())
    store.append(make_record(1, at=OLD))
    store.append(make_record(2, at=now))
    store.append(make_record(3, at=OLD))
    assert 2 == purge(store, OLD + 1)
    assert [make_record(2, at=now)] == store.find("ab" * 16)
    assert ((), 1) == ((result := verify(store)).faults, result.erased)


def test_purging_goes_in_slices(store: ChainedStore, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each slice is a transaction of its own that leaves a good chain, so that a purge can be interrupted."""
    monkeypatch.setattr("consentkit.records.rows.PURGE_SLICE", 2)
    for number in range(5):
        store.append(make_record(number, at=OLD))
    assert 2 == store.purge_slice(OLD + 1)
    assert (3, ()) == ((result := verify(store)).records, result.faults)
    assert 3 == purge(store, OLD + 1)
    assert (0, ()) == ((result := verify(store)).records, result.faults)
