"""Everybody can use it: with a keyboard, a screen reader, a small screen, large letters, few colours, no motion."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.internet import Internet
from tests.browser.looks import POLICY, pages
from tests.browser.shop import Site, choices, others, refuse

WIDTHS = (390, 768, 1280)
AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# Every rule that there is, experimental ones and those of level AAA too. Nobody gives embeds that are not loaded
# captions, and a frame that is loaded is somebody else's.
RUN = """async () => {
  const rules = Object.fromEntries(axe.getRules().map((rule) => [rule.ruleId, { enabled: true }]));
  const found = await axe.run(document, { rules, resultTypes: ["violations"], iframes: false });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`));
}"""
# What may be tabbed to in our own inserted parts.
OURS = ".ck-ui :is(a[href], button:not([hidden]), input:not([type=hidden]), summary)"
Make = Callable[..., Site]
Tabs = Callable[..., Page]


@pytest.fixture
def shop(site: Make) -> Make:
    """Makes shops with an embed of each kind: `shop(lang="ar", banner_position="centre")`."""
    return lambda lang="en", **changes: site(pages(lang), **{**POLICY, **changes})


def violations(page: Page | Frame) -> list[str]:
    """What axe-core objects to, each with the element."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN)
    return found


def _open(page: Page, url: str, state: str) -> Page | Frame:
    """Brings a page into a state; the document to look at."""
    if state in {"preferences", "preferences-decided", "policy", "opt-out", "records", "error"}:
        if state == "preferences-decided":
            page.goto(url + "/")
            with page.expect_navigation(wait_until="load"):  # the page is loaded anew: no other may come in between
                page.click("[data-ck=accept]")
        paths = {
            "policy": "/privacy?sort=lifetime",
            "error": "/_ck/nothing",
            "opt-out": "/_ck/opt-out",
            "records": "/_ck/records",
        }
        page.goto(url + paths.get(state, "/_ck/preferences"))
        for details in page.locator("main details").all()[:3]:
            details.locator("summary").click()
        return page
    page.goto(url + ("/embeds" if state == "placeholders" else "/"))
    if state == "choices":
        page.click("#ck-banner summary")
    elif state == "placeholders":
        page.keyboard.press("Escape")
    elif state in {"control", "dialog"}:
        refuse(page)
    if state == "dialog":
        page.click("#ck-control a")
        choices(page)
        frame = page.locator("#ck-dialog iframe").element_handle().content_frame()
        assert frame is not None
        return frame
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "state",
    ["banner", "choices", "placeholders", "control", "dialog", "preferences", "preferences-decided", "policy", "opt-out", "records", "error"],
)  # fmt: skip
def test_no_rule_is_violated(shop: Make, tab: Tabs, state: str, theme: str) -> None:
    """In each state, theme and width axe-core finds nothing by any of its rules."""
    page = tab(color_scheme=theme, viewport={"width": WIDTHS[-1], "height": 800})
    shown = _open(page, shop().url, state)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert [] == violations(shown), width
        if shown is not page:
            assert [] == violations(page), width


@pytest.mark.parametrize("position", ["bottom", "centre", "inline"])
def test_no_rule_is_violated_elsewhere(shop: Make, tab: Tabs, position: str) -> None:
    """The banner's other places violate no rule either."""
    page = tab(viewport={"width": 768, "height": 800})
    page.goto(shop(banner_position=position).url)
    assert [] == violations(page)


def focus(page: Page) -> str:
    """What is focused: its hook, its href or its name."""
    return str(page.evaluate("(({ dataset, href, name, localName }) => dataset.ck || (href && new URL(href).pathname)"
                             " || name || localName)(document.activeElement)"))  # fmt: skip


def test_the_keyboard_alone_is_enough(shop: Make, tab: Tabs) -> None:
    """The banner comes first, its parts in reading order, each with a visible focus; Enter and Space do what they say."""
    page = tab(viewport={"width": 1280, "height": 800})
    page.goto(shop().url)
    order = []
    for _ in range(6):
        page.keyboard.press("Tab")
        order.append(focus(page))
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "solid 3px" in outline or "3px solid" in outline or focus(page) == "/0", outline
    assert ["choose", "settings", "/privacy", "reject", "accept", "/0"] == order
    for _ in range(5):
        page.keyboard.press("Shift+Tab")
    assert focus(page) == "choose"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert [True, False, False] == page.evaluate(
        "[...document.querySelectorAll('#ck-choices [type=checkbox]')].map(b => b.checked)"
    )
    for _ in range(3):
        page.keyboard.press("Tab")
    assert focus(page) == "save"
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")
    assert page.evaluate("consentkit.allows('media') && !consentkit.allows('social')") is True


def test_escape_closes_and_decides_nothing(shop: Make, tab: Tabs, internet: Internet) -> None:
    """Escape closes the banner without a word to anybody; the focus goes to the control, and the next page asks again."""
    shop_, page = shop(), tab()
    page.goto(shop_.url + "/embeds")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("#ck-banner")).to_be_hidden()
    expect(page.locator("#ck-control a").last).to_be_focused()
    assert [] == page.context.cookies()
    assert [] == shop_.records.records
    assert set() == others(internet)
    page.goto(shop_.url + "/")
    expect(page.locator("#ck-banner")).to_be_visible()


def test_the_dialog_keeps_and_returns_the_focus(shop: Make, tab: Tabs) -> None:
    """The choices open over the page with the focus inside; Escape closes them, grants nothing, and leads back."""
    shop_, page = shop(), tab()
    page.goto(shop_.url)
    page.keyboard.press("Escape")
    control = page.locator("#ck-control [data-ck=settings]")
    control.press("Enter")
    frame = choices(page)
    assert page.evaluate("document.activeElement.closest('#ck-dialog') !== null") is True
    expect(page.locator("#ck-dialog")).to_have_accessible_name("Privacy choices")
    frame.locator(".ck-switch").first.press("Space")
    frame.locator(".ck-switch").first.press("Escape")
    expect(page.locator("#ck-dialog")).not_to_be_visible()
    expect(control).to_be_focused()
    assert [] == shop_.records.records


COVERED = """() => {
  const element = document.activeElement;
  if (element === document.body || element.closest(".ck-ui")) return false;
  const { left, top, width, height } = element.getBoundingClientRect();
  const points = [[.5, .5], [.02, .1], [.98, .1], [.02, .9], [.98, .9]];
  return points.every(([x, y]) => !element.contains(document.elementFromPoint(left + x * width, top + y * height)));
}"""


@pytest.mark.parametrize("size", [(1280, 720), (320, 256), (768, 1024)])
@pytest.mark.parametrize("position", ["corner", "bottom", "centre", "inline"])
def test_what_is_focused_can_be_seen(shop: Make, tab: Tabs, position: str, size: tuple[int, int]) -> None:
    """R200: tabbing through the page forwards and back, nothing that is focused is wholly behind the banner."""
    page = tab(viewport={"width": size[0], "height": size[1]})
    page.goto(shop(banner_position=position).url)
    for key in ["Tab"] * 34 + ["Shift+Tab"] * 28:
        page.keyboard.press(key)
        assert not page.evaluate(COVERED), (key, focus(page))


TARGETS = """(selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility()).map((e) => {
  const { width, height } = e.getBoundingClientRect();
  const label = e.closest("label")?.getBoundingClientRect();
  const inText = e.localName === "a" && getComputedStyle(e).display === "inline";
  return [e.outerHTML.slice(0, 120), Math.max(width, label?.width ?? 0), Math.max(height, label?.height ?? 0), inText];
}).filter(([, width, height, inText]) => !inText && (width < 23.99 || height < 23.99))"""


@pytest.mark.parametrize("path", ["/", "/embeds", "/_ck/preferences", "/privacy"])
def test_targets_are_large_enough(shop: Make, tab: Tabs, path: str) -> None:
    """R201: what can be pressed is at least 24 by 24 pixels, but for links in running text."""
    page = tab(viewport={"width": 390, "height": 800})
    page.goto(shop().url + path)
    if path == "/":
        page.click("#ck-banner summary")
    selector = (
        OURS if path in {"/", "/embeds"} else "main :is(button, input:not([type=hidden]), summary, p.ck-languages a)"
    )
    assert [] == page.evaluate(TARGETS, selector)


@pytest.mark.parametrize("position", ["corner", "bottom", "centre", "inline"])
def test_a_small_window_or_large_letters(shop: Make, tab: Tabs, position: str) -> None:
    """R204: at 320 by 256 pixels (1280 by 1024 at 400 %) nothing scrolls sideways, and both answers are in reach."""
    page = tab(viewport={"width": 320, "height": 256})
    page.goto(shop(banner_position=position).url)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    if position == "inline":
        page.locator("[data-ck=reject]").scroll_into_view_if_needed()
    for hook in ("reject", "accept"):
        box = page.locator(f"[data-ck={hook}]:visible").bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 256
    for path in ("/embeds", "/_ck/preferences", "/privacy"):
        page.goto(page.url.partition("/embeds")[0].rstrip("/").split("/_ck")[0] + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_few_colours(shop: Make, tab: Tabs) -> None:
    """In forced colours every button has a border, and a switch is the browser's own tick box."""
    page = tab(forced_colors="active")
    page.goto(shop().url)
    for hook in ("reject", "accept", "choose"):
        width, style = page.locator(f"[data-ck={hook}]").evaluate(
            "e => [getComputedStyle(e).borderTopWidth, getComputedStyle(e).borderTopStyle]"
        )
        assert (width, style) == ("1px", "solid")
    page.goto(page.url + "_ck/preferences")
    assert page.locator(".ck-switch").first.evaluate("e => getComputedStyle(e).appearance") == "auto"


def test_no_motion(shop: Make, tab: Tabs) -> None:
    """Who wants no motion sees none: nothing is animated."""
    page = tab(reduced_motion="reduce")
    shop_ = shop()
    for path in ("/embeds", "/_ck/preferences"):
        page.goto(shop_.url + path)
        assert [] == page.evaluate("[...document.querySelectorAll('*')].map(e => getComputedStyle(e, '::before').transitionDuration)"
                                   ".filter(d => d !== '0s')")  # fmt: skip
        assert page.evaluate("document.getAnimations().length") == 0


def test_paper(shop: Make, tab: Tabs) -> None:
    """Printed pages have no banner, no control and no placeholder on them, and no room for them."""
    page = tab()
    page.goto(shop().url + "/embeds")
    page.emulate_media(media="print")
    assert [] == [e for e in page.locator(".ck-ui").all() if e.is_visible()]
    assert page.evaluate("getComputedStyle(document.documentElement).paddingBottom") == "0px"


@pytest.mark.parametrize(("lang", "side"), [("en", "left"), ("ar", "right"), ("he", "right")])
def test_the_direction_of_the_language(shop: Make, tab: Tabs, lang: str, side: str) -> None:
    """The banner speaks the page's language, runs its way, and stands where its lines begin."""
    page = tab(viewport={"width": 1280, "height": 800})
    page.goto(shop(lang=lang).url)
    banner = page.locator("#ck-banner")
    assert (lang, "rtl" if side == "right" else "ltr") == (banner.get_attribute("lang"), banner.get_attribute("dir"))
    box = banner.bounding_box()
    assert box is not None
    assert (box["x"] > 640) == (side == "right")


@pytest.mark.parametrize("javascript", [True, False])
def test_status_is_told_without_moving_the_focus(shop: Make, tab: Tabs, javascript: bool) -> None:
    """R205: what was saved is said in a live region; without a script the page says so itself."""
    page = tab(java_script_enabled=javascript)
    page.goto(shop().url + "/_ck/preferences")
    assert page.locator("#ck-status").get_attribute("role") == "status"
    with page.expect_navigation(wait_until="load"):
        page.locator("#ck-preferences [data-ck=reject]").click()
    page.goto(page.url.partition("/_ck")[0].rstrip("/") + "/_ck/preferences")
    assert "You last decided on" in page.locator("#ck-status").inner_text()
