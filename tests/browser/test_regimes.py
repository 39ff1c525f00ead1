"""The opt-out variant in a real browser: who is contacted, what is shown, and that one press ends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.internet import Internet
from tests.browser.shop import HEAD, Site, others
from tests.policies import exempt, purpose, service

pytestmark = pytest.mark.browser

CALIFORNIA = {"CF-IPCountry": "US", "CF-Region-Code": "CA"}
PAGES = {"/": f'{HEAD}<h1>Shop</h1><img src="https://adverts.example/p.gif"><img src="https://counter.example/p.gif">'}
POLICY = {
    "purposes": [
        exempt("basket"),
        purpose("numbers", title="Statistics", exception="statistics", opt_out=[]),
        purpose("ads", title="Advertising", opt_out=["sale", "share"]),
    ],
    "services": [service("counter", "numbers"), service("adverts", "ads")],
    "regimes": {"use": ["us-opt-out", "gb"], "place": "cloudflare"},
    "minors": {"age": 16, "text": "Not for you.", "mode": "self-declaration"},
}


def test_one_press_opts_out(site: Callable[..., Site], tab: Callable[..., Page], internet: Internet) -> None:
    """The page contacts both companies, the notice hides nothing for long, and after one press only one (R44-R48)."""
    shop = site(PAGES, **POLICY)
    page = tab(extra_http_headers=CALIFORNIA)
    page.goto(shop.url)
    assert {"adverts.example", "counter.example"} == others(internet, ["adverts.example", "counter.example"])
    notice = page.locator("#ck-banner")
    sizes = [box for button in notice.locator(".ck-actions button").all() if (box := button.bounding_box())]
    assert 2 == len(sizes)
    assert sizes[0]["width"] == sizes[1]["width"]  # as much room for "opt out" as for "OK" (R47)
    internet.clear()
    with page.expect_navigation():
        notice.locator("[data-ck=opt-out]").click()
    expect(page.locator("#ck-opted-out")).to_be_visible()
    expect(page.locator("#ck-banner")).to_have_count(0)
    assert {"counter.example"} == others(internet, ["counter.example"])
    assert ["us-opt-out"] == [record.regime for record in shop.records.records]


def test_a_notice_goes_with_ok(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """It hides at once, does not come back, and the opt-out stays on the page in one press."""
    page = tab(extra_http_headers=CALIFORNIA)
    page.goto(site(PAGES, **POLICY).url)
    page.click("[data-ck=noted]")
    expect(page.locator("#ck-banner")).to_be_hidden()
    page.reload()
    expect(page.locator("#ck-banner")).to_have_count(0)
    control = page.locator("#ck-control [data-ck=opt-out]")
    expect(control).to_have_text("Do Not Sell or Share My Personal Information")
    with page.expect_navigation():
        control.click()
    expect(page.locator("#ck-opted-out")).to_be_visible()


def test_a_signal_is_seen_to_be_honoured(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet
) -> None:
    """With the browser's signal nobody who sells is contacted, and the visitor can read that it was heard (R45)."""
    page = tab(extra_http_headers={**CALIFORNIA, "Sec-GPC": "1"})
    page.goto(site(PAGES, **POLICY).url)
    assert {"counter.example"} == others(internet, ["counter.example"])
    expect(page.locator("#ck-banner")).to_contain_text("Your opt-out signal is honoured.")
    page.click("[data-ck=noted]")
    expect(page.locator("#ck-opted-out")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_page_of_the_opt_out(site: Callable[..., Site], tab: Callable[..., Page], javascript: bool) -> None:
    """The link's page needs no script: press, and be back where the visit was."""
    shop = site(PAGES, **POLICY)
    page = tab(extra_http_headers=CALIFORNIA, java_script_enabled=javascript)
    page.goto(shop.url)
    page.locator("#ck-banner a", has_text="Do Not Sell").click()
    expect(page.locator("h1")).to_have_text("Do Not Sell or Share My Personal Information")
    page.click("[data-ck=opt-out]")
    page.wait_for_url(shop.url + "/")
    expect(page.locator("#ck-opted-out")).to_be_visible()


def test_a_minor_says_so(site: Callable[..., Site], tab: Callable[..., Page], internet: Internet) -> None:
    """In the preferences, with one press; then nobody is contacted, and no switch can be moved (R25, R56)."""
    shop = site(PAGES, **POLICY)
    page = tab(extra_http_headers=CALIFORNIA)
    page.goto(f"{shop.url}/_ck/preferences?return=/")
    page.click("[data-ck=minor]")
    page.wait_for_url(shop.url + "/")
    assert set() == others(internet)
    page.goto(f"{shop.url}/_ck/preferences?return=/")
    for switch in page.locator("input.ck-switch").all():
        expect(switch).to_be_disabled()
