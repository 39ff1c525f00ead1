"""Nothing changes, goes or moves without being noticed; erasing and purging are no faults."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.record import dump_record
from consentkit.records import sqlite
from consentkit.records.chain import (
    START,
    ChainedStore,
    Head,
    Verification,
    digest_of,
    hash_of,
    is_chained,
    parse_head,
    purge,
    verify,
)
from consentkit.records.memory import MemoryStore
from consentkit.records.sqlite import MIGRATIONS, SQLiteStore
from consentkit.records.threads import AsyncFromSync
from tests.records.chains import OLD, MakeRecord


def told(verification: Verification) -> list[tuple[int, str]]:
    """Where something is wrong, and what."""
    return [(fault.number, fault.kind) for fault in verification.faults]


@pytest.fixture
def full(make_record: MakeRecord) -> MemoryStore:
    """Six records of three subjects, of which 2 and 5 were erased; number 7 is the erasure."""
    store = MemoryStore()
    for number in range(1, 7):
        store.append(make_record(number, subject=f"s{number % 3}", at=number))
    assert 2 == store.erase("s2")
    return store


def test_an_empty_store_is_good(store: ChainedStore) -> None:
    """Where nothing was ever kept nothing is missing."""
    assert Verification(records=0, erased=0, purged=0, head=START, faults=()) == verify(store)


def test_every_row_hangs_on_the_one_before(store: ChainedStore, make_record: MakeRecord) -> None:
    """Numbers count up, and each row names the hash before it and its own, made of what it holds."""
    for number in range(3):
        store.append(make_record(number))
    store.append(make_record(1))
    with store.snapshot() as snapshot:
        entries = list(snapshot.entries)
    assert (3, entries[-1].head) == (snapshot.count, snapshot.head)
    assert [1, 2, 3] == [entry.number for entry in entries]
    assert [START.hash, *(entry.hash for entry in entries[:-1])] == [entry.previous for entry in entries]
    for number, entry in enumerate(entries):
        assert dump_record(make_record(number)) == entry.payload
        assert entry.payload is not None
        assert entry.salt is not None
        assert digest_of(entry.payload, entry.salt) == entry.digest
        assert hash_of(entry.previous, "record", entry.number, entry.at, entry.digest) == entry.hash
    assert 3 == len({entry.salt for entry in entries})


def test_a_used_store_is_good(store: ChainedStore, make_record: MakeRecord) -> None:
    """Appending, erasing and purging in turn leave a chain that verifies, and heads noted on the way still fit."""
    heads = list[Head]()
    for number in range(12):
        store.append(make_record(number, subject=f"s{number % 4}", at=OLD + number))
        if number in {5, 9}:
            store.erase(f"s{number % 4}")
        heads.append(verify(store).head)
    assert 5 == purge(store, OLD + 5)
    store.append(make_record(50))
    result = verify(store, heads=heads)
    assert ((), True, 5) == (result.faults, result.good, result.purged)
    assert (6, 2) == (result.records, result.erased)


Tamper = Callable[[MemoryStore], None]


def change(index: int, **changes: object) -> Tamper:
    """Changes columns of a row, and nothing else."""

    def work(store: MemoryStore) -> None:
        store._rows.entries[index] = replace(store._rows.entries[index], **changes)  # type: ignore[arg-type]

    return work


def rewrite(index: int) -> Tamper:
    """Changes a payload and makes digest and hash anew, as a careful forger would."""

    def work(store: MemoryStore) -> None:
        entry = store._rows.entries[index]
        assert entry.payload is not None
        assert entry.salt is not None
        payload = entry.payload.replace('"analytics":true', '"analytics":false')
        digest = digest_of(payload, entry.salt)
        forged = hash_of(entry.previous, entry.kind, entry.number, entry.at, digest)
        store._rows.entries[index] = replace(entry, payload=payload, digest=digest, hash=forged)

    return work


def remove(first: int, last: int) -> Tamper:
    """Removes rows."""

    def work(store: MemoryStore) -> None:
        del store._rows.entries[first:last]

    return work


def swap(store: MemoryStore) -> None:
    """Lets the rows 3 and 4 change places and numbers."""
    third, fourth = store._rows.entries[2:4]
    store._rows.entries[2:4] = [replace(fourth, number=3), replace(third, number=4)]


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (change(2, payload="{}"), [(3, "changed")]),
        (change(2, subject="s1"), [(3, "changed")]),
        (change(2, record_id="other"), [(3, "changed")]),
        (change(2, at=99), [(3, "changed"), (3, "changed")]),
        (change(2, salt=bytes(16)), [(3, "changed")]),
        (change(2, salt=None), [(3, "changed")]),
        (change(2, digest=bytes(32)), [(3, "changed"), (3, "changed")]),
        (change(2, record_id=None, subject=None, payload=None, salt=None), [(3, "emptied")]),
        (change(6, payload=None, salt=None), [(2, "emptied"), (5, "emptied"), (7, "changed")]),
        (rewrite(2), [(3, "changed")]),
        (rewrite(5), [(6, "changed")]),
        (remove(0, 1), [(2, "removed")]),
        (remove(2, 3), [(4, "removed")]),
        (remove(2, 4), [(5, "removed")]),
        (remove(6, 7), [(2, "emptied"), (5, "emptied"), (7, "removed")]),
        (remove(0, 7), [(7, "removed")]),
        (swap, [(3, "moved"), (4, "moved")]),
    ],
)
def test_tampering_is_found(full: MemoryStore, tamper: Tamper, expected: list[tuple[int, str]]) -> None:
    """Whatever is changed, emptied, removed or moved is named by its number and what happened."""
    assert verify(full).good
    tamper(full)
    assert expected == told(verify(full))


def test_forging_all_is_found_by_a_noted_head(full: MemoryStore, make_record: MakeRecord) -> None:
    """A chain made anew from the start verifies in itself; a head that was noted elsewhere gives it away."""
    head = verify(full).head
    forged = MemoryStore()
    for number in range(1, 7):
        forged.append(make_record(number, subject=f"s{number % 3}", at=number, choices={"analytics": True}))
    forged.erase("s2")
    assert verify(forged).good
    assert [(7, "different")] == told(verify(forged, heads=[head]))
    assert [(9, "removed")] == told(verify(forged, heads=[Head(9, head.hash)]))


def test_a_payload_that_is_none(full: MemoryStore) -> None:
    """A row that was forged in full and holds no record is told of and ends nothing."""
    entry = full._rows.entries[2]
    digest = digest_of("[]", bytes(16))
    forged = hash_of(entry.previous, entry.kind, entry.number, entry.at, digest)
    full._rows.entries[2] = replace(entry, payload="[]", salt=bytes(16), digest=digest, hash=forged)
    assert [(3, "changed"), (3, "changed")] == told(verify(full))


def test_faults_are_sentences(full: MemoryStore) -> None:
    """A fault reads as one line with the number."""
    remove(2, 4)(full)
    assert ["number 5: removed: numbers 3 to 4 are gone"] == [str(fault) for fault in verify(full).faults]


@given(st.binary(min_size=32, max_size=32), st.integers(min_value=0, max_value=2**63))
def test_heads_as_text(digest: bytes, number: int) -> None:
    """A head comes back from its text."""
    assert Head(number, digest) == parse_head(str(Head(number, digest)))


@pytest.mark.parametrize("text", ["", "7", "7:", "x:" + "0" * 64, "7:" + "0" * 63, "7:" + "g" * 64, "-1:" + "0" * 64])
def test_what_is_no_head(text: str) -> None:
    """Anything else than a number and 64 hexadecimal digits is refused."""
    with pytest.raises(ValueError, match=r"no head|hexadecimal"):
        parse_head(text)


def test_which_stores_have_a_chain(store: ChainedStore) -> None:
    """A store of four methods has none."""
    assert is_chained(store)
    assert not is_chained(AsyncFromSync(store))


def test_files_of_the_first_version_are_chained(
    tmp_path: Path, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older file is chained in the order of its rows, gaps and all, and goes on from there."""
    path = tmp_path / "old.sqlite3"
    monkeypatch.setattr(sqlite, "MIGRATIONS", MIGRATIONS[:1])
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path)) as connection:
        for number in (2, 3, 7):
            record = make_record(number)
            connection.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?, ?)",
                (number, record.record_id, record.subject, record.at, dump_record(record)),
            )
        connection.commit()
    monkeypatch.undo()
    with closing(SQLiteStore(path)) as store:
        assert [make_record(number) for number in (2, 3, 7)] == store.find("ab" * 16)
        assert (3, 7, ()) == ((result := verify(store)).records, result.head.number, result.faults)
        store.append(make_record(8))
        assert (4, 8, ()) == ((result := verify(store)).records, result.head.number, result.faults)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE records SET payload = replace(payload, 'true', 'false') WHERE number = 2", [(2, "changed")]),
        ("DELETE FROM records WHERE number = 2", [(3, "removed")]),
        ("DELETE FROM records WHERE number = 4", [(4, "removed")]),
        ("UPDATE records SET hash = zeroblob(32) WHERE number = 2", [(2, "changed")]),
        ("UPDATE head SET number = 3, hash = (SELECT hash FROM records WHERE number = 3)", [(4, "changed")]),
    ],
)
def test_tampering_with_a_file(
    tmp_path: Path, make_record: MakeRecord, statement: str, expected: list[tuple[int, str]]
) -> None:
    """Who removes the triggers of a file and changes it is found out."""
    path = tmp_path / "records.sqlite3"
    with closing(SQLiteStore(path)) as store:
        for number in range(1, 5):
            store.append(make_record(number))
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("DROP TRIGGER records_never_change; DROP TRIGGER records_never_go")
            connection.execute(statement)
            connection.commit()
        assert expected == told(verify(store))


def test_erased_text_leaves_the_file(tmp_path: Path, make_record: MakeRecord) -> None:
    """Not a byte of an erased subject stays in the file or its log."""
    path = tmp_path / "records.sqlite3"
    with closing(SQLiteStore(path)) as store:
        for number in range(40):
            store.append(make_record(number, subject=f"reader:{number % 4}@brightwash.example"))
        store.erase("reader:2@brightwash.example")
        left = b"".join(file.read_bytes() for file in path.parent.iterdir())
        assert b"reader:1@brightwash.example" in left
        assert b"reader:2@brightwash.example" not in left
        assert verify(store).good


def test_a_snapshot_ends(tmp_path: Path, make_record: MakeRecord) -> None:
    """A snapshot that was not read to its end holds nothing back: what is erased afterwards leaves the log as well."""
    path = tmp_path / "records.sqlite3"
    with closing(SQLiteStore(path, timeout=5)) as store:
        for number in range(50):
            store.append(make_record(number))
        with store.snapshot() as snapshot:
            assert 50 == snapshot.count
        store.erase("ab" * 16)
        assert 0 == path.with_name(f"{path.name}-wal").stat().st_size
        assert START != snapshot.head
