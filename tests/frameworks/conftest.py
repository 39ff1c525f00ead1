"""The same visitor in front of every framework's app."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from tests.drivers.clients import Answered, Asked, Client
from tests.drivers.policies import SECRET
from tests.frameworks.site import policy as site_policy

FRAMEWORKS = sorted(file.stem for file in (Path(__file__).parent / "apps").glob("*.py"))


def nothing(_asked: Asked) -> Answered:
    """The site of the base class, which the framework's takes the place of."""
    return Answered(b"")


@dataclass
class Visitor(Client):
    """A browser in front of a framework's app, which it finds as a server does."""

    framework: ModuleType | None = None

    def __post_init__(self) -> None:
        """Makes the app."""
        assert self.framework is not None
        self.middleware = self.framework.make_app(self.kit.policy, self.store)


@functools.cache
def kit_of(mode: str) -> ConsentKit:
    """The kit that the visitor knows the policy from; the app makes its own of it."""
    return ConsentKit(site_policy(mode=mode), secret=SECRET)


MakeVisitor = Callable[..., Visitor]


def load(name: str) -> ModuleType:
    """A framework's file; the test is skipped where the framework is not installed."""
    path = Path(__file__).parent / "apps" / f"{name}.py"
    needs = {line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("PROTOCOL, NEEDS = ")}
    (declared,) = needs
    modules = eval(declared.partition(" = ")[2], {})[1]
    if absent := [module for module in modules if importlib.util.find_spec(module) is None]:
        pytest.skip(f"{', '.join(absent)} is not installed; the dependency group `frameworks` brings it")
    with warnings.catch_warnings(action="ignore"):  # what others' modules warn of is theirs (Pyramid: pkg_resources)
        return importlib.import_module(f"tests.frameworks.apps.{name}")


@pytest.fixture(params=FRAMEWORKS)
def visit(request: pytest.FixtureRequest) -> MakeVisitor:
    """Makes a visitor of the site in each framework: ``visit(mount=…, mode=…)``."""
    framework = load(request.param)

    def make(mount: str = "", mode: str = "per-visitor") -> Visitor:
        kit = kit_of(mode)
        driver = f"{framework.PROTOCOL}-whole"
        return Visitor(driver, kit, MemoryStore(), nothing, mount, framework=framework)

    return make
