"""The visitor of every driver."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache

import pytest

from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from tests.drivers.clients import DRIVERS, Client, Site
from tests.drivers.policies import SECRET, small_policy

MakeClient = Callable[..., Client]


@lru_cache
def kit_of(changes: str) -> ConsentKit:
    """The kit of a policy with these changes: immutable, so that tests can share what takes long to build."""
    return ConsentKit(small_policy(**ast.literal_eval(changes)), secret=SECRET)


@pytest.fixture(params=DRIVERS)
def visit(request: pytest.FixtureRequest) -> MakeClient:
    """Makes a visitor of a site behind each driver: ``visit(site, policy=…, store=…, mount=…)``."""

    def make(site: Site, *, store: object = None, mount: str = "", **policy: object) -> Client:
        return Client(request.param, kit_of(repr(policy)), store or MemoryStore(), site, mount)  # type: ignore[arg-type]

    return make
