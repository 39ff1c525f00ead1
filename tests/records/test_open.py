"""From what a caller wrote to a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from consentkit.errors import UsageError
from consentkit.records.memory import MemoryStore
from consentkit.records.open import DEFAULT_FILE, open_store
from consentkit.records.sqlite import SQLiteStore


def test_nothing_is_the_default_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word the records go to a file in the working directory."""
    monkeypatch.chdir(tmp_path)
    store = open_store(None)
    assert isinstance(store, SQLiteStore)
    assert tmp_path / DEFAULT_FILE == store.path


def test_a_path_is_a_file(tmp_path: Path) -> None:
    """A path, as text or not, is the file of that name."""
    for path in (tmp_path / "a.sqlite3", str(tmp_path / "b.sqlite3")):
        store = open_store(path)
        assert isinstance(store, SQLiteStore)
        assert Path(path) == store.path


def test_a_store_is_itself() -> None:
    """A store is used as it is."""
    store = MemoryStore()
    assert open_store(store) is store


def test_a_url_is_refused() -> None:
    """A database's URL is not taken for the name of a file."""
    with pytest.raises(UsageError, match="is a URL"):
        open_store("postgresql://localhost/records")


def test_anything_else_is_refused() -> None:
    """What lacks a store's methods is refused with their names."""
    with pytest.raises(UsageError, match="lacks append, find, erase, close"):
        open_store(7)  # type: ignore[arg-type]
