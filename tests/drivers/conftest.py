"""The visitor of every driver."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from tests.drivers.clients import DRIVERS, Client, Site
from tests.drivers.policies import SECRET, small_policy

MakeClient = Callable[..., Client]


@pytest.fixture(params=DRIVERS)
def visit(request: pytest.FixtureRequest) -> MakeClient:
    """Makes a visitor of a site behind each driver: ``visit(site, policy=…, store=…, mount=…)``."""

    def make(site: Site, *, store: object = None, mount: str = "", **policy: object) -> Client:
        kit = ConsentKit(small_policy(**policy), secret=SECRET)
        return Client(request.param, kit, store or MemoryStore(), site, mount)  # type: ignore[arg-type]

    return make
