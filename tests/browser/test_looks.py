"""How it looks, measured: equal answers, placeholders in their embeds' places, nothing that jumps, no word cut off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from consentkit.pages.languages import NAMES
from tests.browser.internet import Internet
from tests.browser.looks import POLICY, pages
from tests.browser.shop import Site, framed, others, placeholder, refuse

Make = Callable[..., Site]
Tabs = Callable[..., Page]
POSITIONS = ("corner", "bottom", "centre", "inline")


@pytest.fixture
def shop(site: Make) -> Make:
    """Makes shops with an embed of each kind: `shop(lang="ar", banner_position="centre")`."""
    return lambda lang="en", **changes: site(pages(lang), **{**POLICY, **changes})


# A button's measures; colours as the numbers that contrast is computed from (WCAG 2.2, relative luminance).
MEASURES = """(button) => {
  const style = getComputedStyle(button), { x, y, width, height } = button.getBoundingClientRect();
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
    .map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const [low, high] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
  return { box: [x, y, width, height], contrast: (high + .05) / (low + .05), look: ["color", "backgroundColor", "borderColor", "borderWidth",
    "fontFamily", "fontSize", "fontWeight", "textTransform", "opacity", "boxShadow", "textDecorationLine"].map((name) => style[name]),
    seen: button.contains(document.elementFromPoint(x + width / 2, y + height / 2)) };
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "lang"), [(320, "de"), (390, "fi"), (768, "en"), (1280, "ar")])
@pytest.mark.parametrize("position", POSITIONS)
def test_no_weighs_as_much_as_yes(shop: Make, tab: Tabs, position: str, width: int, lang: str, theme: str) -> None:
    """R12, R13, R47: the same area, font, colours and contrast, side by side or one above the other, both in view."""
    page = tab(viewport={"width": width, "height": 700}, color_scheme=theme)
    page.goto(shop(lang=lang, banner_position=position).url)
    page.locator("[data-ck=accept]").scroll_into_view_if_needed()
    reject, accept = (page.locator(f"#ck-banner [data-ck={hook}]").evaluate(MEASURES) for hook in ("reject", "accept"))
    assert reject["look"] == accept["look"]
    assert reject["contrast"] == accept["contrast"] >= 7
    (x, y, wide, high), (other_x, other_y, *other) = reject["box"], accept["box"]
    assert [wide, high] == pytest.approx(other, abs=0.5)
    assert y == pytest.approx(other_y, abs=0.5) or x == pytest.approx(other_x, abs=0.5)
    assert reject["seen"]
    assert accept["seen"]


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("hook", ["reject", "accept"])
def test_each_answer_takes_one_press(shop: Make, tab: Tabs, hook: str, javascript: bool) -> None:
    """R12: whichever it is, one press decides, with a script or without, and the question does not come again."""
    shop_, page = shop(), tab(java_script_enabled=javascript)
    page.goto(shop_.url)
    if javascript and hook == "reject":
        refuse(page)
    else:
        with page.expect_navigation(wait_until="load"):
            page.click(f"[data-ck={hook}]")
    expect(page.locator("#ck-banner")).to_be_hidden()
    page.goto(shop_.url)
    assert 0 == page.locator("#ck-banner").count()
    assert [hook == "accept"] * 3 == [
        record.choices[name] for record in shop_.records.records for name in ("media", "social", "tools")
    ]


@pytest.mark.parametrize("lang", sorted(NAMES))
def test_every_language_fits(shop: Make, tab: Tabs, lang: str) -> None:
    """In each language, on the narrowest phone, no word is cut off and nothing scrolls sideways."""
    page = tab(viewport={"width": 320, "height": 640})
    shop_ = shop(lang=lang)
    for path in ("/", "/embeds", "/_ck/preferences?lang=" + lang, "/privacy?lang=" + lang, "/_ck/nothing"):
        page.goto(shop_.url + path)
        if path == "/embeds":
            page.keyboard.press("Escape")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        cut = page.evaluate("""() => [...document.querySelectorAll(".ck-button, .ck-pill, summary, h1, h2, h3")]
            .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
            .map((e) => e.outerHTML)""")
        assert [] == cut, path
        if path == "/":
            assert page.locator("#ck-banner").get_attribute("lang") == lang
            box = page.locator("[data-ck=reject]").bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 640


