"""The banner in bad company: slow networks, blocked files, no mouse, no script, half-filled forms, the way back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.internet import Internet
from tests.browser.shop import HEAD, STEP, WAIT, Site, choices, come, framed, others, placeholder, refuse

FIELDS = """<form id="checkout" action="/thanks" method="post">
<input name="name"><input name="mail" type="email"><input name="phone" type="tel"><input name="site" type="url"><input name="word" type="password">
<input name="find" type="search"><input name="count" type="number"><input name="day" type="date"><input name="time" type="time">
<input name="when" type="datetime-local"><input name="month" type="month"><input name="week" type="week"><input name="shade" type="color" value="#000000">
<input name="much" type="range" min="0" max="9" value="3"><input name="file" type="file"><textarea name="text">before</textarea>
<input name="hidden" type="hidden" value="kept"><input name="tick" type="checkbox"><input name="ticked" type="checkbox" checked>
<label><input name="way" type="radio" value="a" checked>a</label><label><input name="way" type="radio" value="b">b</label>
<select name="pick"><option>1<option>2</select><select name="many" multiple><option>x<option selected>y<option>z</select>
<input name="suggest" list="list"><datalist id="list"><option>one</datalist><div id="rich" contenteditable="true">rich</div></form>"""
PAGES = {
    "/": HEAD + "<h1>Shop</h1><p>Nothing here.</p>",
    "/video": HEAD + '<a href="#end">Skip</a><iframe id="film" src="https://tube.example/embed/a" width="560" height="315"></iframe>'
    '<a id="end" href="/">End</a>',
    "/checkout": HEAD + FIELDS + '<iframe src="https://tube.example/embed/a"></iframe><script src="https://tools.example/x.js"></script>',
}  # fmt: skip

FILLED = {"name": "Ada", "mail": "ada@shop.example", "phone": "+44 20", "site": "https://ada.example/", "word": "secret", "find": "tea",
          "count": "7", "day": "2026-11-23", "time": "10:30", "when": "2026-11-23T10:30", "month": "2026-11", "week": "2026-W48",
          "shade": "#aabbcc", "much": "8", "text": "after\nall", "suggest": "one"}  # fmt: skip
VALUES = """() => { const form = document.querySelector('#checkout');
    return {fields: [...new FormData(form)].map(([name, value]) => [name, value.name ?? value]), rich: document.querySelector('#rich').textContent,
            many: [...form.many.selectedOptions].map((option) => option.text)}; }"""


def fill(page: Page, file: Path) -> None:
    """Fill every control as a visitor would."""
    for name, value in FILLED.items():
        field = page.locator(f"[name={name}]")
        if name in {"shade", "much"}:
            field.evaluate(
                "(field, value) => { field.value = value; field.dispatchEvent(new Event('input', {bubbles: true})) }",
                value,
            )
        else:
            field.fill(value)
    page.set_input_files("[name=file]", file)
    page.check("[name=tick]")
    page.uncheck("[name=ticked]")
    page.check("[name=way][value=b]")
    page.select_option("[name=pick]", "2")
    page.select_option("[name=many]", ["x", "z"])
    page.locator("#rich").fill("richer")


@pytest.mark.parametrize("inside", [False, True])
def test_escape_before_the_script_of_the_choices_has_come(
    site: Callable[..., Site], tab: Callable[..., Page], inside: bool
) -> None:
    """On a slow network the choices are closed by Escape as soon as they are there, wherever the focus went."""
    shop_, page = site(PAGES), tab()
    page.goto(shop_.url + "/")
    refuse(page)
    held: list[Route] = []
    page.route("**/consent*.js*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it is given
    page.click("#ck-control [data-ck=settings]")
    frame = choices(page)
    come(page, held)  # the script of the choices is still on its way
    if inside:
        frame.get_by_role("checkbox").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator("#ck-dialog")).to_have_count(0)


def test_choices_whose_script_hangs_take_effect(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """A file that never comes does not keep the choices from anything: they are a form, and the page sees the answer."""
    shop_, page = site(PAGES, csp="off"), tab()
    page.goto(shop_.url + "/video")
    refuse(page)
    page.route("**/consent*.js*", lambda route: None)
    page.click("#ck-control [data-ck=settings]")
    choices(page).locator("[data-ck=accept]").click(no_wait_after=True)
    expect(page.locator("#ck-dialog")).to_have_count(0)
    framed(page, "tube.example")
    assert 2 == len(shop_.records.records)


@pytest.mark.parametrize("csp", ["enforce", "off"])
def test_every_value_survives_a_grant(
    site: Callable[..., Site], tab: Callable[..., Page], tmp_path: Path, csp: str
) -> None:
    """Accepting on a half-filled checkout loses nothing: every control has its value, and the form can be sent."""
    shop, page, file = site(PAGES, csp=csp), tab(), tmp_path / "slip.txt"
    file.write_text("slip")
    page.goto(shop.url + "/checkout")
    fill(page, file)
    before = page.evaluate(VALUES)
    assert len(before["fields"]) == 23
    page.click("[data-ck=accept]")
    expect(page.locator("#ck-status")).to_contain_text("Your choice is saved.")
    if csp == "off":
        framed(page, "tube.example")
    assert before == page.evaluate(VALUES)
    page.evaluate("document.querySelector('#checkout').submit()")
    expect(page.locator("#thanks")).to_have_text("Thanks, Ada")
    framed(page, "tube.example")


@pytest.mark.parametrize("control", [*FILLED, "file", "tick", "ticked", "way", "pick", "many", "rich"])
def test_one_control_is_enough_to_hold_the_reload(
    site: Callable[..., Site], tab: Callable[..., Page], tmp_path: Path, control: str
) -> None:
    """Under the enforced policy any one control that was touched makes the reload an offer."""
    page, file = tab(), tmp_path / "slip.txt"
    file.write_text("slip")
    page.goto(site(PAGES).url + "/checkout")
    field = page.locator(f"[name={control}]").last
    if control == "file":
        field.set_input_files(file)
    elif control in {"pick", "many"}:
        field.select_option(index=0 if control == "many" else 1)
    elif control in {"tick", "ticked", "way"}:
        field.set_checked(control != "ticked")
    elif control == "rich":
        page.locator("#rich").fill("richer")
    else:
        # By a script of the page's, as libraries fill fields: no event tells of it.
        field.evaluate("(field, value) => { field.value = value }", FILLED[control])
    page.evaluate("window.stays = true")
    page.click("[data-ck=accept]")
    expect(page.locator("#ck-status").get_by_role("button", name="Reload now")).to_be_visible()
    assert page.evaluate("window.stays")


def test_what_was_typed_and_is_gone_holds_nothing(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Where the part of the page with the field is gone there is nothing to lose, and the reload is made."""
    page = tab()
    page.goto(site(PAGES).url + "/checkout")
    page.fill("[name=name]", "Ada")
    page.evaluate("document.querySelector('#checkout').remove()")
    with page.expect_navigation(wait_until="commit"):
        page.click("[data-ck=accept]")


