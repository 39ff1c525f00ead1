"""`manage.py consent_report`."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.test import override_settings

from consentkit.consent.violation import Violation
from consentkit.django.models import ConsentViolation
from consentkit.django.store import DjangoStore
from consentkit.records.memory import MemoryStore
from tests.django.commands import output


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