SHIFTS = """() => new Promise((done) => {
  const found = [];
  const observer = new PerformanceObserver((list) => list.getEntries().forEach((e) => {
    if (!e.hadRecentInput) found.push(...e.sources.map(({ node }) => [e.value, node?.outerHTML?.slice(0, 150) ?? node?.data]));
  }));
  observer.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(found), 250);
})"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("position", POSITIONS)
def test_nothing_jumps(shop: Make, tab: Tabs, position: str, width: int) -> None:
    """The layout does not shift: not when the page loads, nor by answering, nor when an embed takes its place."""
    page = tab(viewport={"width": width, "height": 800})
    page.goto(shop(banner_position=position).url + "/embeds")
    assert [] == page.evaluate(SHIFTS)
    refuse(page)
    placeholder(page, "YouTube").locator("[data-ck=load-once]").click()
    expect(page.locator("#video")).to_be_visible()
    assert [] == page.evaluate(SHIFTS)


@pytest.mark.parametrize(("width", "expected"), [(1000, {"video": (560, 315), "map": (600, 300), "small": (300, 120), "like": (110, 24),
                                                          "unknown": (500, 200), "over": (900, 506.25), "sound": (900, 166)}),
                                                 (1280, {"video": (560, 315)})])  # fmt: skip
def test_placeholders_keep_the_embeds_room(
    shop: Make, tab: Tabs, width: int, expected: dict[str, tuple[float, float]]
) -> None:
    """A placeholder is as large as its embed would be, down to a like button."""
    page = tab(viewport={"width": width, "height": 800})
    page.goto(shop().url + "/embeds")
    for id_, room in expected.items():
        box = page.locator(f"#{id_}").evaluate(
            "e => (({ width, height }) => [width, height])(e.previousElementSibling.getBoundingClientRect())"
        )
        assert box == pytest.approx(room, abs=1), id_


def test_pictures_keep_their_room_and_say_what_they_show(shop: Make, tab: Tabs) -> None:
    """A picture that is not loaded shows its text in a frame of its size; an ornament keeps its place only."""
    page = tab(viewport={"width": 1000, "height": 800})
    page.goto(shop().url + "/embeds")
    sizes = [
        page.locator(f"#{id_}").evaluate("e => [e.offsetWidth, e.offsetHeight]") for id_ in ("picture", "ornament")
    ]
    assert [[320, 200], [80, 60]] == sizes
    expect(page.get_by_role("img", name="At the works")).to_be_visible()
    expect(page.locator("#ornament")).not_to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_sharing_contacts_nobody_until_the_link_is_followed(
    shop: Make, tab: Tabs, internet: Internet, javascript: bool
) -> None:
    """Share buttons become plain links that name this page; the networks hear of it when one is followed."""
    page = tab(java_script_enabled=javascript)
    url = shop().url + "/embeds"
    page.goto(url)
    links = {
        urlsplit(href).hostname: parse_qs(urlsplit(href).query)
        for name in ("X", "Facebook", "LinkedIn", "Pinterest")
        if (href := placeholder(page, name).get_by_role("link").first.get_attribute("href"))
    }
    assert {"x.com", "www.facebook.com", "www.linkedin.com", "www.pinterest.com"} == set(links)
    assert {url} == {value for query in links.values() for value in query.get("url", query.get("u", []))}
    assert set() == others(internet)
    if javascript:
        refuse(page)
    else:
        with page.expect_navigation(wait_until="load"):
            page.click("[data-ck=reject]")
    with page.context.expect_page() as opened:
        placeholder(page, "LinkedIn").get_by_role("link").first.click()
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("window.opener") is None if javascript else True
    assert {"www.linkedin.com"} == others(internet, ["www.linkedin.com"])


def test_a_script_that_shows_something_is_named_once(shop: Make, tab: Tabs) -> None:
    """Each network has one placeholder for its scripts, beside those of its frames; what shows nothing has none."""
    page = tab()
    page.goto(shop().url + "/embeds")
    names = [str(box.get_attribute("data-ck-name")) for box in page.locator(".ck-placeholder").all()]
    assert ["YouTube", "SoundCloud", "Google Maps", "Vimeo", "Vimeo", "X", "Facebook", "Facebook", "LinkedIn", "Google +1", "Pinterest",
            "reCAPTCHA", "Typeform", "Disqus", "unknown.example"] == names  # fmt: skip


@pytest.mark.parametrize("javascript", [True, False])
def test_a_captcha_is_asked_for_at_its_form(shop: Make, tab: Tabs, javascript: bool) -> None:
    """The question stands in the form; pressing it decides and does not send the form, and what was typed stays."""
    shop_, page = shop(), tab(java_script_enabled=javascript)
    page.goto(shop_.url + "/embeds")
    page.fill("[name=name]", "Ada")
    box = placeholder(page, "reCAPTCHA")
    assert box.evaluate("e => e.closest('form').getAttribute('action')") == "/thanks"
    if not javascript:
        with page.expect_navigation(wait_until="load"):
            box.locator("[data-ck=allow]").click()
    else:
        box.locator("[data-ck=allow]").click()
        expect(page.locator("#ck-status")).to_contain_text("saved")
        assert page.input_value("[name=name]") == "Ada"
        page.goto(shop_.url + "/embeds")
    assert page.url == shop_.url + "/embeds"
    assert 0 == box.count()
    assert page.locator("#captcha").get_attribute("data-sitekey") == "6Labcdef"
    assert [("google-recaptcha",)] == [
        ids for record in shop_.records.records for ids in record.services.values() if ids
    ]


@pytest.mark.parametrize(
    ("name", "friendlier", "asked"),
    [
        ("YouTube", True, "www.youtube-nocookie.com/embed/abcdefghijk?rel=0"),
        ("YouTube", False, "www.youtube.com/embed/abcdefghijk?rel=0"),
        ("Vimeo", True, "player.vimeo.com/video/12?dnt=1"),
        ("Vimeo", False, "player.vimeo.com/video/12"),
    ],
)
def test_loading_a_film_takes_the_form_that_learns_less(
    shop: Make, tab: Tabs, internet: Internet, name: str, friendlier: bool, asked: str
) -> None:
    """R87, R88: a film is loaded from where it keeps less of the visitor, with the field that asks for it."""
    page = tab()
    page.goto(shop(friendlier=friendlier).url + "/embeds")
    page.keyboard.press("Escape")
    placeholder(page, name).first.locator("[data-ck=load-once]").click()
    framed(page, asked.partition("/")[0])
    assert {asked} == {contact.host + contact.path for contact in internet.settled() if contact.path}


def test_x_is_asked_to_look_away_only_where_it_is_allowed(shop: Make, tab: Tabs) -> None:
    """R89: the page's wish is in its head once posts are allowed, and not before."""
    page = tab()
    page.goto(shop().url + "/embeds")
    assert 0 == page.locator("meta[name='twitter:dnt']").count()
    with page.expect_navigation(wait_until="load"):
        page.click("[data-ck=accept]")
    assert page.locator("meta[name='twitter:dnt']").get_attribute("content") == "on"


@pytest.mark.parametrize("by", ["lifetime", "name"])
def test_tables_are_sorted_without_a_script(shop: Make, tab: Tabs, by: str) -> None:
    """A column's heading is a link that sorts by it; assistive technology is told so."""
    page = tab(java_script_enabled=False)
    page.goto(shop().url + "/privacy")
    with page.expect_navigation(wait_until="load"):
        page.locator(f"th a[href*='sort={by}']").click()
    assert page.locator("th[aria-sort=ascending]").count() == 1
    shown: list[Any] = page.locator("table[aria-labelledby=cookies] tbody th").all_inner_texts()
    if by == "name":
        assert shown == sorted(shown, key=str.casefold)
    else:
        assert shown.index("volume") < shown.index("basket")  # 2 months before 1 year
