"""What was counted stands in a table of the SQLite file."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from consentkit.consent.effects import Count
from consentkit.errors import StoreError
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.sqlite_counts import read
from consentkit.records.store import perform
from tests.records.counting import seen


def test_threads_lose_no_count(tmp_path: Path) -> None:
    """Several threads add to the same host."""
    store = SQLiteStore(tmp_path / "records.sqlite3", timeout=120.0)  # the machine may be busy
    threads = [
        threading.Thread(target=lambda: [perform(store, [Count((seen("a.example"),))]) for _ in range(5)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [20] == [each.count for each in read(tmp_path / "records.sqlite3")]


def test_failures_are_store_errors(tmp_path: Path) -> None:
    """A store that is closed, and a file that is none, are told with a sentence; a file without counts has none."""
    store = SQLiteStore(tmp_path / "records.sqlite3")
    assert read(tmp_path / "records.sqlite3") == []
    store.close()
    assert isinstance(perform(store, [Count((seen("a.example"),))]), StoreError)
    (tmp_path / "other").write_text("no database, but long enough to be looked at as one" * 20)
    for name in ("other", "missing"):
        with pytest.raises(StoreError, match="keeps its records in"):
            read(tmp_path / name)
    assert not (tmp_path / "missing").exists()
