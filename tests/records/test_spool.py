"""What cannot be stored now waits, survives, and is stored later: in order, once each."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from consentkit.consent.record import Record
from consentkit.errors import StoreError
from consentkit.records.memory import MemoryStore
from consentkit.records.open import DEFAULT_SPOOL, open_spooling
from consentkit.records.spool import DRAIN_BATCH, AsyncSpoolingStore, Spool, SpoolingStore, spooling
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.threads import AsyncFromSync

MakeRecord = Callable[..., Record]
SUBJECT = "ab" * 16


class Moody(MemoryStore):
    """A store that works or not, and counts what it was given."""

    works = True

    def __init__(self) -> None:
        super().__init__()
        self.given = list[str]()

    def append(self, record: Record, /) -> None:
        """Fails, or keeps."""
        if not self.works:
            raise StoreError("the database is away")
        self.given.append(record.record_id)
        super().append(record)


@pytest.fixture
def moody() -> Moody:
    """A store that works."""
    return Moody()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """An empty folder for three records."""
    return Spool(tmp_path / "spool", limit=3)


def test_a_store_that_works_needs_no_spool(moody: Moody, spool: Spool, make_record: MakeRecord) -> None:
    """As long as the store works, nothing waits."""
    SpoolingStore(moody, spool).append(make_record(1))
    assert ([make_record(1)], []) == (moody.records, spool.waiting())


def test_records_wait_and_are_stored_in_order(
    moody: Moody, spool: Spool, make_record: MakeRecord, caplog: pytest.LogCaptureFixture
) -> None:
    """Records wait while the store is away; with the next one all are stored, in order, once each."""
    store = SpoolingStore(moody, spool)
    moody.works = False
    store.append(make_record(3))
    store.append(make_record(1))
    assert ([], 2) == (moody.records, len(spool.waiting()))
    assert "the database is away" in caplog.text
    moody.works = True
    store.append(make_record(2))
    expected = [make_record(3), make_record(1), make_record(2)]
    assert (expected, []) == (store.find(SUBJECT), spool.waiting())
    assert [record.record_id for record in expected] == moody.given


def test_another_process_takes_over(moody: Moody, spool: Spool, make_record: MakeRecord) -> None:
    """What one process left behind, the next one stores."""
    moody.works = False
    SpoolingStore(moody, spool).append(make_record(1))
    moody.works = True
    assert [make_record(1)] == SpoolingStore(moody, Spool(spool.folder)).find(SUBJECT)


def test_a_full_spool_refuses(moody: Moody, spool: Spool, make_record: MakeRecord) -> None:
    """A fault that lasts is seen: beyond the limit nothing is taken, and nothing is lost."""
    store = SpoolingStore(moody, spool)
    moody.works = False
    for number in range(3):
        store.append(make_record(number))
    with pytest.raises(StoreError, match="3 records wait already"):
        store.append(make_record(3))
    moody.works = True
    assert [make_record(number) for number in range(3)] == store.find(SUBJECT)


def test_questions_are_not_answered_by_half(moody: Moody, spool: Spool, make_record: MakeRecord) -> None:
    """While records wait that cannot be stored, nobody is told a part for the whole, and nothing is erased."""
    store = SpoolingStore(moody, spool)
    moody.works = False
    store.append(make_record(1))
    for question in (store.find, store.erase):
        with pytest.raises(StoreError, match="is away"):
            question(SUBJECT)
    with spool.claimed() as claimed:
        assert claimed
        for question in (store.find, store.erase):
            with pytest.raises(StoreError, match="try again"):
                question(SUBJECT)
    moody.works = True
    assert (1, []) == (store.erase(SUBJECT), moody.records)


def test_no_visitor_waits_for_all(moody: Moody, tmp_path: Path, make_record: MakeRecord) -> None:
    """A long queue is stored a part at a time, and newcomers queue up behind it."""
    spool = Spool(tmp_path / "spool")
    store = SpoolingStore(moody, spool)
    for number in range(DRAIN_BATCH * 2):
        spool.put(make_record(number))
    store.append(make_record(1000))
    assert (DRAIN_BATCH, DRAIN_BATCH + 1) == (len(moody.records), len(spool.waiting()))
    store.append(make_record(1001))
    store.append(make_record(1002))
    assert [*range(DRAIN_BATCH * 2), 1000, 1001, 1002] == [int(r.record_id[-12:], 16) for r in moody.records]


def test_one_drains_at_a_time(moody: Moody, spool: Spool, make_record: MakeRecord) -> None:
    """While another drains, a new record waits behind instead of passing by."""
    store = SpoolingStore(moody, spool)
    spool.put(make_record(1))
    with spool.claimed():
        store.append(make_record(2))
    assert ([], 2) == (moody.records, len(spool.waiting()))
    assert [make_record(1), make_record(2)] == store.find(SUBJECT)


def test_killed_between_storing_and_removing(moody: Moody, spool: Spool, make_record: MakeRecord) -> None:
    """A record that was stored but not yet removed is kept once."""
    moody.append(make_record(1))
    spool.put(make_record(1))
    assert [make_record(1)] == SpoolingStore(moody, spool).find(SUBJECT)


def test_drafts_are_no_records(moody: Moody, spool: Spool, make_record: MakeRecord) -> None:
    """A file that was not finished when the machine stopped is nobody's decision."""
    (spool.folder / "0-x.draft").write_bytes(b'{"half":')
    store = SpoolingStore(moody, spool)
    store.append(make_record(1))
    assert [make_record(1)] == store.find(SUBJECT)


