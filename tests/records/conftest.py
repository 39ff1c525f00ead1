"""Stores of every kind, and records to put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from consentkit.consent.record import Record
from consentkit.policy.models import Controller, Policy, Purpose, Retention, Rights
from consentkit.records.chain import ChainedStore
from consentkit.records.memory import MemoryStore
from consentkit.records.sqlite import SQLiteStore

if TYPE_CHECKING:
    from tests.records.postgres import Server

# Seconds that threads of a test may wait for each other: on a busy machine they need more than the second in which a
# visitor is answered. How long a store waits is what its own tests show.
PATIENCE = 120.0

SAMPLE = Record(
    record_id="00000000-0000-4000-8000-000000000000",
    subject="ab" * 16,
    at=1_780_000_000,
    source="banner",
    choices={"analytics": True, "marketing": False},
    services={"analytics": ("counter",)},
    policy_version="1",
    policy_hash="0" * 32,
    text_hash="1" * 64,
    language="en",
    controller="Brightwash Ltd — Größe",
    signals=("gpc",),
)


def numbered(number: int, **changes: object) -> Record:
    """The sample under another id."""
    return replace(SAMPLE, record_id=str(UUID(int=number)), **changes)  # type: ignore[arg-type]


@pytest.fixture
def make_record() -> Callable[..., Record]:
    """Makes the record of a number."""
    return numbered


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; without one the test is skipped."""
    for module in ("sqlalchemy", "psycopg"):
        pytest.importorskip(module, reason=f"{module} is not installed: records in PostgreSQL are not tested")
    from tests.records.postgres import Server, programs

    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed: records in it are not tested")
    server = Server(found)
    yield server
    server.remove()


@pytest.fixture(params=["memory", "sqlite", "postgresql", "postgresql-partitioned"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ChainedStore]:
    """Each kind of plain store, empty."""
    made: ChainedStore
    if request.param == "memory":
        made = MemoryStore()
    elif request.param == "sqlite":
        made = SQLiteStore(tmp_path / "records.sqlite3", timeout=PATIENCE)
    else:
        server = request.getfixturevalue("postgres")
        from consentkit.records.sql import SQLStore

        made = SQLStore(server.database(), timeout=PATIENCE)
        if request.param == "postgresql-partitioned":
            made.partition(now=SAMPLE.at, months=2)
    yield made
    made.close()


@pytest.fixture(scope="session")
def policy() -> Policy:
    """A policy with a purpose that the banner asks for, and two that forms ask for."""
    return Policy(
        version="7",
        sites=("brightwash.example",),
        controller=Controller(name="Brightwash Ltd", address="1 Glass Lane", email="privacy@brightwash.example"),
        purposes=(
            Purpose(id="analytics", title="Counting", summary="We count.", text="We count visits."),
            Purpose(id="newsletter", title="Newsletter", summary="Mail.", text="We write monthly.", asked="form"),
            Purpose(id="sponsor", title="Sponsor", summary="Answers.", text="We share answers.", asked="form"),
        ),
        rights=Rights(contact="Write to us.", authority="Data Office", authority_url="https://authority.example/"),
        retention=Retention(records="5 years", text="Proofs are kept for five years."),
        mandatory_data="None.",
        automated_decisions="None.",
    )
