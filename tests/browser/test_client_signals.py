"""What vendors' own scripts hear of a decision, in a real browser: the queues as their snippets find them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from consentkit.policy import catalogue
from tests.browser.internet import Internet
from tests.browser.shop import HEAD, Site, come, others, until
from tests.policies import exempt, purpose

NAMES = ("google-analytics", "google-ads", "bing-uet", "clarity", "facebook-pixel", "tiktok-pixel", "matomo")
TAG = (
    '<script nonce="r4nd0m" async src="https://www.googletagmanager.com/gtag/js?id=G-SHOP"></script><script nonce="r4nd0m">'
    "window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); } gtag('js', 1); gtag('config', 'G-SHOP');</script>"
)
OTHERS = """<script>window.heard = []; window.fbq = (...values) => heard.push(values);</script>"""
PAGES = {"/": HEAD.replace("<body>", f"{TAG}<body>"), "/others": HEAD.replace("<body>", f"{OTHERS}<body>")}
DENIED = dict.fromkeys(
    ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage", "functionality_storage",
     "personalization_storage", "security_storage"), "denied"
)  # fmt: skip
DATA_LAYER = "(window.dataLayer ?? []).map((values) => [...values])"


def shop(site: Callable[..., Site], *names: str, **changes: Any) -> Site:
    """The shop with these services of the catalogue."""
    services = [
        entry.model_dump(mode="json", exclude_defaults=True) for entry in map(catalogue.service, names) if entry
    ]
    purposes = [exempt("basket"), purpose("analytics"), purpose("marketing")]
    return site(PAGES, purposes=purposes, services=services, **changes)


def choose(page: Page, *purposes: str, loads: bool = False) -> None:
    """Choose in the banner, until that has taken effect: with the page loaded anew, or in place."""
    page.click("[data-ck=choose]")
    for name in purposes:
        page.check(f"#ck-choices [value={name}]")
    if loads:
        with page.expect_navigation(wait_until="load"):
            page.click("[data-ck=save]")
    else:
        page.click("[data-ck=save]")
        expect(page.locator("#ck-banner")).to_be_hidden()


@pytest.mark.parametrize("query", ["", "?strict", "?self", "?trusted"])
def test_defaults_come_first_under_every_policy(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet, query: str
) -> None:
    """R71, R75: before any tag everything is denied, the tag is not there, and the page's own strict policy lets us say so."""
    page, said = tab(), list[str]()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(shop(site, *NAMES[:2]).url + "/" + query)
    first = [["consent", "default", DENIED], ["set", "ads_data_redaction", True], ["set", "url_passthrough", False]]
    assert first == page.evaluate(DATA_LAYER)
    assert others(internet) == set()
    assert said == []


