"""The store in the site's database keeps the contract of every store."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.test import AsyncClient, Client, override_settings

from consentkit.consent.record import Record, dump_record
from consentkit.consent.violation import Violation
from consentkit.django.models import ConsentHead, ConsentRecord, ConsentViolation, subject_key
from consentkit.django.store import DjangoStore
from consentkit.errors import StoreError, UsageError
from consentkit.records.chain import verify
from tests.django.conftest import HEADERS, accept
from tests.records.conftest import numbered
from tests.records.test_chain import (  # noqa: F401 (the contract of chains: the same tests for this store)
    test_a_used_store_is_good,
    test_an_empty_store_is_good,
    test_every_row_hangs_on_the_one_before,
    test_which_stores_have_a_chain,
)
from tests.records.test_rows import (  # noqa: F401 (likewise)
    test_erased_means_gone,
    test_purging_empties_what_a_wrong_clock_hid,
    test_purging_goes_in_slices,
    test_purging_removes_the_oldest,
)
from tests.records.test_store import *  # noqa: F403 (the contract: the same tests for this store)

T = TypeVar("T")


class OfAnyThread(DjangoStore):
    """Closes connections behind threads that are not Django's; Django does so after each request of its own."""

    def _run(self, work: Callable[[], T]) -> T:
        try:
            return super()._run(work)
        finally:
            if threading.current_thread() is not threading.main_thread():
                connections.close_all()


@pytest.fixture
def store(database: None) -> Iterator[DjangoStore]:
    """The store, empty."""
    made = OfAnyThread()
    ConsentRecord.objects.all()._raw_delete("default")
    ConsentHead.objects.all().delete()
    yield made
    made.close()


@pytest.fixture
def make_record() -> Callable[..., Record]:
    """Makes the record of a number."""
    return numbered


def test_rows_never_change(store: DjangoStore, make_record: Callable[..., Record]) -> None:
    """Rows can be added and read, and nothing else, whichever way it is tried."""
    store.append(make_record(1))
    row = ConsentRecord.objects.get()
    assert make_record(1) == row.record
    assert (make_record(1).record_id, make_record(1).time) == (str(row), row.time)
    row.subject = "somebody else"
    rows = ConsentRecord.objects.all()
    for change in (
        row.save,
        row.delete,
        rows.delete,
        lambda: rows.update(subject="x"),
        lambda: rows.bulk_update([row], ["subject"]),
        lambda: rows.bulk_create([row]),
    ):
        with pytest.raises(UsageError, match="append-only"):
            change()
    assert [make_record(1)] == store.find("ab" * 16)


def test_tampering_with_the_table_is_found(store: DjangoStore, make_record: Callable[..., Record]) -> None:
    """What is changed, moved or removed by SQL shows, and which row it was."""
    for number in range(1, 5):
        store.append(make_record(number))
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "UPDATE consentkit_consentrecord SET payload = replace(payload, 'true', 'false') WHERE number = 2"
        )
        cursor.execute("DELETE FROM consentkit_consentrecord WHERE number = 3")
    assert {(2, "changed"), (4, "removed")} == {(fault.number, fault.kind) for fault in verify(store).faults}


def test_rows_from_before_the_chain_are_chained_in_their_order(
    store: DjangoStore, make_record: Callable[..., Record]
) -> None:
    """The migration gives every row that there is its place, and what follows hangs on the last one."""
    store.append(make_record(9, subject="gone"))
    store.erase("gone")
    call_command("migrate", "consentkit", "0001", verbosity=0)
    table = MigrationExecutor(connections["default"]).loader.project_state(("consentkit", "0001_initial")).apps
    for number in (1, 2):
        record = make_record(number)
        table.get_model("consentkit", "ConsentRecord").objects.create(
            record_id=record.record_id, subject=record.subject, subject_key=subject_key(record.subject), at=record.at,
            source=record.source, payload=dump_record(record),
        )  # fmt: skip
    call_command("migrate", verbosity=0)
    store.append(make_record(3))
    result = verify(store)
    assert (True, 3) == (result.good, result.records)
    assert [make_record(1), make_record(2), make_record(3)] == store.find(make_record(1).subject)


def test_no_table(make_record: Callable[..., Record], tmp_path: object) -> None:
    """A database without the table is a StoreError with a sentence, and an unknown alias too."""
    store = DjangoStore("nowhere")
    with pytest.raises(StoreError, match="nowhere"):
        store.append(make_record(1))
    with pytest.raises(StoreError, match="migrate"):
        store.find("x")


def test_texts_that_are_none(store: DjangoStore, make_record: Callable[..., Record]) -> None:
    """What no database can hold is a StoreError."""
    with pytest.raises(StoreError):
        store.append(make_record(1, language="\ud800"))


def test_decisions_are_kept_there(store: DjangoStore) -> None:
    """By default a decision is a row of the site's database."""
    accept(Client(headers=HEADERS))
    assert ["banner"] == [row.source for row in ConsentRecord.objects.all()]


def test_decisions_from_the_event_loop(store: DjangoStore) -> None:
    """Under ASGI it is written in the thread in which Django keeps the connection."""

    async def visit() -> None:
        client = AsyncClient(headers=HEADERS)
        assert 303 == (await accept(client)).status_code
        await client.get("/aaccount")
        await sync_to_async(connections.close_all)()

    asyncio.run(visit())
    assert ["banner", "account"] == [row.source for row in ConsentRecord.objects.order_by("number")]


def test_a_database_that_is_away(database: None, caplog: pytest.LogCaptureFixture) -> None:
    """Without a database there is no decision: 503 and no cookie, and the log knows why."""
    with override_settings(CONSENTKIT={**settings.CONSENTKIT, "database": "nowhere"}):
        response = accept(Client(headers=HEADERS))
    assert (503, []) == (response.status_code, list(response.cookies))
    assert "nowhere" in caplog.text


def test_violations_are_added_up(store: DjangoStore) -> None:
    """A row of its own for each host and way of contact; the first page stays, the newest time counts."""
    ConsentViolation.objects.all().delete()
    first = (Violation("a.example", "img-src", "", "/first", 1, 9), Violation("a.example", "font-src", "", "/", 1, 1))
    store.count(first)
    store.count((Violation("a.example", "img-src", "tube", "/later", 4, 3),))
    assert [Violation("a.example", "img-src", "tube", "/first", 5, 9), first[1]] == store.violations()
