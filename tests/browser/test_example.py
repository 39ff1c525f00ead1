"""Every page of the example, under ASGI and WSGI, with and without JavaScript, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import DRIVERS, Visitor

Make = Callable[..., Visitor]
Raw = Callable[[str, bool], set[str]]

PAGES = ("/", "/machines", "/gallery", "/talks", "/videos", "/blog", "/blog/hard-water", "/newsletter",
         "/newsletter/unsubscribe", "/survey", "/contact", "/no-such-page")  # fmt: skip
OWN_PAGES = ("/privacy", "/_ck/preferences")
CONSENT_COOKIE = {"__Host-consent"}

each_driver = pytest.mark.parametrize("driver", DRIVERS)
each_mode = pytest.mark.parametrize("javascript", [True, False], ids=["js", "nojs"])
each_page = pytest.mark.parametrize("path", PAGES)


@each_page
@each_mode
def test_bare_page_contacts_others(raw_contacts: Raw, path: str, javascript: bool) -> None:
    """Without consentkit every page contacts somebody: what the other tests find missing is missing for a reason."""
    expected = {"www.googletagmanager.com"} | ({"www.google-analytics.com"} if javascript else set())
    assert expected <= raw_contacts(path, javascript)


@each_page
@each_driver
@each_mode
def test_accept(visitor: Make, raw_contacts: Raw, path: str, driver: str, javascript: bool) -> None:
    """Nobody is contacted and nothing is kept before consent; after one press everybody whom the bare page contacts is."""
    guest = visitor(driver, javascript=javascript)
    assert set() == guest.go(path)
    assert set() == guest.cookies
    assert raw_contacts(path, javascript) <= guest.press("accept", loads=True)
    assert guest.site + path == guest.page.url.partition("#")[0]


@each_page
@each_driver
@each_mode
def test_reject(visitor: Make, path: str, driver: str, javascript: bool) -> None:
    """After one press on "reject all" nobody is contacted, here and on the next page, and the question is gone."""
    guest = visitor(driver, javascript=javascript)
    guest.go(path)
    assert set() == guest.press("reject", loads=not javascript)
    assert set() == guest.go("/gallery" if path == "/" else "/")
    assert guest.cookies == CONSENT_COOKIE
    assert not guest.page.locator('[data-ck="accept"]:visible').count()


@each_page
@each_driver
@each_mode
def test_withdraw(visitor: Make, path: str, driver: str, javascript: bool) -> None:
    """Who has accepted withdraws with one press on any page: nobody is contacted again and refused cookies are gone."""
    guest = visitor(driver, javascript=javascript)
    guest.go("/")
    guest.press("accept", loads=True)
    assert "bw_visitor" in guest.cookies
    assert guest.go(path)
    assert set() == guest.press("withdraw", loads=True)
    assert set() == guest.go("/")
    assert guest.cookies == CONSENT_COOKIE


@pytest.mark.parametrize("path", OWN_PAGES)
@each_driver
@each_mode
def test_own_pages_contact_nobody(visitor: Make, path: str, driver: str, javascript: bool) -> None:
    """The pages that consentkit makes itself contact nobody and keep nothing."""
    guest = visitor(driver, javascript=javascript)
    assert set() == guest.go(path)
    assert set() == guest.cookies
    assert guest.page.locator("h1").count() == 1
