"""The visitor of every driver."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from tests.drivers.clients import DRIVERS, Client, Site
from tests.drivers.policies import SECRET, small_policy

MakeClient = Callable[..., Client]

# Each framework that is installed and has a file here, behind each kind of server.
FRAMEWORKS = [name for path in sorted(Path(__file__).parent.glob("client_*.py"))
              if find_spec(name := path.stem.removeprefix("client_"))]  # fmt: skip
STACKS = [*DRIVERS, *(f"{framework}-{driver}" for framework in FRAMEWORKS for driver in DRIVERS)]


@lru_cache
def kit_of(changes: str) -> ConsentKit:
    """The kit of a policy with these changes: immutable, so that tests can share what takes long to build."""
    return ConsentKit(small_policy(**ast.literal_eval(changes)), secret=SECRET)


@pytest.fixture(params=STACKS)
def visit(request: pytest.FixtureRequest) -> Iterator[MakeClient]:
    """Makes a visitor of a site behind each driver: ``visit(site, policy=…, store=…, mount=…)``."""
    framework, driver = request.param.split("-", 1) if request.param not in DRIVERS else ("", request.param)
    kind: type[Client] = import_module(f"tests.drivers.client_{framework}").Client if framework else Client
    made = list[Client]()

    def make(site: Site, *, store: object = None, mount: str = "", **policy: object) -> Client:
        client = kind(driver, kit_of(repr(policy)), store or MemoryStore(), site, mount)  # type: ignore[arg-type]
        made.append(client)
        return client

    yield make
    for client in reversed(made):
        client.close()