def test_files_that_hold_no_record(moody: Moody, spool: Spool, make_record: MakeRecord) -> None:
    """A damaged file is named and kept; new records are taken all the same."""
    (spool.folder / "0-x.json").write_bytes(b'{"half":')
    store = SpoolingStore(moody, spool)
    store.append(make_record(1))
    assert 2 == len(spool.waiting())
    with pytest.raises(StoreError, match=r"0-x\.json.*look into it"):
        store.find(SUBJECT)


def test_a_file_that_was_stored_meanwhile(spool: Spool) -> None:
    """A file that another process has just stored is no error."""
    assert spool.read(spool.folder / "0-gone.json") is None


def test_for_the_owner_only(spool: Spool, make_record: MakeRecord) -> None:
    """Waiting records are nobody else's to read."""
    spool.put(make_record(1))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (spool.folder, *spool.waiting())]
    assert [0o700, 0o600] == modes


def test_written_through(spool: Spool, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and its folder are on the disk before success is answered."""
    synced = list[bool]()
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    spool.put(make_record(1))
    assert [False, True] == synced


def test_a_folder_that_went_away(moody: Moody, spool: Spool, make_record: MakeRecord) -> None:
    """Where records can wait no more they are refused, in words."""
    store = SpoolingStore(moody, spool)
    moody.works = False
    shutil.rmtree(spool.folder)
    with pytest.raises(StoreError, match="cannot wait there"):
        store.append(make_record(1))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A folder that cannot be made is told of at the start."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot wait there"):
        Spool(tmp_path / "file" / "spool")


def test_half_a_character(moody: Moody, spool: Spool, make_record: MakeRecord) -> None:
    """A record that cannot be written leaves nothing behind."""
    moody.works = False
    with pytest.raises(StoreError, match="cannot wait there"):
        SpoolingStore(moody, spool).append(make_record(1, subject="\ud800"))
    assert [] == list(spool.folder.iterdir())


def test_threads_store_once_each(moody: Moody, tmp_path: Path, make_record: MakeRecord) -> None:
    """Many visitors at once, with a store that comes and goes: every record is stored once."""
    spool = Spool(tmp_path / "spool")

    def visit(worker: int) -> None:
        store = SpoolingStore(moody, Spool(spool.folder))
        for number in range(20):
            moody.works = number % 3 != worker % 3
            store.append(make_record(worker * 100 + number))

    threads = [threading.Thread(target=visit, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moody.works = True
    store = SpoolingStore(moody, spool)
    while not store.drain():
        pass
    assert {worker * 100 + number for worker in range(4) for number in range(20)} == {
        int(record.record_id[-12:], 16) for record in moody.records
    }
    assert len(moody.given) == len(set(moody.given))


@pytest.mark.anyio
async def test_the_same_on_the_event_loop(moody: Moody, tmp_path: Path, make_record: MakeRecord) -> None:
    """A store that is awaited has the same spool."""
    spool = Spool(tmp_path / "spool", limit=2)
    store = spooling(AsyncFromSync(moody), spool)
    assert isinstance(store, AsyncSpoolingStore)
    moody.works = False
    await store.append(make_record(1))
    await store.append(make_record(2))
    with pytest.raises(StoreError, match="2 records wait already"):
        await store.append(make_record(3))
    with pytest.raises(StoreError, match="is away"):
        await store.find(SUBJECT)
    moody.works = True
    with spool.claimed():
        for question in (store.find, store.erase):
            with pytest.raises(StoreError, match="try again"):
                await question(SUBJECT)
    await store.append(make_record(3))
    assert [make_record(1), make_record(2), make_record(3)] == await store.find(SUBJECT)
    assert (3, []) == (await store.erase(SUBJECT), spool.waiting())
    await store.close()


def test_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is beside the records' file; for other stores in the working directory; a store with one keeps it."""
    monkeypatch.chdir(tmp_path)
    for source, folder in ((tmp_path / "a.sqlite3", "a.sqlite3.spool"), (MemoryStore(), DEFAULT_SPOOL)):
        store = open_spooling(source)
        assert isinstance(store, SpoolingStore)
        assert tmp_path / folder == store.spool.folder
        assert open_spooling(store) is store
        store.close()


def test_a_file_that_is_locked_at_the_start(tmp_path: Path, make_record: MakeRecord) -> None:
    """Where records may wait, a site starts although others hold the file; what is damaged is told of all the same."""
    path = tmp_path / "records.sqlite3"
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="lock"):
            SQLiteStore(path, timeout=0.05)
        store = SpoolingStore(SQLiteStore(path, timeout=0.05, patient=True), Spool(tmp_path / "spool"))
        store.append(make_record(1))
    assert [make_record(1)] == store.find(SUBJECT)
    store.close()
    path.write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreError, match="no SQLite database"):
        open_spooling(path)


