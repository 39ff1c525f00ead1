"""`no_third_parties` at a real browser: what sites use in their own tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consentkit.testing import no_third_parties
from tests.browser.conftest import Visitor
from tests.browser.internet import SITE

Make = Callable[..., Visitor]


def test_a_page_that_waits(visitor: Make) -> None:
    """A site behind consentkit asks nobody else, and the helper agrees."""
    guest = visitor("asgi")
    with no_third_parties(guest.page, sites=[SITE]) as asked:
        guest.go("/videos")
    assert [] == asked


def test_a_page_that_does_not(visitor: Make) -> None:
    """The bare site fails, with each address; a whole browser context can be watched as well."""
    guest = visitor("raw")
    with (
        pytest.raises(AssertionError, match=r"https://www\.googletagmanager\.com/") as failure,
        no_third_parties(guest.context, sites=[SITE]),
    ):
        guest.go("/videos", ["www.googletagmanager.com", "www.youtube.com"])
    assert "https://www.youtube.com/embed/bwInWashing" in str(failure.value)


def test_hosts_that_are_allowed(visitor: Make) -> None:
    """After one film was loaded its host may be asked, and nobody else was."""
    guest = visitor("asgi")
    with no_third_parties(guest.page, sites=[SITE], allowed=["youtube.com", "youtube-nocookie.com"]) as asked:
        guest.go("/videos")
        guest.press("load-once", loads=False, wanted=["www.youtube-nocookie.com"])
    assert [] == asked
    assert {host.partition(".")[2] for host in guest.contacted()} <= {"youtube.com", "youtube-nocookie.com"}
