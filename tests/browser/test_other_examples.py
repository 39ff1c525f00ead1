"""The other examples in a real Chromium: Brightwash on Flask and Django, htmx, pasted embed codes, and nginx in front."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Make = Callable[..., Visitor]
Start = Callable[[str], None]
Raw = Callable[[str, bool], set[str]]

CONSENT_COOKIE = {"__Host-consent"}
FRAMEWORKS = ("flask", "django", "django-asgi")
CSRF = {"csrftoken"}  # Django's, where a page has a form

each_framework = pytest.mark.parametrize("name", FRAMEWORKS)
each_mode = pytest.mark.parametrize("javascript", [True, False], ids=["js", "nojs"])


@pytest.mark.parametrize("path", ["/", "/videos", "/contact"])
@each_framework
@each_mode
def test_accept_and_withdraw(
    visitor: Make, started: Start, raw_contacts: Raw, name: str, path: str, javascript: bool
) -> None:
    """Before consent nobody is contacted; one press lets in whom the bare page contacts; one ends it."""
    started(name)
    guest = visitor(name, javascript=javascript)
    assert set() == guest.go(path)
    assert guest.cookies <= CSRF
    bare = raw_contacts(path, javascript)
    assert bare <= guest.press("accept", loads=True, wanted=bare)
    assert "bw_visitor" in guest.cookies
    assert set() == guest.press("withdraw", loads=True)
    assert set() == guest.go("/gallery")
    assert CONSENT_COOKIE <= guest.cookies <= CONSENT_COOKIE | CSRF


@each_framework
def test_reject_and_write(visitor: Make, started: Start, name: str) -> None:
    """After a refusal the site's own forms work, and nobody hears of it."""
    started(name)
    guest = visitor(name)
    guest.go("/blog/hard-water")
    guest.press("reject", loads=False)
    for field, value in (("name", "Ada"), ("email", "ada@pub.example"), ("text", f"Written at {name}.")):
        guest.page.fill(f"main [name={field}]", value)
    guest.internet.clear()
    with guest.page.expect_navigation(wait_until="load"):
        guest.page.get_by_role("button", name="Send the comment").click()
    assert set() == guest.contacted()
    assert guest.page.get_by_text(f"Written at {name}.").is_visible()
    assert guest.page.get_by_text("Thank you: your comment is there.").is_visible()


def test_the_admin_of_django(visitor: Make, started: Start) -> None:
    """The admin's pages are pages as well: they contact nobody."""
    started("django")
    guest = visitor("django")
    assert set() == guest.go("/admin/")
    assert guest.page.locator("input[name=username]").count() == 1


def test_fragments(visitor: Make, started: Start) -> None:
    """What htmx swaps in waits as well, brings no banner, and is there in later fragments after one acceptance."""
    started("htmx")
    guest = visitor("htmx")
    assert set() == guest.go("/")
    for title in ("The Lantern Keeper", "Forty Winters"):
        guest.internet.clear()
        guest.page.get_by_role("link", name=title).click()
        guest.page.locator(f"#screen h2:text('{title}')").wait_for()
        guest.page.locator("#screen .ck-placeholder").wait_for()
        assert set() == guest.contacted()
        assert 1 == guest.page.locator("#ck-form").count()
        assert 1 == guest.page.locator("[data-ck=accept]:visible").count()
    assert {"player.vimeo.com"} == guest.press("load-once", loads=False, wanted=["player.vimeo.com"])
    guest.page.get_by_text("Vimeo is loaded.").wait_for()
    # Not by a click: what the film's focus has scrolled away is still under the pointer for the film's own process.
    guest.page.get_by_role("link", name="Slow Post").press("Enter")
    guest.page.locator("#screen h2:text('Slow Post')").wait_for()
    assert "plausible.io" in guest.press("accept", loads=True, wanted=["plausible.io"])
    guest.internet.clear()
    guest.page.get_by_role("link", name="Tin Orchestra").click()
    guest.page.locator("#screen h2:text('Tin Orchestra')").wait_for()
    assert "www.youtube-nocookie.com" in guest.contacted(["www.youtube-nocookie.com"])
    assert 0 == guest.page.locator("#screen .ck-placeholder:visible").count()


def test_searching(visitor: Make, started: Start) -> None:
    """Typing fetches fragments that contact nobody, and the question stays where it is."""
    started("htmx")
    guest = visitor("htmx")
    guest.go("/")
    guest.page.get_by_role("searchbox").press_sequentially("post")
    guest.page.locator("#list li").filter(has_text="Slow Post").wait_for()
    guest.page.locator("#list li").nth(1).wait_for(state="detached")
    assert set() == guest.contacted()
    assert 1 == guest.page.locator("[data-ck=accept]:visible").count()


def test_deciding_without_the_banner(visitor: Make, started: Start) -> None:
    """A page of the app's own decides, and its answer holds."""
    started("htmx")
    guest = visitor("htmx", javascript=False)
    guest.go("/account")
    guest.page.get_by_label("Show trailers").check()
    with guest.page.expect_navigation(wait_until="load"):
        guest.page.get_by_role("button", name="Save").click()
    assert guest.page.get_by_label("Show trailers").is_checked()
    assert "www.youtube.com" in guest.go("/films/1", ["www.youtube.com"])
    assert not guest.page.locator('[data-ck="accept"]:visible').count()


@each_mode
def test_pasted_codes(visitor: Make, started: Start, javascript: bool) -> None:
    """What editors paste waits; what nobody declared stays away even after everything was accepted."""
    started("cms")
    guest = visitor("cms", javascript=javascript)
    assert set() == guest.go("/news")
    assert set() == guest.go("/bridge")
    assert 2 == guest.page.locator(".ck-placeholder").count()
    assert {"www.youtube.com"} <= guest.press("accept", loads=True, wanted=["www.youtube.com"])
    expected = {"www.instagram.com"} if javascript else set()
    assert expected == {host for host in guest.go("/news", expected) if not host.endswith("cdninstagram.com")}


def test_the_policy_in_the_sites_own_page(visitor: Make, started: Start) -> None:
    """The policy stands in the site's own template, with its navigation."""
    started("cms")
    guest = visitor("cms")
    assert set() == guest.go("/privacy")
    assert guest.page.locator("nav[aria-label=Main]").count() == 1
    assert guest.page.get_by_text("Harrowmere Museum Trust").first.is_visible()


def test_behind_a_cache(visitor: Make, started: Start) -> None:
    """Behind nginx two readers get the same bytes, made once, and each sees what they decided."""
    if shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        pytest.skip("nginx is not installed: apt install nginx")
    started("cdn")
    first, second = visitor("cdn"), visitor("cdn")
    assert set() == first.go("/")
    assert set() == second.go("/")
    expected = {"plausible.io", "www.youtube-nocookie.com"}
    assert expected <= first.press("accept", loads=False, wanted=expected)
    assert expected <= first.go("/", expected)
    assert set() == second.go("/")
    assert not first.page.locator('[data-ck="accept"]:visible').count()
    assert second.page.locator('[data-ck="accept"]:visible').count()
    pages = [each.page.goto(f"{each.site}/", wait_until="load") for each in (first, second)]
    assert ["HIT"] * 2 == [page.headers["x-cache"] for page in pages if page]
    assert 1 == len({page.text() for page in pages if page})
    assert set() == first.press("withdraw", loads=True)
    assert set() == first.go("/")
