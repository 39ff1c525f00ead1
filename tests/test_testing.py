"""What sites test themselves with."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from consentkit.errors import UsageError
from consentkit.kit import ConsentKit
from consentkit.testing import ConsentTestMixin, assert_contacts, consent_cookie, contacts, no_third_parties, places
from tests.drivers.policies import SECRET, small_policy

POLICY = small_policy()
PAGE = (
    '<!doctype html>\n<img src="/a.png">\n<script src="https://counter.example/count.js"></script>\n'
    '<iframe src="https://www.youtube.com/embed/x"></iframe>'
)


def test_contacts() -> None:
    """Everything that would be fetched is listed in order, with line, service and whether it waits for consent."""
    found = contacts(PAGE, "https://brightwash.example/", POLICY)
    assert [("brightwash.example", False), ("counter.example", True), ("www.youtube.com", True)] == [
        (each.host, each.needs_consent) for each in found
    ]
    assert [("", False), ("counter", True), ("youtube", False)] == [(each.service, each.declared) for each in found]
    assert [None, 3, 4] == [each.line for each in found]


def test_assert_contacts() -> None:
    """A failure names line, tag, host and the lines that declare it; what is allowed passes."""
    with pytest.raises(AssertionError) as failure:
        assert_contacts(PAGE, policy=POLICY)
    text = str(failure.value)
    assert 'line 3: <script src="https://counter.example/count.js"> contacts counter.example' in text
    assert '[[services]]\nid = "youtube"' in text
    assert_contacts(PAGE, {"analytics", "youtube.com"}, policy=POLICY)
    assert_contacts(PAGE, {"counter", "youtube"}, policy=POLICY)
    assert_contacts('<img src="/a.png"><a href="https://elsewhere.example/">x</a>')


def test_consent_cookie() -> None:
    """The cookie is that of a visitor who decided; whatever has no consentkit is refused."""
    name, value = consent_cookie(ConsentKit(POLICY, secret=SECRET), {"analytics"})
    assert POLICY.cookie_name == name
    assert value
    with pytest.raises(UsageError, match="no consentkit"):
        consent_cookie(object())


def test_mixin() -> None:
    """Test cases have the assertion as a method, with the policy of the class."""

    class Case(ConsentTestMixin, unittest.TestCase):
        consent_policy = POLICY

    case = Case()
    case.assertContacts(PAGE, {"counter", "youtube"})
    with pytest.raises(AssertionError, match="youtube"):
        case.assertContacts(PAGE, {"counter"})


class Page:
    """As much of a browser's page as is needed."""

    def __init__(self) -> None:
        self.listeners: list[tuple[str, Callable[[Any], None]]] = []

    def on(self, event: str, listener: Callable[[Any], None]) -> None:
        """Listen."""
        self.listeners.append((event, listener))

    def remove_listener(self, event: str, listener: Callable[[Any], None]) -> None:
        """Listen no more."""
        self.listeners.remove((event, listener))

    def ask(self, url: str) -> None:
        """A request."""
        for event, listener in self.listeners:
            if event == "request":
                listener(SimpleNamespace(url=url))


def test_places(tmp_path: Path) -> None:
    """The files that name an address are found, the whole address first, and installed packages are passed over."""
    for name, text in (
        ("templates/base.html", "\n\n<script src=//counter.example/count.js>"),
        ("notes.md", "We left counter.example."),
        ("node_modules/x.html", "//counter.example/count.js"),
        (".hidden/x.html", "//counter.example/count.js"),
        ("bad.html", "\udcff"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    found = [each for each in contacts(PAGE, policy=POLICY) if each.host == "counter.example"]
    assert ["templates/base.html:3", "notes.md:1"] == places(found, tmp_path)
    assert [] == places([], tmp_path)


def test_no_third_parties() -> None:
    """A watched page may ask its own site, and nobody else unless that is allowed."""
    page = Page()
    with no_third_parties(page, ["shop.example"], ["cdn.example"]):
        for url in ("https://shop.example/", "https://img.shop.example/", "data:,x", "https://cdn.example/a"):
            page.ask(url)
    with (
        pytest.raises(AssertionError, match=r"https://counter\.example/"),
        no_third_parties(page, ["shop.example"]),
    ):
        page.ask("https://counter.example/")
    assert [] == page.listeners
