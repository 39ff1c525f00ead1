"""The client script in a real browser: what happens in place, what waits for a reload, and what never happens."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.internet import Internet
from tests.browser.shop import HEAD, Site, choices, framed, others, placeholder, refuse, tools, until

PAGES = {
    "/": HEAD + "<h1>Shop</h1><p>Nothing here.</p>",
    "/video": HEAD + '<p id="around">See <iframe src="https://tube.example/embed/a" width="560" height="315"></iframe></p>'
    '<iframe id="second" src="https://maps.example/m" width="300" height="200"></iframe>',
    "/form": HEAD + '<form><input name="name"><textarea name="text"></textarea><select name="pick"><option>1<option>2</select>'
    '<input type="checkbox" name="tick"></form><iframe src="https://tube.example/embed/a"></iframe>',
    "/order": HEAD + "<script>var order = ['first'];</script>"
    '<script src="https://tools.example/slow.js"></script>'
    "<script>/* toolsInline */ order.push('inline after slow');</script>"
    '<script src="https://tools.example/fast.js"></script>'
    '<script src="https://tools.example/deferred.js" defer></script>'
    '<script src="https://tools.example/late.js" async></script>'
    '<script src="https://tools.example/old.js" nomodule></script>'
    "<script>/* toolsInline */ order.push('inline at the end'); document.write('<b id=written>written</b>');"
    "addEventListener('load', () => order.push('load')); document.addEventListener('DOMContentLoaded', () => order.push('ready'));"
    "</script>"
    '<img id="picture" src="https://tools.example/p.gif" srcset="https://tools.example/p2.gif 2x">'
    '<link id="sheet" rel="stylesheet" href="https://tools.example/s.css">'
    '<div id="styled" style="background: url(https://tools.example/b.gif)">x</div>'
    "<style>h1 { background: url('https://tools.example/c.gif') }</style><h1 id=keep>Shop</h1>",
}  # fmt: skip


@pytest.fixture
def site(site: Callable[..., Site]) -> Callable[..., Site]:
    """Makes sites with these pages: `site(csp="off")`."""
    return functools.partial(site, PAGES)


@pytest.mark.parametrize("csp", ["enforce", "off"])
def test_nothing_is_contacted_before_consent_or_after_refusal(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet, csp: str
) -> None:
    """No other host is contacted by looking, rejecting, or pressing Escape; a refusal needs no reload."""
    shop_, page = site(csp=csp), tab()
    page.goto(shop_.url + "/video")
    page.keyboard.press("Escape")
    expect(page.locator("#ck-banner")).to_be_hidden()
    assert not page.context.cookies()
    page.reload()
    refuse(page)
    expect(page.locator("#ck-status")).to_have_text("Your choice is saved.")
    page.goto(shop_.url + "/order")
    assert page.locator("#ck-banner").count() == 0
    assert others(internet) == set()
    assert [record.choices for record in shop_.records.records] == [{"media": False, "tools": False}]


def test_load_once_shows_one_embed_in_place(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet
) -> None:
    """Loading once loads that embed through our own frame, moves the focus to it, records nothing, and grants nothing."""
    shop_, page = site(), tab()
    page.goto(shop_.url + "/video")
    refuse(page)
    box = placeholder(page, "Tube").bounding_box()
    placeholder(page, "Tube").locator("[data-ck=load-once]").click()
    framed(page, "tube.example")
    assert others(internet) == {"tube.example"}
    embed = page.locator("#around iframe")
    expect(embed).to_be_focused()
    expect(embed).to_have_attribute("title", "Tube")
    shown = embed.bounding_box()
    assert box is not None
    assert shown is not None
    assert abs(box["y"] - shown["y"]) < 1
    assert placeholder(page, "Tube").count() == 0
    assert len(shop_.records.records) == 1
    page.reload()
    expect(placeholder(page, "Tube")).to_be_visible()


@pytest.mark.parametrize("csp", ["enforce", "off"])
def test_always_allow_shows_the_service_without_a_reload(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet, csp: str
) -> None:
    """Allowing always grants that service alone, shows its embeds at once, and on the next page they come directly."""
    shop_, page = site(csp=csp), tab()
    page.goto(shop_.url + "/video")
    page.evaluate("window.stays = true")
    placeholder(page, "Tube").locator("[data-ck=allow]").click()
    framed(page, "tube.example")
    assert page.evaluate("window.stays") is True
    assert others(internet) == {"tube.example"}
    page.goto(shop_.url + "/video")
    assert page.locator("#around iframe").get_attribute("src") == "https://tube.example/embed/a"
    expect(placeholder(page, "maps")).to_be_visible()


def test_accepting_reloads_once_where_the_policy_is_enforced(
    site: Callable[..., Site], tab: Callable[..., Page]
) -> None:
    """Under our enforced policy "accept all" takes effect with one reload, and every embed is there."""
    shop_, page = site(), tab()
    page.goto(shop_.url + "/video")
    with page.expect_navigation(wait_until="load"):
        page.click("[data-ck=accept]")
    framed(page, "tube.example")
    framed(page, "maps.example")
    assert page.locator("#ck-banner").count() == 0
    expect(page.locator("[data-ck=withdraw]")).to_be_visible()


@pytest.mark.parametrize(
    "fill",
    ["page => page.querySelector('textarea').value = 'mine'", "page => page.querySelector('[name=pick]').selectedIndex = 1",
     "page => page.querySelector('[name=tick]').checked = true"],
)  # fmt: skip
def test_what_was_typed_survives_a_grant(site: Callable[..., Site], tab: Callable[..., Page], fill: str) -> None:
    """A half-filled form is never lost: the reload is offered instead, and does what it says."""
    shop_, page = site(), tab()
    page.goto(shop_.url + "/form")
    page.fill("[name=name]", "Ada")
    page.evaluate(f"({fill})(document)")
    page.click("[data-ck=accept]")
    status = page.locator("#ck-status")
    expect(status).to_contain_text("It takes effect when the page loads anew")
    assert page.input_value("[name=name]") == "Ada"
    with page.expect_navigation(wait_until="load"):
        status.get_by_role("button", name="Reload now").click()
    framed(page, "tube.example")


def test_answer_to_a_form_is_not_sent_again(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """On a page that answers a POST the reload is offered only: nothing is ordered twice."""
    shop_, page = site(), tab()
    page.goto(shop_.url + "/")
    page.evaluate("""() => { const form = document.createElement('form'); form.method = 'post'; form.action = '/thanks';
        form.innerHTML = '<input name=name value=Ada>'; document.body.append(form); form.submit(); }""")
    expect(page.locator("#thanks")).to_have_text("Thanks, Ada")
    page.click("[data-ck=accept]")
    expect(page.locator("#ck-status")).to_contain_text("It takes effect when the page loads anew")
    expect(page.locator("#thanks")).to_be_visible()


def test_activation_in_place_keeps_the_order(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Without an enforced policy scripts run as the parser would have run them; images, styles and listeners follow."""
    shop_, page = site(csp="off"), tab()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("https://tools.example/**", tools)
    page.goto(shop_.url + "/order")
    assert page.evaluate("order") == ["first"]
    page.evaluate("window.stays = true")
    page.click("[data-ck=accept]")
    page.wait_for_function("order.includes('load')")
    order = page.evaluate("order")
    order.remove("late")  # async: whenever it comes
    assert order == ["first", "slow", "inline after slow", "fast", "inline at the end", "deferred", "ready", "load"]
    assert page.evaluate("window.stays") is True
    assert page.locator("#keep").is_visible()  # document.write did not replace the page, but added to it
    assert page.evaluate("document.querySelector('#written').previousElementSibling.localName") == "script"
    assert page.locator("#picture").get_attribute("src") == "https://tools.example/p.gif"
    assert page.locator("#picture").get_attribute("srcset") == "https://tools.example/p2.gif 2x"
    assert page.locator("#sheet").get_attribute("href") == "https://tools.example/s.css"
    assert "tools.example/b.gif" in page.evaluate("getComputedStyle(document.querySelector('#styled')).backgroundImage")
    assert "tools.example/c.gif" in page.evaluate("getComputedStyle(document.querySelector('#keep')).backgroundImage")
    assert page.locator("[data-ck-service]").count() == 0
    assert errors == []


