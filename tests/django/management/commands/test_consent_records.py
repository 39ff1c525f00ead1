"""`manage.py consent_records`."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings

from consentkit.consent.record import dump_record
from consentkit.django.models import ConsentHead, ConsentRecord
from consentkit.django.store import DjangoStore
from consentkit.records.memory import MemoryStore
from consentkit.records.spool import Spool, SpoolingStore
from consentkit.records.threads import AsyncFromSync
from tests.django.commands import output
from tests.records.conftest import numbered


def test_records(database: None) -> None:
    """`consent_records` prints the records of a subject or all, and erases those of a subject."""
    ConsentRecord.objects.all()._raw_delete("default")
    DjangoStore().append(numbered(1))
    DjangoStore().append(numbered(2, subject="two"))
    assert f"{dump_record(numbered(1))}\n" == output("consent_records", "find", "ab" * 16)
    assert 2 == len(output("consent_records", "export").splitlines())
    assert "1 records erased\n" == output("consent_records", "erase", "two")
    assert "" == output("consent_records", "find", "two")
    for arguments in (("find",), ("erase",), ("export", "two")):
        with pytest.raises(CommandError, match="takes"):
            output("consent_records", *arguments)


@pytest.mark.parametrize("awaited", [False, True])
def test_records_of_other_stores(awaited: bool) -> None:
    """Other stores are asked in the same way; they are exported by their own means."""
    store = MemoryStore()
    store.append(numbered(1))
    records = AsyncFromSync(store) if awaited else store
    with override_settings(CONSENTKIT={**settings.CONSENTKIT, "records": records}):
        assert f"{dump_record(numbered(1))}\n" == output("consent_records", "find", "ab" * 16)
        with pytest.raises(CommandError, match="another store"):
            output("consent_records", "export")


def test_records_are_verified_and_purged(database: None) -> None:
    """`verify` prints the head to note and fails over a row that was changed; `purge` keeps to the retention."""
    ConsentRecord.objects.all()._raw_delete("default")
    ConsentHead.objects.all().delete()
    store, now = DjangoStore(), int(time.time())
    store.append(numbered(1, at=now - 30 * 366 * 86_400))
    store.append(numbered(2, at=now))
    first = output("consent_records", "verify").splitlines()
    assert ["2 records, 0 erased"] == first[:1]
    head = first[1].removeprefix("head ")
    assert "1 row removed\n" == output("consent_records", "purge")
    assert "1 record, 0 erased, purged through number 1" in output("consent_records", "verify", "--head", head)
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        output("consent_records", "verify", "--head", "2")
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE consentkit_consentrecord SET at = at + 1 WHERE number = 2")
    errors = io.StringIO()
    with pytest.raises(CommandError, match="NOT good"):
        call_command("consent_records", "verify", stderr=errors, stdout=io.StringIO())
    assert "number 2: changed" in errors.getvalue()


def test_records_behind_a_spool(database: None, tmp_path: Path) -> None:
    """Where records may wait in a folder, those in the database are exported and verified all the same."""
    ConsentRecord.objects.all()._raw_delete("default")
    ConsentHead.objects.all().delete()
    store = SpoolingStore(DjangoStore(), Spool(tmp_path / "spool"))
    store.append(numbered(1))
    with override_settings(CONSENTKIT={**settings.CONSENTKIT, "records": store}):
        assert f"{dump_record(numbered(1))}\n" == output("consent_records", "export")
        assert "1 record, 0 erased\n" in output("consent_records", "verify")


def test_a_store_that_fails() -> None:
    """A store that fails is a sentence."""
    away = override_settings(CONSENTKIT={**settings.CONSENTKIT, "database": "nowhere"})
    with away, pytest.raises(CommandError, match="nowhere"):
        output("consent_records", "find", "x")