def decided(site: Site) -> list[dict[str, bool]]:
    """The decisions that were recorded, once there is one."""
    for _ in range(WAIT // STEP):
        if site.records.records:
            break
        threading.Event().wait(STEP / 1000)
    return [dict(record.choices) for record in site.records.records]


def test_a_slow_network_decides_once(site: Callable[..., Site], tab: Callable[..., Page], internet: Internet) -> None:
    """Pressing again and again while the answer is on its way decides once, and nothing is contacted before it."""
    shop, page, held = site(PAGES), tab(), list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/_ck/decide", hold)
    page.goto(shop.url + "/video")
    for _ in range(3):
        page.click("[data-ck=accept]")
    assert others(internet) == set()
    come(page, held)
    assert len(held) == 1
    held[0].continue_()
    framed(page, "tube.example")
    assert [{"media": True, "tools": True}] == decided(shop)


def test_the_question_does_not_wait_for_our_files(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Where the script is still on its way the buttons work already, as the form that they are."""
    shop, page = site(PAGES), tab()
    page.route("**/_ck/consent.*.js", lambda route: None)  # it never comes
    page.goto(shop.url + "/video", wait_until="commit")
    with page.expect_navigation(wait_until="commit"):
        page.locator("[data-ck=accept]").click(no_wait_after=True)
    framed(page, "tube.example")
    assert len(shop.records.records) == 1


@pytest.mark.parametrize("blocked", ["**/_ck/*.js", "**/_ck/*.css", "**/_ck/*.{js,css}", "**/_ck/{state,*.js}"])
@pytest.mark.parametrize("settings", [{"csp": "enforce"}, {"csp": "off"}, {"mode": "shared"}], ids=str)
def test_the_banner_works_where_our_files_are_blocked(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet, settings: dict[str, str], blocked: str
) -> None:
    """A blocker that stops our script and style leaves a question that can be answered: it is in the page itself."""
    shop, page = site(PAGES, **settings), tab()
    page.route(blocked, lambda route: route.abort())
    page.goto(shop.url + "/video")
    expect(page.locator("#ck-banner [data-ck=accept]")).to_be_visible()
    assert others(internet) == set()
    if "js" in blocked:
        with page.expect_navigation(url="**/video", wait_until="load"):
            page.click("[data-ck=reject]")
    else:
        refuse(page)
    assert [{"media": False, "tools": False}] == decided(shop)
    assert others(internet) == set()
    if settings.get("mode") != "shared":  # there our script starts what was allowed, and there is none
        page.locator("[data-ck=allow][value=tube]").click()
        framed(page, "tube.example")
        assert others(internet, ["tube.example"]) == {"tube.example"}


def test_without_a_network_nothing_is_lost(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """A decision that does not get through is told where something was typed, and goes through by a second press."""
    shop, page = site(PAGES), tab()
    page.goto(shop.url + "/checkout")
    page.fill("[name=name]", "Ada")
    page.context.set_offline(True)
    page.click("[data-ck=reject]")
    expect(page.locator("#ck-status")).to_contain_text("nothing was changed")
    assert page.input_value("[name=name]") == "Ada"
    page.context.set_offline(False)
    page.click("[data-ck=reject]")
    expect(page.locator("#ck-banner")).to_have_count(0)
    assert len(shop.records.records) == 1


def test_a_refusal_of_the_server_is_told(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """What the server says is said to the visitor, in the live region, and the question stays."""
    page = tab()
    answer = '{"error": {"status": 503, "message": "The proof could not be kept. Please try again."}}'
    page.route("**/_ck/decide", lambda route: route.fulfill(status=503, content_type="application/json", body=answer))
    page.goto(site(PAGES).url + "/video")
    page.click("[data-ck=accept]")
    expect(page.get_by_role("status")).to_have_text("The proof could not be kept. Please try again.")
    expect(page.locator("#ck-banner")).to_be_visible()


def focused(page: Page) -> str:
    """What has the focus, by hook, name or element."""
    name: str = page.evaluate("""() => { const e = document.activeElement;
        return e.dataset.ck || e.id || e.name || e.value || e.localName; }""")
    return name


def walk(page: Page, to: str) -> list[str]:
    """Press Tab until this has the focus."""
    seen = list[str]()
    while to not in seen:
        page.keyboard.press("Tab")
        seen.append(focused(page))
        assert len(seen) < 60, seen
    return seen


def test_keyboard_alone(site: Callable[..., Site], tab: Callable[..., Page], internet: Internet) -> None:
    """Without a mouse: choose, save, load once, open the choices and leave them, allow, withdraw; nobody is trapped."""
    shop, page = site(PAGES, csp="off"), tab()
    page.goto(shop.url + "/video")
    assert focused(page) == "body"  # the banner takes no focus by itself
    walk(page, "choose")
    page.keyboard.press("Enter")
    walk(page, "purpose")
    page.keyboard.press("Space")
    page.keyboard.press("Space")  # and off again
    assert "end" in walk(page, "end")  # through the banner and out of it
    page.keyboard.press("Shift+Tab")
    page.evaluate("document.activeElement.blur()")
    walk(page, "reject")
    page.keyboard.press("Enter")
    expect(page.locator("#ck-banner")).to_be_hidden()
    assert focused(page) == "settings"  # the focus goes to what took the banner's place
    assert others(internet) == set()
    walk(page, "load-once")
    page.keyboard.press("Enter")
    expect(page.locator("#film")).to_be_focused()
    page.reload()
    walk(page, "settings")
    page.keyboard.press("Enter")
    expect(choices(page).get_by_role("heading", name="Privacy choices")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#ck-dialog")).to_have_count(0)
    assert focused(page) == "settings"
    walk(page, "allow")
    page.keyboard.press("Space")
    expect(page.locator("#film")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.reload()
    walk(page, "withdraw")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(placeholder(page, "Tube")).to_be_visible()


@pytest.mark.parametrize("hook", ["accept", "allow"])
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("csp", ["enforce", "off"])
def test_back_and_forward(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet, csp: str, javascript: bool, hook: str
) -> None:
    """Whatever was decided on the way, each page of the history shows the state of now, its frames too."""
    shop, page = site(PAGES, csp=csp), tab(java_script_enabled=javascript)
    page.goto(shop.url + "/video")
    if hook == "allow":
        placeholder(page, "Tube").locator("[data-ck=allow]").click()
        framed(page, "tube.example")
    page.goto(shop.url + "/")
    if hook == "accept" and javascript and csp == "off":
        page.click("[data-ck=accept]")
    elif hook == "accept":
        with page.expect_navigation(wait_until="load"):
            page.click("[data-ck=accept]")
    expect(page.locator("[data-ck=withdraw]:not([hidden])")).to_have_count(1)
    steps = 0
    while "/video" not in page.url:
        page.go_back()  # without a script each decision is a page of the history
        steps += 1
    framed(page, "tube.example")
    for _ in range(steps):
        page.go_forward()
    if hook == "allow" and javascript and csp == "off":
        page.click("[data-ck=accept]")
        expect(page.locator("#ck-banner")).to_be_hidden()
    elif hook == "allow":
        with page.expect_navigation(wait_until="load"):
            page.click("[data-ck=accept]")
    expect(page.locator("[data-ck=withdraw]")).to_be_visible()
    with page.expect_navigation(wait_until="load"):
        page.click("[data-ck=withdraw]")
    others(internet)
    internet.clear()
    while "/video" not in page.url:
        page.go_back()
    expect(placeholder(page, "Tube")).to_be_visible()
    assert others(internet) == set()


def test_a_page_out_of_the_history_asks_for_the_state(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """A kept page that is shown again asks, and is loaded anew if another tab decided meanwhile; offline it stays."""
    shop, page = site(PAGES), tab()
    page.goto(shop.url + "/video")
    refuse(page)
    shown = "() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    kept = "() => dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))"
    page.evaluate("window.stays = true")
    page.context.set_offline(True)
    page.evaluate(kept)
    page.evaluate(shown)
    page.wait_for_timeout(200)
    page.context.set_offline(False)
    page.evaluate(kept)
    with page.expect_response("**/_ck/state"):
        page.evaluate(shown)
    page.wait_for_timeout(200)
    assert page.evaluate("window.stays")
    # As if another tab had decided while this page was kept: its channel was closed then.
    page.evaluate(kept)
    second = tab(of=page)
    second.goto(shop.url + "/")
    second.evaluate("consentkit.decide({grant: ['media']})")
    expect(second.locator("[data-ck=withdraw]")).to_be_visible()
    with page.expect_navigation(wait_until="load"):
        page.evaluate(shown)
    framed(page, "tube.example")


def test_shared_pages_do_not_flash_the_question(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Who has decided never sees the question, not for a moment, and nothing moves; who has not sees it at once."""
    shop, page = site(PAGES, mode="shared"), tab()
    page.goto(shop.url + "/video")
    expect(page.locator("#ck-banner")).to_be_visible()
    refuse(page)
    held = list[Route]()
    page.route("**/_ck/consent.*.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it is given
    page.goto(shop.url + "/video", wait_until="commit")
    page.wait_for_selector("#ck-banner", state="attached")
    assert page.evaluate("getComputedStyle(document.querySelector('#ck-banner')).display") == "none"
    expect(page.locator("#ck-control")).to_be_visible()
    come(page, held)
    held[0].continue_()
    page.wait_for_function("!('ckDecided' in document.documentElement.dataset)")
    expect(page.locator("#ck-banner")).to_be_hidden()
    shift = page.evaluate("""() => new Promise((done) => { let sum = 0;
        new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; }).observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done(sum), 300); })""")
    assert shift == 0
    assert page.locator("#ck-status").text_content() == ""