def test_withdrawing_takes_one_click_and_reloads(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet
) -> None:
    """R14: one click on any page takes everything back, and the page is loaded anew without it."""
    shop_, page = site(csp="off"), tab()
    page.goto(shop_.url + "/video")
    page.click("[data-ck=accept]")
    framed(page, "tube.example")
    page.goto(shop_.url + "/")
    others(internet)
    internet.clear()
    with page.expect_navigation(wait_until="load"):
        page.click("[data-ck=withdraw]")
    page.goto(shop_.url + "/video")
    expect(placeholder(page, "Tube")).to_be_visible()
    assert others(internet) == set()
    assert [sum(record.choices.values()) for record in shop_.records.records] == [2, 0]


def test_choosing_saves_what_is_ticked(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """The choice in the banner grants what is ticked, and Enter on a tick box saves rather than accepts."""
    shop_, page = site(), tab()
    page.goto(shop_.url + "/")
    page.click("[data-ck=choose]")
    page.check("#ck-choices [value=media]")
    with page.expect_navigation(wait_until="load"):
        page.locator("#ck-choices [value=media]").press("Enter")
    assert [record.choices for record in shop_.records.records] == [{"media": True, "tools": False}]


def test_preferences_open_in_place_and_take_effect(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """The control opens the second layer over the page; saving there closes it and takes effect on the page."""
    shop_, page = site(csp="off"), tab()
    page.goto(shop_.url + "/video")
    refuse(page)
    page.click("#ck-control [data-ck=settings]")
    frame = choices(page)
    expect(frame.get_by_role("heading", name="Privacy choices")).to_be_visible()
    frame.get_by_role("checkbox", name="Allow: media").check()
    frame.locator("[data-ck=save]").click()
    expect(page.locator("#ck-dialog")).to_have_count(0)
    framed(page, "maps.example")


def test_escape_closes_the_dialog_and_gives_the_focus_back(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Escape closes what was opened, from inside of it too, decides nothing, and the focus is where it was."""
    shop_, page = site(), tab()
    page.goto(shop_.url + "/")
    refuse(page)
    for inside in (False, True):
        page.click("#ck-control [data-ck=settings]")
        frame = choices(page)
        expect(frame.get_by_role("heading", name="Privacy choices")).to_be_visible()
        if inside:
            frame.get_by_role("checkbox").first.focus()
        page.keyboard.press("Escape")
        expect(page.locator("#ck-dialog")).to_have_count(0)
        expect(page.locator("#ck-control [data-ck=settings]")).to_be_focused()
    assert len(shop_.records.records) == 1


def test_a_decision_reaches_the_other_tabs(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """What is decided in one tab holds in the others at once."""
    shop_, first = site(csp="off"), tab()
    second = tab(of=first)
    for page in (first, second):
        page.goto(shop_.url + "/video")
    first.click("[data-ck=accept]")
    framed(second, "tube.example")
    expect(second.locator("#ck-banner")).to_be_hidden()
    with second.expect_navigation(wait_until="load"):
        first.click("[data-ck=withdraw]")
    expect(placeholder(second, "Tube")).to_be_visible()


def test_going_back_never_shows_what_was_withdrawn(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet
) -> None:
    """A page out of the history shows the state of now."""
    shop_, page = site(), tab()
    page.goto(shop_.url + "/video")
    with page.expect_navigation(wait_until="load"):
        page.click("[data-ck=accept]")
    framed(page, "tube.example")
    page.goto(shop_.url + "/")
    with page.expect_navigation(wait_until="load"):
        page.click("[data-ck=withdraw]")
    others(internet)
    internet.clear()
    page.go_back()
    expect(placeholder(page, "Tube")).to_be_visible()
    assert others(internet) == set()


def test_the_script_tells_other_scripts(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """`window.consentkit`: what is allowed, deciding, and being told, by listener and by event."""
    shop_, page = site(csp="off"), tab()
    page.goto(shop_.url + "/")
    seen = page.evaluate("""async () => {
        const seen = [];
        document.addEventListener('consentkit:change', (event) => seen.push(event.detail.granted));
        const off = consentkit.on('change', (detail) => seen.push(detail.undecided));
        const before = consentkit.allows('media');
        const data = await consentkit.decide({grant: ['media']});
        off();
        let refused = '';
        await consentkit.decide({grant: ['nothing']}).catch((error) => { refused = error.message; });
        return {seen, before, after: consentkit.allows('tube'), decided: data.purposes, refused};
    }""")
    assert seen["seen"] == [[], ["maps", "media", "tube"]]
    assert (seen["before"], seen["after"]) == (False, True)
    assert seen["decided"] == {"basket": True, "media": True, "tools": False}
    assert "There is no purpose or service" in seen["refused"]
    assert shop_.records.records[0].source == "api"


def test_a_request_that_is_blocked_falls_back_to_the_form(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Where something blocks scripts' requests to us the plain form still decides."""
    shop_, page = site(), tab()
    page.goto(shop_.url + "/video?x=1")

    def block(route: Route) -> None:
        if route.request.resource_type == "fetch":
            route.abort()
        else:
            route.continue_()

    page.route("**/_ck/decide", block)
    with page.expect_navigation(url="**/video?x=1", wait_until="load"):
        page.click("[data-ck=accept]")
    framed(page, "tube.example")
    assert len(shop_.records.records) == 1


def test_everything_works_without_scripts(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet
) -> None:
    """JavaScript off: decide, choose, allow a service at its placeholder, see the preferences, withdraw."""
    shop_, page = site(), tab(java_script_enabled=False)
    page.goto(shop_.url + "/video?x=1")
    assert not page.locator("[data-ck=load-once]").first.is_visible()
    with page.expect_navigation(url="**/video?x=1"):
        page.locator('[data-ck=allow][value="tube"]').click()
    assert page.locator("#around iframe").get_attribute("src") == "https://tube.example/embed/a"
    page.click("[data-ck=choose]")
    page.check("#ck-choices [value=tools]")
    with page.expect_navigation(url="**/video?x=1"):
        page.click("[data-ck=save]")
    page.click("#ck-control [data-ck=settings]")
    expect(page.get_by_role("checkbox", name="Allow: tools", exact=True).first).to_be_checked()
    with page.expect_navigation(url="**/video?x=1"):
        page.locator("#ck-preferences [data-ck=accept]").click()
    others(internet)
    internet.clear()
    with page.expect_navigation(url="**/video?x=1"):
        page.click("[data-ck=withdraw]")
    assert others(internet) == set()
    sources = [record.source for record in shop_.records.records]
    assert sources == ["placeholder", "banner", "preferences", "control"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_rejecting_is_as_prominent_as_accepting(
    site: Callable[..., Site], tab: Callable[..., Page], width: int, scheme: str
) -> None:
    """R12, R13, R201, R204: the same area, font and colours, in sight at every width, with nothing to scroll sideways."""
    page = tab(viewport={"width": width, "height": 640}, color_scheme=scheme)
    page.goto(site().url + "/")
    looks = page.evaluate("""() => ['reject', 'accept'].map((hook) => {
        const button = document.querySelector(`[data-ck=${hook}]`), style = getComputedStyle(button), box = button.getBoundingClientRect();
        return [Math.round(box.width), Math.round(box.height), style.font, style.color, style.backgroundColor, style.border,
                box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth];
    })""")
    assert looks[0] == looks[1]
    assert looks[0][6] is True
    assert looks[0][0] >= 24
    assert looks[0][1] >= 24
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("slower", [1, 20])
def test_nothing_moves_while_the_page_loads(site: Callable[..., Site], tab: Callable[..., Page], slower: int) -> None:
    """The layout never shifts because of us: neither the banner, nor a placeholder, nor the script's work moves anything.

    In a slow browser, which paints what it has parsed so far, neither.
    """
    page = tab()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(site().url + "/video")
    shift = page.evaluate("""() => new Promise((done) => {
        let sum = 0;
        new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; })
            .observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done(sum), 500);
    })""")
    assert shift == 0


def test_focus_is_never_behind_the_banner(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """R200: walking through a long page with the keyboard, what has the focus is never entirely covered."""
    shop_, page = site(), tab(viewport={"width": 320, "height": 640})
    page.goto(shop_.url + "/")
    page.evaluate("""() => { for (let n = 0; n < 60; n++) { const a = document.createElement('a'); a.href = '#'; a.textContent = 'link ' + n;
        const p = document.createElement('p'); p.append(a); document.body.append(p); } }""")
    for _ in range(75):
        page.keyboard.press("Tab")
        covered = page.evaluate("""() => { const e = document.activeElement; if (e === document.body || e.closest('.ck-ui')) return false;
            const r = e.getBoundingClientRect(), b = document.querySelector('#ck-banner').getBoundingClientRect();
            return r.top >= b.top && r.bottom <= b.bottom && r.left >= b.left && r.right <= b.right; }""")
        assert not covered


@pytest.mark.parametrize("own", ["strict", "self", "trusted"])
def test_an_apps_own_strict_policy_does_not_stop_us(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet, own: str
) -> None:
    """Nonces, strict-dynamic, `form-action 'none'`, Trusted Types: style, script, decision and frame all work, without a violation."""
    shop_, page = site(), tab()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{shop_.url}/video?{own}")
    assert page.evaluate("getComputedStyle(document.querySelector('#ck-banner')).position") == "fixed"
    refuse(page)
    expect(page.locator("#ck-status")).to_have_text("Your choice is saved.")
    placeholder(page, "Tube").locator("[data-ck=load-once]").click()
    framed(page, "tube.example")
    page.click("#ck-control [data-ck=settings]")
    expect(choices(page).get_by_role("heading", name="Privacy choices")).to_be_visible()
    assert said == []
    assert others(internet) == {"tube.example"}


def test_trusted_types_do_not_stop_activation(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Where the page requires Trusted Types a script keeps its URL while blocked, and starts all the same."""
    shop_, page = site(csp="off"), tab()
    page.route("https://tools.example/**", tools)
    page.goto(shop_.url + "/order?trusted")
    page.evaluate("window.stays = true")
    page.click("[data-ck=accept]")
    until(page, "order.includes('deferred')")
    assert page.evaluate("window.stays")


def test_shared_pages_are_activated_from_the_cookie(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Where everybody gets the same page, the script reads that there is a decision, asks for it and puts it into effect."""
    shop_, page = site(mode="shared"), tab()
    page.goto(shop_.url + "/video")
    page.click("[data-ck=accept]")
    framed(page, "tube.example")
    page.goto(shop_.url + "/video")
    expect(page.locator("#ck-banner")).to_be_hidden()
    framed(page, "maps.example")
    expect(page.locator("[data-ck=withdraw]")).to_be_visible()
    with page.expect_navigation(wait_until="load"):
        page.click("[data-ck=withdraw]")
    expect(page.locator("#ck-banner")).to_be_hidden()
    expect(placeholder(page, "Tube")).to_be_visible()
