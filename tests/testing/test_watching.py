"""A browser that is watched."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from consentkit.testing import no_third_parties


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
