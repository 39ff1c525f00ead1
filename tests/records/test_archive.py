"""Policies and texts outlive the records that refer to them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from consentkit.consent.record import Record
from consentkit.errors import StoreError
from consentkit.policy.models import Policy
from consentkit.records.archive import NO_TEXT, Archive
from consentkit.records.memory import MemoryStore

MakeRecord = Callable[..., Record]
TEXT = '{"texts":"Größe"}'
TEXT_HASH = hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.fixture
def archive(tmp_path: Path, policy: Policy) -> Archive:
    """An archive with one policy and one text."""
    made = Archive(tmp_path / "archive")
    made.keep(policy, TEXT)
    return made


def files(archive: Archive) -> list[str]:
    """All of its files."""
    return sorted(str(path.relative_to(archive.folder)) for path in archive.folder.rglob("*") if path.is_file())


def test_what_was_kept_can_be_read(archive: Archive, policy: Policy) -> None:
    """Policy and text come back by their hashes."""
    assert policy == archive.policy(policy.hash)
    assert TEXT == archive.text(TEXT_HASH)
    assert [f"policies/{policy.hash}.json", f"texts/{TEXT_HASH}.json"] == files(archive)


def test_keeping_again_changes_nothing(archive: Archive, policy: Policy) -> None:
    """What is there is not written again."""
    before = {path: path.stat().st_ino for path in archive.folder.rglob("*.json")}
    archive.keep(policy, TEXT)
    assert before == {path: path.stat().st_ino for path in archive.folder.rglob("*.json")}


def test_a_damaged_file_counts_as_missing(archive: Archive, policy: Policy) -> None:
    """A file that does not hash to its name is not given out, and is mended by keeping again."""
    path = archive.folder / "texts" / f"{TEXT_HASH}.json"
    path.write_text(TEXT + " ", "utf-8")
    assert archive.text(TEXT_HASH) is None
    archive.keep(policy, TEXT)
    assert TEXT == archive.text(TEXT_HASH)


@pytest.mark.parametrize("name", ["", "../policies/x", "f" * 63, "F" * 64, "/etc/passwd"])
def test_only_hashes_are_names(archive: Archive, name: str) -> None:
    """What is no hash names no file."""
    assert archive.text(name) is None
    assert archive.policy(name) is None


def test_a_policy_nobody_can_read_any_more(archive: Archive) -> None:
    """A file that is no policy for this version is None, and no error."""
    data = b'{"version":"of a later time"}'
    digest = hashlib.sha256(data).hexdigest()[:32]
    (archive.folder / "policies" / f"{digest}.json").write_bytes(data)
    assert archive.policy(digest) is None


def test_what_is_missing(archive: Archive, policy: Policy, make_record: MakeRecord) -> None:
    """Records are told of whose policy or text is not there; texts that a record holds itself are not asked for."""
    store = MemoryStore()
    store.append(make_record(1, policy_hash=policy.hash, text_hash=TEXT_HASH))
    store.append(make_record(2, policy_hash=policy.hash, text_hash="2" * 64, text="Yes, write to me."))
    store.append(make_record(3, policy_hash=policy.hash, text_hash=NO_TEXT))
    assert [] == archive.missing(store)
    store.append(make_record(4, policy_hash=policy.hash, text_hash="3" * 64))
    store.append(make_record(5, policy_hash="4" * 32, text_hash="3" * 64))
    assert [
        (f"texts/{'3' * 64}.json", make_record(4).record_id, 2), (f"policies/{'4' * 32}.json", make_record(5).record_id, 1),
    ] == [(missing.path, missing.record_id, missing.count) for missing in archive.missing(store)]  # fmt: skip
    first, second = archive.missing(store)
    assert str(first).endswith(f"record {make_record(4).record_id} and 1 more refer to it")
    assert str(second).endswith(f"record {make_record(5).record_id} refers to it")


def test_pruning_keeps_what_records_refer_to(archive: Archive, policy: Policy, make_record: MakeRecord) -> None:
    """Only what no record needs and nobody kept lately goes."""
    store = MemoryStore()
    store.append(make_record(1, policy_hash=policy.hash, text_hash="3" * 64))
    archive.keep(policy, "recent")
    for path in (f"policies/{policy.hash}.json", f"texts/{TEXT_HASH}.json"):
        os.utime(archive.folder / path, (1000, 1000))
    assert 1 == archive.prune(store, 2000)
    assert [f"policies/{policy.hash}.json", f"texts/{hashlib.sha256(b'recent').hexdigest()}.json"] == files(archive)
    assert 0 == archive.prune(store, 2000)


def test_a_folder_that_cannot_be(tmp_path: Path, policy: Policy) -> None:
    """A file in the folder's place, and a folder that went away, are told of."""
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StoreError, match="cannot be archived"):
        Archive(tmp_path / "file")
    archive = Archive(tmp_path / "gone")
    for part in ("policies", "texts"):
        (archive.folder / part).rmdir()
    with pytest.raises(StoreError, match="cannot be archived"):
        archive.keep(policy)
