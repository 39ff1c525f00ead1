"""The management commands, and the migrations."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings

from consentkit.consent.record import dump_record
from consentkit.consent.violation import Violation
from consentkit.django.models import ConsentHead, ConsentRecord, ConsentViolation
from consentkit.django.store import DjangoStore
from consentkit.records.memory import MemoryStore
from consentkit.records.spool import Spool, SpoolingStore
from consentkit.records.threads import AsyncFromSync
from tests.records.conftest import numbered

POLICY = Path(__file__).resolve().parents[2] / "examples" / "brightwash" / "policy.toml"


def output(*arguments: str) -> str:
    """What a command prints."""
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_a_good_policy() -> None:
    """`consent_policy check` says that the file is good."""
    with override_settings(CONSENTKIT=POLICY):
        assert f"{POLICY}: good\n" == output("consent_policy", "check").splitlines(keepends=True)[-1]


def test_a_bad_policy(tmp_path: Path) -> None:
    """It prints every problem with file and line, and fails."""
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "1"\nsites = ["brightwash.example"]\nservices = ["youtub"]\n')
    errors = io.StringIO()
    with override_settings(CONSENTKIT={"policy": policy}), pytest.raises(CommandError, match="problems"):
        call_command("consent_policy", "check", stderr=errors)
    assert f"{policy}:3: services[0]" in errors.getvalue()


@pytest.mark.parametrize("value", [None, {}, settings.CONSENTKIT])
def test_no_policy_to_check(value: object) -> None:
    """Without a file to check it says so."""
    with override_settings(CONSENTKIT=value), pytest.raises(CommandError, match="CONSENTKIT"):
        output("consent_policy", "check")


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
    assert ["2 records, 0 erased, purged through number 0"] == first[:1]
    head = first[1].removeprefix("head ")
    assert "1 rows removed\n" == output("consent_records", "purge")
    assert "1 records, 0 erased, purged through number 1" in output("consent_records", "verify", "--head", head)
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        output("consent_records", "verify", "--head", "2")
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE consentkit_consentrecord SET at = at + 1 WHERE number = 2")
    errors = io.StringIO()
    with pytest.raises(CommandError, match="NOT good"):
        call_command("consent_records", "verify", stderr=errors, stdout=io.StringIO())
    assert "number 2: changed" in errors.getvalue()


def test_what_browsers_reported(database: None) -> None:
    """`consent_report` names undeclared hosts with the lines that declare them, as text or as JSON."""
    ConsentViolation.objects.all().delete()
    DjangoStore().count((Violation("spy.example", "img-src", "", "/about", 3, 5),))
    text = output("consent_report")
    assert text.startswith("undeclared third parties: 1\n         3  spy.example  img-src  (seen at /about)\n")
    assert 'hosts = ["spy.example"]' in text
    assert "spy.example" == json.loads(output("consent_report", "--json"))["undeclared"][0]["host"]
    memory = override_settings(CONSENTKIT={**settings.CONSENTKIT, "records": MemoryStore()})
    with memory, pytest.raises(CommandError, match="does not count"):
        output("consent_report")


def test_records_behind_a_spool(database: None, tmp_path: Path) -> None:
    """Where records may wait in a folder, those in the database are exported and verified all the same."""
    ConsentRecord.objects.all()._raw_delete("default")
    ConsentHead.objects.all().delete()
    store = SpoolingStore(DjangoStore(), Spool(tmp_path / "spool"))
    store.append(numbered(1))
    with override_settings(CONSENTKIT={**settings.CONSENTKIT, "records": store}):
        assert f"{dump_record(numbered(1))}\n" == output("consent_records", "export")
        assert "1 records, 0 erased" in output("consent_records", "verify")


def test_a_store_that_fails() -> None:
    """A store that fails is a sentence."""
    away = override_settings(CONSENTKIT={**settings.CONSENTKIT, "database": "nowhere"})
    with away, pytest.raises(CommandError, match="nowhere"):
        output("consent_records", "find", "x")


def test_migrations_are_complete(database: None) -> None:
    """The migrations make the tables that the models describe."""
    call_command("makemigrations", "consentkit", check=True, dry_run=True, verbosity=0)
