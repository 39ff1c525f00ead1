"""What the site's own scripts and templates can use, and what the documentation shows of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources

import pytest
from playwright.sync_api import Page, expect

from tests.browser.shop import HEAD, Site, choices, come, refuse, until
from tests.conftest import PROJECT

DOCUMENT = (PROJECT / "docs" / "client-script.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
PAGES = {
    "/": HEAD + "<h1>Shop</h1>",
    "/early": HEAD.replace("<body>", "<script>var seen = [typeof consentkit]; document.addEventListener('consentkit:ready', "
    "() => seen.push(typeof consentkit, document.readyState))</script><body>"),
    "/link": HEAD + "".join(text for language, text in BLOCKS if language == "html"),
    "/settings": HEAD + '<p><consent-settings id="empty"></consent-settings><consent-settings id="words">My choices</consent-settings>'
    '<consent-settings id="own"><button type="button"><b>Own</b></button></consent-settings></p><a id="plain" href="/_ck/preferences" data-ck="settings">x</a>',
}  # fmt: skip
HEADING = "Privacy choices"


def opened(page: Page) -> None:
    """The choices are open over the page; close them again."""
    expect(choices(page).get_by_role("heading", name=HEADING)).to_be_visible()
    page.locator("#ck-dialog button").click()
    expect(page.locator("#ck-dialog")).to_have_count(0)


@pytest.mark.parametrize("code", [text for language, text in BLOCKS if language == "js"])
def test_examples_of_the_documentation_run(site: Callable[..., Site], tab: Callable[..., Page], code: str) -> None:
    """Each example runs as it stands, and what it says in its comments is so."""
    page, errors, said = tab(), list[str](), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    page.goto(site(PAGES, csp="off").url + "/")
    page.evaluate("() => { window.showPlayer = () => {}; }")
    page.evaluate(f"async () => {{ {code} }}")
    assert errors == []
    if "error.message" in code:
        come(page, said)
        assert said[-1].startswith("There is no purpose or service")
    if "state.purposes" in code:
        assert page.evaluate("consentkit.allows('media')")
        opened(page)


def test_the_script_says_when_it_is_there(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """A script that runs before ours waits for the event, which comes before the document is ready."""
    page = tab()
    page.goto(site(PAGES).url + "/early")
    assert ["undefined", "object", "interactive"] == page.evaluate("seen")


def test_the_link_in_the_page_opens_the_choices(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """With script the link of the documentation opens the choices over the page."""
    page = tab()
    page.goto(site(PAGES).url + "/link")
    refuse(page)
    page.get_by_role("contentinfo").get_by_role("link", name="Privacy choices").click()
    opened(page)
    expect(page.locator("consent-settings a")).to_be_focused()


def test_the_link_in_the_page_leads_to_the_choices(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Without script the same link leads to their page."""
    page = tab(java_script_enabled=False)
    page.goto(site(PAGES).url + "/link")
    page.click("consent-settings a")
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()


def test_places_for_the_choices_become_buttons(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Empty, with words, with a button of the site's, and added later: each opens the choices, with a name and by keyboard."""
    page = tab()
    page.goto(site(PAGES).url + "/settings")
    refuse(page)
    page.evaluate(
        "document.querySelector('#own').after(Object.assign(document.createElement('consent-settings'), {id: 'later', textContent: 'Later'}))"
    )
    for name, text in (("empty", HEADING), ("words", "My choices"), ("own", "Own"), ("later", "Later")):
        button = page.locator(f"#{name}").get_by_role("button", name=text)
        button.focus()
        page.keyboard.press("Enter")
        opened(page)
        expect(button).to_be_focused()
    page.locator("#own b").click()
    opened(page)
    page.click("#plain")
    opened(page)


def test_a_listener_that_fails_keeps_nothing_from_taking_effect(
    site: Callable[..., Site], tab: Callable[..., Page]
) -> None:
    """An error in one listener is reported; the others hear, and the decision takes effect."""
    page, errors = tab(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site(PAGES, csp="off").url + "/")
    page.evaluate("""() => { window.heard = []; consentkit.on('change', () => { throw new Error('of the site') });
        consentkit.on('change', (event) => heard.push(Object.keys(event).filter((key) => event[key] !== undefined)));
        document.addEventListener('consentkit:change', () => heard.push('event')); }""")
    page.click("[data-ck=accept]")
    until(page, "heard.length === 2")
    assert [["granted", "undecided"], "event"] == page.evaluate("heard")
    expect(page.locator("#ck-banner")).to_be_hidden()
    come(page, errors)
    assert ["of the site"] == errors


def test_nobody_can_change_what_others_call(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """The object is frozen: a script cannot put a function of its own in the place of ours."""
    page = tab()
    page.goto(site(PAGES).url + "/")
    assert page.evaluate("() => { consentkit.allows = () => true; return consentkit.allows('media'); }") is False


def test_the_types_name_what_there_is(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """What the declarations promise is there: every member, every event, every key of the state."""
    text = (resources.files("consentkit.pages") / "static" / "consent.d.ts").read_text(encoding="utf-8")
    members = {
        name: set(re.findall(r"^  (?:readonly )?(\w+)(?:<.*>)?[(:]", body, re.MULTILINE))
        for name, body in re.findall(r"^export interface (\w+) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    }
    page = tab()
    page.goto(site(PAGES, csp="off").url + "/")
    assert members["Consentkit"] == set(page.evaluate("Object.keys(consentkit)"))
    state = page.evaluate("consentkit.decide({grant: ['tube']})")
    assert members["ConsentState"] <= set(state)
    assert members["ConsentEvents"] == set(re.findall(r'"consentkit:(\w+)"', text)) - {"ready"}
