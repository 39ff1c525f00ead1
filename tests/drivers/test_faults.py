"""Stores that are down, full, locked or slow, through the whole of it behind every driver: refuse, or spool."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consentkit.consent.record import Record
from consentkit.errors import StoreError
from consentkit.http import Request
from consentkit.records.memory import MemoryStore
from consentkit.records.spool import Spool, SpoolingStore
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.store import Store
from tests.drivers.clients import Answered, Client

Visit = Callable[..., Client]
Fault = Callable[[Path], contextlib.AbstractContextManager[Store]]

FILE = "records.sqlite3"
WAIT = 0.05  # seconds for which the stores of these tests wait for a lock
JSON = (("Accept", "application/json"),)


class Down(MemoryStore):
    """A database that does not answer, until it does."""

    works = False

    def append(self, record: Record, /) -> None:
        """Fails, or keeps."""
        if not self.works:
            raise StoreError("the database is away")
        super().append(record)


@contextlib.contextmanager
def down(folder: Path) -> Iterator[Store]:
    """A database that is away."""
    store = Down()
    yield store
    store.works = True


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[Store]:
    """A file that another process has locked; a store on a slow disk looks the same to those who wait."""
    store = SQLiteStore(folder / FILE, timeout=WAIT)
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield store
    other.execute("ROLLBACK")
    other.close()


@contextlib.contextmanager
def full(folder: Path) -> Iterator[Store]:
    """A file that may not grow."""
    store = SQLiteStore(folder / FILE, timeout=WAIT)
    other = sqlite3.connect(folder / FILE)
    other.execute(
        "CREATE TRIGGER full BEFORE INSERT ON records BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
    )
    other.commit()
    yield store
    other.execute("DROP TRIGGER full")
    other.commit()
    other.close()


FAULTS = pytest.mark.parametrize("fault", [down, locked, full])


def page(_asked: object) -> Answered:
    """A page with a counter."""
    return Answered(b'<!doctype html><title>Shop</title><script src="https://counter.example/a.js"></script>')


def is_live(client: Client) -> bool:
    """Whether the visitor's next page has the counter."""
    return b'<script src="https://counter.example' in client.get().body


def subject_of(client: Client) -> str:
    """Who the visitor is by the cookie."""
    field = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    request = Request("GET", "https", "brightwash.example", "/", headers=(("Cookie", field),))
    return str(client.kit.consent(request, now=time.time()).subject)


@FAULTS
def test_refuse(visit: Visit, tmp_path: Path, fault: Fault) -> None:
    """While the store fails nobody is told that anything was decided; as soon as it works the same visitor succeeds."""
    with fault(tmp_path) as store:
        client = visit(page, store=store, on_store_failure="refuse")
        assert [503, 503] == [client.post("/_ck/decide", f"decision={d}", JSON).status for d in ("accept", "reject")]
        assert ({}, False) == (client.cookies, is_live(client))
    assert 200 == client.post("/_ck/decide", "decision=accept", JSON).status
    assert is_live(client)
    assert 1 == len(store.find(subject_of(client)))
    store.close()


@FAULTS
def test_spool(visit: Visit, tmp_path: Path, fault: Fault) -> None:
    """While the store fails decisions hold and wait; when it works again they are stored in order, once each."""
    spool = Spool(tmp_path / "spool")
    with fault(tmp_path) as store:
        client = visit(page, store=SpoolingStore(store, spool), on_store_failure="spool")
        assert 200 == client.post("/_ck/decide", "decision=accept", JSON).status
        assert is_live(client)
        assert 200 == client.post("/_ck/decide", "decision=reject", JSON).status
        assert not is_live(client)
        assert 2 == len(spool.waiting())
    assert 200 == client.post("/_ck/decide", "decision=accept", JSON).status
    kept = store.find(subject_of(client))
    assert [True, False, True] == [record.choices["analytics"] for record in kept]
    assert [] == spool.waiting()
    store.close()


def test_a_full_spool(visit: Visit, tmp_path: Path) -> None:
    """A spool with no room left refuses: a fault that lasts is seen."""
    with down(tmp_path) as store:
        client = visit(page, store=SpoolingStore(store, Spool(tmp_path / "spool", limit=1)), on_store_failure="spool")
        assert [200, 503] == [client.post("/_ck/decide", f"decision={d}", JSON).status for d in ("accept", "reject")]
        assert is_live(client), "what was refused changed nothing"