def test_drafts_of_killed_processes_go(tmp_path: Path) -> None:
    """What a process that was killed had begun to write names a visitor: it is removed; what is being written stays."""
    old, new = (tmp_path / f"{name}.draft" for name in ("old", "new"))
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    assert [] == Spool(tmp_path).waiting()
    assert (False, True) == (old.exists(), new.exists())


def test_a_locked_file(tmp_path: Path, make_record: MakeRecord) -> None:
    """With the real store: a lock that is held lets the record wait, and nothing is lost."""
    real = SQLiteStore(tmp_path / "records.sqlite3", timeout=0.05)
    store = SpoolingStore(real, Spool(tmp_path / "spool"))
    with real._handle.lock:
        store.append(make_record(1))
    assert 1 == len(store.spool.waiting())
    assert [make_record(1)] == store.find(SUBJECT)
    store.close()


def test_folders_in_the_files_places(spool: Spool) -> None:
    """What cannot be removed or locked is named."""
    (spool.folder / "0-x.json").mkdir()
    with pytest.raises(StoreError, match="cannot be removed"):
        spool.remove(spool.folder / "0-x.json")
    (spool.folder / "lock").mkdir()
    with pytest.raises(StoreError, match="cannot be locked"), spool.claimed():
        pass


@pytest.mark.anyio
async def test_files_stored_by_somebody_else(spool: Spool, make_record: MakeRecord) -> None:
    """A file that another process stores and removes in the middle of our turn is passed over."""

    class Quick(MemoryStore):
        def append(self, record: Record, /) -> None:
            """Keeps the record while somebody else takes the rest."""
            super().append(record)
            for path in spool.waiting()[1:]:
                path.unlink()

    for number in range(2):
        spool.put(make_record(number))
    store = Quick()
    assert SpoolingStore(store, spool).drain()
    assert [make_record(0)] == store.records
    for number in range(2, 4):
        spool.put(make_record(number))
    assert await AsyncSpoolingStore(AsyncFromSync(store), spool).drain()
    assert [make_record(0), make_record(2)] == store.records


@pytest.mark.anyio
async def test_newcomers_wait_on_the_event_loop(moody: Moody, tmp_path: Path, make_record: MakeRecord) -> None:
    """On the event loop too a newcomer queues up behind what is not stored yet."""
    spool = Spool(tmp_path / "spool")
    for number in range(DRAIN_BATCH + 1):
        spool.put(make_record(number))
    await AsyncSpoolingStore(AsyncFromSync(moody), spool).append(make_record(1000))
    assert (DRAIN_BATCH, 2) == (len(moody.records), len(spool.waiting()))
