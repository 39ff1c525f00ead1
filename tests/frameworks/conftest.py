"""The same visitor in front of every framework's app."""

from __future__ import annotations

import ast
import contextlib
import functools
import http.client
import importlib
import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from tests.drivers.clients import Answered, Asked, Client, Reply
from tests.drivers.policies import SECRET
from tests.drivers.processes import START_SECONDS, process, reserved_port
from tests.frameworks.serve import CHOOSES, SERVERS, Lines, command, installed
from tests.frameworks.site import policy as site_policy

APPS = Path(__file__).parent / "apps"
FRAMEWORKS = sorted(file.stem for file in APPS.glob("*.py"))


def declared(name: str) -> tuple[str, tuple[str, ...]]:
    """Protocol and needed modules of a framework's file, without importing it."""
    lines = (APPS / f"{name}.py").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith("PROTOCOL, NEEDS = ")]
    protocol, needs = ast.literal_eval(line.partition(" = ")[2])
    return protocol, needs


SERVED = [f"{name}@{server}" for server, (protocol, only) in SERVERS.items() for name in FRAMEWORKS
          if declared(name)[0] == protocol and (not only or name in only)]  # fmt: skip


def nothing(_asked: Asked) -> Answered:
    """The site of the base class, which the framework's takes the place of."""
    return Answered(b"")


@dataclass
class Visitor(Client):
    """A browser in front of a framework's app, which it finds as a server does."""

    framework: ModuleType | None = None
    before: int = 0

    def __post_init__(self) -> None:
        """Takes the app, which is made once unless making it changes something of the process's."""
        assert self.framework is not None
        if hasattr(self.framework, "close"):
            self.middleware = self.framework.make_app(self.kit.policy, self.store)
        else:
            self.middleware, self.store = _made_once(self.framework, self.kit.policy.mode)
        self.before = len(self._proven())

    def choices(self) -> list[dict[str, bool]]:
        """What was proven since this visitor came."""
        return self._proven()[self.before :]

    def _proven(self) -> list[dict[str, bool]]:
        assert isinstance(self.store, MemoryStore | Lines)
        return [dict(record.choices) for record in self.store.records]


@dataclass
class ServedVisitor(Visitor):
    """The same in front of a real server, over one connection."""

    chosen: str = ""
    port: int = 0

    def __post_init__(self) -> None:
        """Connects."""
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        self.before = len(self._proven())

    def close(self) -> None:
        """Hangs up."""
        self.connection.close()

    def _through_wsgi(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Reply:
        fields = {"Host": "brightwash.example", CHOOSES: self.chosen, **dict(headers)}
        try:
            self.connection.request(method, path, body, fields)
            answer = self.connection.getresponse()
        except (ConnectionResetError, BrokenPipeError):  # uvicorn hangs up after an exception, as browsers know
            self.connection.close()
            self.connection.request(method, path, body, fields)
            answer = self.connection.getresponse()
        return Reply(answer.status, answer.getheaders(), answer.read())

    _through_asgi = _through_wsgi


@functools.cache
def _made_once(framework: ModuleType, mode: str) -> tuple[Any, MemoryStore]:
    store = MemoryStore()
    return framework.make_app(kit_of(mode).policy, store), store


@functools.cache
def kit_of(mode: str) -> ConsentKit:
    """The kit that the visitor knows the policy from; the app makes its own of it."""
    return ConsentKit(site_policy(mode=mode), secret=SECRET)


MakeVisitor = Callable[..., Visitor]


def load(name: str) -> ModuleType:
    """A framework's file; the test is skipped where the framework is not installed."""
    modules = declared(name)[1]
    if absent := [module for module in modules if importlib.util.find_spec(module) is None]:
        pytest.skip(f"{', '.join(absent)} is not installed; the dependency group `frameworks` brings it")
    with warnings.catch_warnings(action="ignore"):  # what others' modules warn of is theirs
        return importlib.import_module(f"tests.frameworks.apps.{name}")


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], tuple[int, Path]]]:
    """Starts a server with all apps, unless it runs already; its port, and the folder of the records."""
    running = dict[str, tuple[int, Path]]()
    with contextlib.ExitStack() as stack:

        def start(server: str) -> tuple[int, Path]:
            if server not in running:
                folder, port = tmp_path_factory.mktemp(server), stack.enter_context(reserved_port())
                arguments = [sys.executable, "-m", *command(server, port)]
                stack.enter_context(process(arguments, port, folder / "log", {"FOLDER": str(folder)}))
                running[server] = port, folder
            return running[server]

        yield start


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test of the suite is run with every framework: in this process, and behind every server if it may."""
    if "visit" in metafunc.fixturenames:
        served = [pytest.param(name, marks=pytest.mark.server) for name in SERVED]
        metafunc.parametrize("visit", [*FRAMEWORKS, *served], indirect=True)
    if "visit_here" in metafunc.fixturenames:
        metafunc.parametrize("visit_here", FRAMEWORKS, indirect=True)


@pytest.fixture
def visit(request: pytest.FixtureRequest) -> Iterator[MakeVisitor]:
    """Makes a visitor of the site in each framework: ``visit(mount=…, mode=…)``."""
    name, _, server = request.param.partition("@")
    framework, made = load(name), list[Visitor]()

    def make(mount: str = "", mode: str = "per-visitor") -> Visitor:
        kit, driver = kit_of(mode), f"{framework.PROTOCOL}-whole"
        if not server:
            made.append(Visitor(driver, kit, MemoryStore(), nothing, mount, framework=framework))
        elif not installed(server):
            pytest.skip(f"the server {server} is not installed")
        else:
            port, folder = request.getfixturevalue("serving")(server)
            store = Lines(folder / f"{name}-{mode}.jsonl")
            made.append(
                ServedVisitor(driver, kit, store, nothing, framework=framework, chosen=f"{name} {mode}", port=port)
            )
        return made[-1]

    yield make
    for each in made:
        each.close()
    getattr(framework, "close", lambda: None)()


# Not behind servers, which have their apps at the root.
visit_here = visit
