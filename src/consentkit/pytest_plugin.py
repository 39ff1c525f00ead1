"""`pytest --consentkit-strict`: every page that a test client gets is checked for contacts without consent.

pytest loads this module in every run, so it imports nothing else before the option is used. Then the test
clients of httpx (Starlette, FastAPI), Werkzeug (Flask) and Django check each HTML response: a test whose page
would contact anybody who is not granted fails at the request, with the tag, the files in which it is written, and what
to add to the policy.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

OPTION = "--consentkit-strict"
POLICY = "consentkit_policy"
MARK = "consentkit_allow"

# (module, class, method, whether it is awaited): what each test client sends its requests with.
CLIENTS = (
    ("httpx", "Client", "send", False),
    ("httpx", "AsyncClient", "send", True),
    ("httpx2", "Client", "send", False),
    ("httpx2", "AsyncClient", "send", True),
    ("werkzeug.test", "Client", "open", False),
    ("django.test", "Client", "request", False),
    ("django.test", "AsyncClient", "request", True),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("consentkit")
    group.addoption(
        OPTION, action="store_true", help="fail where a page that a test client gets contacts others without consent"
    )
    group.addoption(
        "--consentkit-policy", metavar="FILE", help="the site's policy; wins over the ini option of that name"
    )
    parser.addini(
        POLICY, type="string", help="file of the site's policy, from the rootdir (default: the whole catalogue)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declares the mark, and with the option turns the checks on."""
    config.addinivalue_line(
        "markers", f"{MARK}(*names): services, purposes and hosts that this test's pages may contact"
    )
    if config.getoption(OPTION):
        config.pluginmanager.register(Strict(config), "consentkit-strict")


class Strict:
    """The checks, for one run."""

    def __init__(self, config: pytest.Config) -> None:
        from consentkit.errors import PolicyError  # noqa: PLC0415 (only where the option is used)
        from consentkit.testing import load_policy  # noqa: PLC0415

        given = config.getoption("--consentkit-policy")
        ini = config.getini(POLICY)
        try:
            self._policy = load_policy(given or (config.rootpath / ini if ini else None))
        except PolicyError as error:
            raise pytest.UsageError(str(error)) from error
        self._root = config.rootpath
        self._allowed: tuple[str, ...] = ()
        self._undo = list[Callable[[], None]]()
        for module, name, method, awaited in CLIENTS:
            if importlib.util.find_spec(module.partition(".")[0]) is not None:
                self._watch(getattr(importlib.import_module(module), name), method, awaited=awaited)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Takes what the test's marks allow."""
        self._allowed = tuple(name for mark in item.iter_markers(MARK) for name in mark.args)
        return (yield)

    def pytest_unconfigure(self) -> None:
        """Leaves the clients as they were."""
        while self._undo:
            self._undo.pop()()

    def _watch(self, client: type, method: str, *, awaited: bool) -> None:
        original = getattr(client, method)

        @functools.wraps(original)
        def plain(*args: Any, **kwargs: Any) -> Any:
            response = original(*args, **kwargs)
            self._check(response)
            return response

        @functools.wraps(original)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            response = await original(*args, **kwargs)
            if not getattr(response, "is_async", False):  # a stream that only the test's own loop can read
                self._check(response)
            return response

        setattr(client, method, coroutine if awaited else plain)
        self._undo.append(functools.partial(setattr, client, method, original))

    def _check(self, response: Any) -> None:
        __tracebackhide__ = True
        if hasattr(response, "is_stream_consumed") and not response.is_closed:
            return  # httpx's client.stream(): the body is the test's to read
        from consentkit.testing import ContactError, assert_granted_contacts, places  # noqa: PLC0415

        try:
            assert_granted_contacts(response, self._allowed, self._policy)
        except ContactError as error:
            written = places(error.contacts, self._root)
            said = f"{error}\nIt is written in {', '.join(written)}" if written else str(error)
            pytest.fail(said, pytrace=True)