def test_the_update_comes_before_the_tag(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """R72, R76: what was allowed is told before the tag that it is for starts, and advertising stays denied."""
    page = tab()
    page.goto(shop(site, *NAMES[:2], csp="off").url + "/")
    choose(page, "analytics")
    until(page, f"{DATA_LAYER}.length === 6")
    layer = page.evaluate(DATA_LAYER)
    assert ["default", "ads_data_redaction", "url_passthrough", "update", 1, "G-SHOP"] == [
        values[1] for values in layer
    ]
    assert {**DENIED, "analytics_storage": "granted"} == layer[3][2]


@pytest.mark.parametrize("csp", ["enforce", "off"])
def test_who_comes_back_is_known_at_once(site: Callable[..., Site], tab: Callable[..., Page], csp: str) -> None:
    """R72: on the next page the default says what was granted; no update is needed, and the tag is in its place."""
    place, page = shop(site, *NAMES[:2], csp=csp), tab()
    page.goto(place.url + "/others")
    choose(page, "analytics", loads=csp == "enforce")
    expect(page.locator("[data-ck=withdraw]")).to_be_visible()
    page.goto(place.url + "/")
    layer = page.evaluate(DATA_LAYER)
    assert ["consent", "default", {**DENIED, "analytics_storage": "granted"}] == layer[0]
    assert ["js", "config"] == [values[0] for values in layer[3:]]


def test_each_vendor_hears_in_its_own_words(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """R81-R84, R86: queues that their scripts will find, stubs that keep what was said, and a pixel that is there already."""
    page = tab()
    page.goto(shop(site, *NAMES, csp="off").url + "/others")
    queues = "({uet: window.uetq, clarity: window.clarity.q.map((values) => [...values]), ttq: window.ttq, paq: window._paq, fbq: heard})"
    assert page.evaluate(queues) == {
        "uet": ["consent", "default", {"ad_storage": "denied"}],
        "clarity": [["consentv2", {"ad_Storage": "denied", "analytics_Storage": "denied"}]],
        "ttq": [["holdConsent"]], "paq": [["requireConsent"]], "fbq": [],
    }  # fmt: skip
    # As its script does once it is there.
    page.evaluate("() => { ttq.grantConsent = () => heard.push(['ttq granted']) }")
    page.click("[data-ck=accept]")
    until(page, "_paq.length === 2")
    assert page.evaluate(queues) == {
        "uet": ["consent", "default", {"ad_storage": "denied"}, "consent", "update", {"ad_storage": "granted"}],
        "clarity": [["consentv2", {"ad_Storage": value, "analytics_Storage": value_}] for value, value_ in
                    (("denied", "denied"), ("denied", "granted"))],
        "ttq": [["holdConsent"]], "paq": [["requireConsent"], ["setConsentGiven"]],
        "fbq": [["consent", "grant"], ["ttq granted"]],
    }  # fmt: skip


def test_a_withdrawal_is_told_before_the_page_goes(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Scripts that run hear of the withdrawal at once, before the reload that ends them."""
    page, heard = tab(), list[Any]()

    def hear(values: list[str]) -> None:
        heard.append(values)

    page.expose_function("hear", hear)
    page.goto(shop(site, *NAMES).url + "/others")
    with page.expect_navigation():
        page.click("[data-ck=accept]")
    page.evaluate("() => { window.fbq = (...values) => hear(values); }")
    with page.expect_navigation():
        page.click("[data-ck=withdraw]")
    come(page, heard)
    assert [["consent", "revoke"]] == heard
    assert page.evaluate(DATA_LAYER)[0] == ["consent", "default", DENIED]


def test_other_tabs_tell_their_vendors_too(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """What is decided in one tab is told on the pages in the others."""
    place, page = shop(site, *NAMES, csp="off"), tab()
    second = tab(of=page)
    for each in (page, second):
        each.goto(place.url + "/others")
    page.click("[data-ck=accept]")
    until(second, "heard.length === 1")
    assert [["consent", "grant"]] == second.evaluate("heard")


def test_shared_pages_tell_what_the_script_asked(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Where everybody gets the same page it denies, and the update precedes the tags that the script starts."""
    place, page = shop(site, *NAMES[:2], mode="shared"), tab()
    page.goto(place.url + "/others")
    page.click("[data-ck=accept]")
    expect(page.locator("[data-ck=withdraw]")).to_be_visible()
    page.goto(place.url + "/")
    until(page, f"{DATA_LAYER}.length === 6")
    layer = page.evaluate(DATA_LAYER)
    assert DENIED == layer[0][2]
    assert ["update", 1, "G-SHOP"] == [values[1] for values in layer[3:]]
    assert layer[3][2]["ad_storage"] == "granted"


# What a page's own snippet does (it is not on the page of who allowed nothing), and then the Publisher Tag, which runs
# what waits, in order.
PUBLISHER = """() => {
  const settings = [];
  (window.googletag ??= {cmd: []}).cmd.push(() => settings.push("the page's own"));
  googletag.pubads = () => ({setPrivacySettings: (values) => settings.push(values)});
  for (const command of googletag.cmd.splice(0)) command();
  return [settings, window.google_tag_for_age_treatment ?? null];
}"""


@pytest.mark.parametrize("csp", ["enforce", "off"])
def test_advertisers_are_told_of_a_minor(site: Callable[..., Site], tab: Callable[..., Page], csp: str) -> None:
    """R79: who said to be a minor is told of before the page's own commands; of others nothing is said."""
    minors = {"age": 16, "text": "Not for you.", "mode": "self-declaration"}
    place = shop(site, "google-ad-manager", "google-adsense", minors=minors, csp=csp)
    page = tab()
    page.goto(place.url + "/others")
    assert [["the page's own"], None] == page.evaluate(PUBLISHER)
    page.goto(f"{place.url}/_ck/preferences?return=/others")
    page.click("[data-ck=minor]")
    page.wait_for_url(place.url + "/others")
    assert [[{"tagForAgeTreatment": 1}, "the page's own"], 1] == page.evaluate(PUBLISHER)


@pytest.mark.parametrize("name", ["__tcfapi", "__gpp", "__uspapi", "__cmp"])
def test_another_consent_manager_is_told_of(site: Callable[..., Site], tab: Callable[..., Page], name: str) -> None:
    """R91: one that a file of the site's own brings, which no server can see, is warned of in the console; no other page warns."""
    pages = {
        "/": f'{HEAD}<script src="/manager.js" defer></script>',
        "/manager.js": f"window.{name} = () => 1;",
        "/none": HEAD,
    }
    place, page, said = site(pages), tab(), list[str]()
    page.on("console", lambda message: said.append(message.text) if message.type == "warning" else None)
    page.goto(place.url + "/none")
    assert [] == said
    page.goto(place.url + "/")
    come(page, said)
    assert [f"consentkit: another consent manager is on this page: {name}"] == said
