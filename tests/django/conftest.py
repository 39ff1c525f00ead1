"""The site, and visitors of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings

import django
from consentkit.records.memory import MemoryStore
from tests.drivers.clients import NAVIGATION

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.django.project"


django.setup()

HEADERS = {**dict(NAVIGATION), "Host": "brightwash.example"}
URLENCODED = "application/x-www-form-urlencoded"
FORM = {**HEADERS, "Sec-Fetch-Site": "same-origin", "Origin": "https://brightwash.example"}


@pytest.fixture(scope="session")
def database() -> Iterator[None]:
    """The site's database, with its tables."""
    call_command("migrate", verbosity=0)
    yield
    connections.close_all()


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    """The site with records that are easy to look at."""
    made = MemoryStore()
    with override_settings(CONSENTKIT={**settings.CONSENTKIT, "records": made}):
        cache.clear()
        yield made


@pytest.fixture
def client(store: MemoryStore) -> Client:
    """A browser."""
    return Client(headers=HEADERS)


def accept(client: Client) -> Any:
    """Grants everything."""
    return client.post("/_ck/decide", "decision=accept", content_type=URLENCODED, headers=FORM)
