"""Every page of the example, under ASGI and WSGI, with and without JavaScript, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import DRIVERS, TRACKERS, Visitor
from tests.browser.shop import kept

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
    assert raw_contacts(path, javascript).issuperset(TRACKERS if javascript else TRACKERS[:1])


@each_page
@each_driver
@each_mode
def test_accept_and_withdraw(visitor: Make, raw_contacts: Raw, path: str, driver: str, javascript: bool) -> None:
    """Before consent nobody is contacted and nothing kept; one press lets in whom the bare page contacts; one ends it."""
    guest = visitor(driver, javascript=javascript)
    assert set() == guest.go(path)
    assert set() == guest.cookies
    bare = raw_contacts(path, javascript)
    assert bare <= guest.press("accept", loads=True, wanted=bare)
    assert guest.site + path == guest.page.url.partition("#")[0]
    allowed = {"bw_visitor", *({"_ga", "_gid"} if javascript else ())}
    assert allowed <= set(kept(guest.page, allowed.issubset))
    assert set() == guest.press("withdraw", loads=True)
    assert set() == guest.go("/gallery" if path == "/" else "/")
    assert guest.cookies == CONSENT_COOKIE


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


@pytest.mark.parametrize("path", OWN_PAGES)
@each_driver
@each_mode
def test_own_pages_contact_nobody(visitor: Make, path: str, driver: str, javascript: bool) -> None:
    """The pages that consentkit makes itself contact nobody and keep nothing."""
    guest = visitor(driver, javascript=javascript)
    assert set() == guest.go(path)
    assert set() == guest.cookies
    assert guest.page.locator("h1").count() == 1


@each_driver
@each_mode
def test_withdraw_at_the_preferences(visitor: Make, driver: str, javascript: bool) -> None:
    """Who has accepted can withdraw with one press on the page of preferences too."""
    guest = visitor(driver, javascript=javascript)
    guest.go("/")
    guest.press("accept", loads=True)
    guest.go("/_ck/preferences")
    guest.press("withdraw", loads=True)
    assert set() == guest.go("/")
    assert guest.cookies == CONSENT_COOKIE


@each_driver
def test_load_once(visitor: Make, driver: str) -> None:
    """Loading one film contacts its host and nobody else, keeps no consent, and the next visit starts anew."""
    guest = visitor(driver)
    guest.go("/videos")
    assert {"www.youtube-nocookie.com"} == guest.press("load-once", loads=False, wanted=["www.youtube-nocookie.com"])
    assert set() == guest.cookies & {"__Host-consent", "bw_visitor"}
    assert set() == guest.go("/videos")


@each_driver
@each_mode
def test_always_allow(visitor: Make, driver: str, javascript: bool) -> None:
    """Allowing one service at its placeholder lets that service in on every page, and no other."""
    guest = visitor(driver, javascript=javascript)
    guest.go("/videos")
    youtube = {"www.youtube.com", "www.youtube-nocookie.com"}
    # At its placeholder a film is loaded in the form that learns less; what is allowed from the start is as the page has it.
    expected = {"www.youtube-nocookie.com"} | (set() if javascript else youtube)
    assert expected == guest.press("allow", loads=not javascript, wanted=expected)
    assert youtube == guest.go("/videos", youtube)
    assert set() == guest.go("/gallery")


def test_placeholder_says_who_and_leads_there(visitor: Make) -> None:
    """Without JavaScript each film's placeholder names its provider and links to the film."""
    guest = visitor("asgi", javascript=False)
    guest.go("/videos")
    places = guest.page.locator(".ck-placeholder")
    assert 3 == places.count()
    assert ["YouTube", "YouTube", "Vimeo"] == [
        next(name for name in ("YouTube", "Vimeo") if name in text) for text in places.all_inner_texts()
    ]
    links = [place.locator("a").get_attribute("href") for place in places.all()]
    assert ["https://www.youtube.com/watch?v=bwInWashing", "https://www.youtube.com/watch?v=bwRinseFilt",
            "https://vimeo.com/900000001"] == links  # fmt: skip


@pytest.mark.parametrize("width", [320, 1280])
@each_page
def test_page_fits(visitor: Make, path: str, width: int) -> None:
    """No page scrolls sideways, with the question open, on a phone or a desk."""
    guest = visitor("asgi", width=width)
    guest.go(path)
    assert guest.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
