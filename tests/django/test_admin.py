"""The admin shows records and exports them, and changes none."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from consentkit.consent.record import dump_record
from consentkit.django.models import ConsentRecord
from consentkit.django.store import DjangoStore
from tests.django.conftest import FORM, HEADERS
from tests.records.conftest import numbered

LIST = "admin:consentkit_consentrecord_changelist"


@pytest.fixture
def admin(database: None) -> Iterator[Client]:
    """Somebody who may see everything; there are two records."""
    ConsentRecord.objects.all()._raw_delete("default")
    DjangoStore().append(numbered(1))
    DjangoStore().append(numbered(2, subject="=cmd()"))
    user = User.objects.create_superuser("owner", "owner@brightwash.example", "a password")
    client = Client(headers=HEADERS)
    client.force_login(user)
    yield client
    user.delete()


def test_records_are_shown(admin: Client) -> None:
    """The list finds records, and a record is shown without a field to change or a button to delete."""
    text = admin.get(reverse(LIST), {"q": "=cmd"}).content.decode()
    assert (True, False) == (numbered(2).record_id in text, numbered(1).record_id in text)
    row = ConsentRecord.objects.get(subject="=cmd()")
    change = reverse("admin:consentkit_consentrecord_change", args=[row.pk])
    text = admin.get(change).content.decode()
    assert "=cmd()" in text
    assert 'name="subject"' not in text
    assert "deletelink" not in text
    assert 403 == admin.post(change, {"subject": "x"}, headers=FORM).status_code
    for name, args in (("add", []), ("delete", [row.pk])):
        url = reverse(f"admin:consentkit_consentrecord_{name}", args=args)
        assert 403 == admin.post(url, {"post": "yes"}, headers=FORM).status_code
    assert 2 == ConsentRecord.objects.count()


@pytest.mark.parametrize("action", ["export_json", "export_csv"])
def test_exports(admin: Client, action: str) -> None:
    """The chosen records leave as JSON Lines, exactly as they were proven, or as CSV without formulas."""
    chosen = list(ConsentRecord.objects.values_list("pk", flat=True))
    data = {"action": action, "_selected_action": chosen}
    response = admin.post(reverse(LIST), data, headers=FORM)
    text = b"".join(response).decode()
    assert (200, True) == (response.status_code, "no-store" in response["Cache-Control"])
    if action == "export_json":
        assert [dump_record(numbered(1)), dump_record(numbered(2, subject="=cmd()"))] == text.splitlines()
        return
    head, *rows = csv.reader(io.StringIO(text))
    assert ["record_id", "subject", "time", "source", "payload"] == head
    assert ["ab" * 16, "'=cmd()"] == [row[1] for row in rows]
    assert numbered(1).record_id == json.loads(rows[0][4])["record_id"]
