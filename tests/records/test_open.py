"""From what a caller wrote to a store."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from consentkit.errors import StoreError, UsageError
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


@pytest.mark.parametrize(
    "url", ["sqlite:///records.sqlite3", "mysql://localhost/records", "https://host.example/", "x://"]
)
def test_another_url_is_refused(url: str) -> None:
    """Only a PostgreSQL database's URL is one that records can be kept at."""
    with pytest.raises(UsageError, match=r"no PostgreSQL|no URL|consentkit\[sql\]"):
        open_store(url)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    """A database that cannot be reached is told of at the start, without the password."""
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match="connection") as caught:
        open_store(f"postgresql://user:hush@/records?host={tmp_path}")
    assert "hush" not in str(caught.value)


def test_without_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without SQLAlchemy the sentence says what to install."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    monkeypatch.delitem(sys.modules, "consentkit.records.sql", raising=False)
    with pytest.raises(UsageError, match=r"consentkit\[sql\]"):
        open_store("postgresql://localhost/records")


def test_anything_else_is_refused() -> None:
    """What lacks a store's methods is refused with their names."""
    with pytest.raises(UsageError, match="lacks append, find, erase, close"):
        open_store(7)  # type: ignore[arg-type]
