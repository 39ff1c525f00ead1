"""What comes into a page after it was loaded: fragments that the server sent, and what scripts add by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.internet import Internet
from tests.browser.shop import HEAD, Site, framed, others, placeholder, refuse, tools, until

FRAGMENT = (
    '<section><iframe id="film" src="https://tube.example/embed/b" width="400" height="200"></iframe>'
    '<img id="picture" src="https://tools.example/p.gif"><script src="https://tools.example/late.js"></script></section>'
)
PAGES = {
    "/": HEAD + '<script>var order = []</script><main id="main">First</main>',
    "/part": FRAGMENT,
    "/next": HEAD + f'<main id="main">Next {FRAGMENT}</main>',
}

# The ways in which libraries put what they fetched into a page.
SWAPS = {
    "innerHTML": "main.innerHTML = text",
    "insertAdjacentHTML": "main.insertAdjacentHTML('beforeend', text)",
    "fragment": "const range = document.createRange(); range.selectNodeContents(main); main.append(range.createContextualFragment(text))",
    "parser": "main.replaceChildren(...new DOMParser().parseFromString(text, 'text/html').body.childNodes)",
    "template": "const t = document.createElement('template'); t.innerHTML = text; main.append(t.content.cloneNode(true))",
    "body": "document.body.replaceWith(new DOMParser().parseFromString(text, 'text/html').body)",
}


def swap(page: Page, path: str, way: str) -> None:
    """Fetch a part of the site and put it into the page."""
    page.evaluate(f"""async () => {{
        const text = await (await fetch('{path}')).text(), main = document.querySelector('#main'); {SWAPS[way]}; }}""")


@pytest.mark.parametrize("way", SWAPS)
@pytest.mark.parametrize("csp", ["enforce", "off"])
def test_a_part_that_comes_later_has_a_placeholder_that_works(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet, csp: str, way: str
) -> None:
    """However a part comes in, nobody is contacted; its placeholder loads once and allows, as on a whole page."""
    page = tab()
    page.goto(site(PAGES, csp=csp).url + "/")
    refuse(page)
    swap(page, "/next" if way == "body" else "/part", way)
    once = placeholder(page, "Tube").locator("[data-ck=load-once]")
    expect(once).to_be_enabled()
    assert others(internet) == set()
    once.click()
    framed(page, "tube.example")
    expect(page.locator("#film")).to_be_focused()
    assert others(internet, ["tube.example"]) == {"tube.example"}


def test_a_part_from_before_the_decision_starts_when_it_comes(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet
) -> None:
    """What was fetched before the grant and put in after it is started in place, its scripts where they were new."""
    page = tab()
    page.route("https://tools.example/**", tools)
    page.goto(site(PAGES, csp="off").url + "/")
    page.evaluate("async () => { window.kept = await (await fetch('/part')).text() }")
    page.click("[data-ck=accept]")
    expect(page.locator("#ck-banner")).to_be_hidden()
    page.evaluate(f"() => {{ const text = kept, main = document.querySelector('#main'); {SWAPS['fragment']} }}")
    until(page, "order.includes('late')")
    framed(page, "tube.example")
    expect(page.locator("[data-ck-service], .ck-placeholder")).to_have_count(0)
    assert page.locator("#picture").get_attribute("src") == "https://tools.example/p.gif"
    assert others(internet) == {"tube.example"}


def test_a_part_from_before_the_decision_under_the_enforced_policy(
    site: Callable[..., Site], tab: Callable[..., Page]
) -> None:
    """There a frame is shown through our own, and for what has none a reload is offered, not made."""
    page = tab()
    page.goto(site(PAGES).url + "/")
    page.evaluate("async () => { window.kept = await (await fetch('/part')).text() }")
    page.evaluate("async () => { const text = kept; document.querySelector('#main').innerHTML = text; }")
    placeholder(page, "Tube").locator("[data-ck=allow]").click()
    framed(page, "tube.example")
    page.evaluate("() => { document.querySelector('#main').innerHTML = kept; window.stays = true; }")
    framed(page, "tube.example")
    expect(placeholder(page, "Tube")).to_have_count(0)
    assert page.evaluate("window.stays")


def test_routers_can_bring_the_script_again(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """A router that takes over head and body of the next page runs our script twice; a press still decides once."""
    shop, page = site(PAGES, csp="off"), tab()
    page.goto(shop.url + "/")
    page.evaluate("""async () => {
        const next = new DOMParser().parseFromString(await (await fetch('/next', {headers: {Accept: 'text/html'}})).text(), 'text/html');
        document.body.replaceWith(document.adoptNode(next.body));
        for (const old of next.querySelectorAll('head script')) {
            const script = document.createElement('script');
            for (const {name, value} of old.attributes) script.setAttribute(name, value);
            script.async = false;
            const come = script.src && new Promise((done) => { script.onload = done; });
            document.head.append(script);
            await come;
        } }""")
    page.locator("#ck-banner [data-ck=accept]").click()
    framed(page, "tube.example")
    expect(page.locator("#ck-banner")).to_be_hidden()
    assert len(shop.records.records) == 1


def test_what_scripts_add_is_stopped_and_told(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet
) -> None:
    """Prevention of what a script adds is the enforced policy's; the page hears of it (of a frame the origin only)."""
    page = tab()
    page.goto(site(PAGES).url + "/")
    page.evaluate("""() => { window.blocked = []; consentkit.on('blocked', (event) => blocked.push(event));
        document.querySelector('#main').append(Object.assign(document.createElement('iframe'), {src: 'https://tube.example/x'}),
            Object.assign(new Image(), {src: 'https://nobody.example/y.gif'})); }""")
    until(page, "blocked.length === 2")
    assert {("https://tube.example", "frame-src"), ("https://nobody.example/y.gif", "img-src")} == {
        (event["url"], event["directive"]) for event in page.evaluate("blocked")
    }
    # A browser may shake hands with a host before it looks at the policy; it asks for nothing.
    assert [] == [contact for contact in internet.settled() if contact.path]


@pytest.mark.parametrize("query", ["", "?trusted"])
def test_a_frame_that_a_script_adds_has_a_placeholder(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet, query: str
) -> None:
    """Where the enforced policy stops a frame of the page's script, the visitor sees whose it is and can allow it."""
    pages = {"/": HEAD + "<main id=main></main><script>const film = document.createElement('iframe'); film.src = ['https://tube', 'example/x?a=1&b=2'].join('.');"
             "film.width = 400; film.height = 225; document.querySelector('#main').append(film);</script>"}  # fmt: skip
    shop, page = site(pages), tab()
    page.goto(shop.url + "/" + query)
    refuse(page)
    place = placeholder(page, "Tube")
    expect(place).to_be_visible()
    expect(page.locator("#main iframe")).to_be_hidden()
    box = place.bounding_box()
    assert box is not None
    assert (404, 229) == (round(box["width"]), round(box["height"]))  # with the frame's own border
    assert (
        place.locator("[data-ck=load-once]:visible").count() == 0
    )  # only the server's own finds are shown in our frame
    # A browser may shake hands with a host before it looks at the policy; it asks for nothing.
    assert [] == [contact for contact in internet.settled() if contact.path]
    with page.expect_navigation(wait_until="load"):
        place.locator("[data-ck=allow]").click()
    framed(page, "tube.example")
    assert [record.source for record in shop.records.records] == ["banner", "placeholder"]


def test_a_part_allowed_since_the_page_came_offers_to_load_it_anew(
    site: Callable[..., Site], tab: Callable[..., Page]
) -> None:
    """A part of the site may hold what was allowed in place, and the page's policy cannot be loosened: that is said."""
    page = tab()
    page.goto(site(PAGES).url + "/")
    refuse(page)
    swap(page, "/part", "innerHTML")
    place = placeholder(page, "Tube")
    place.locator("[data-ck=allow]").click()
    framed(page, "tube.example")
    swap(page, "/part", "innerHTML")
    again = page.locator("#ck-status button").first
    expect(again).to_have_text("Reload now")
    with page.expect_navigation(wait_until="load"):
        again.click()
    swap(page, "/part", "innerHTML")
    framed(page, "tube.example")
    expect(page.locator("#ck-status button")).to_have_count(0)


def test_a_page_that_htmx_boosts_decides_once_and_opens_our_pages(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet
) -> None:
    """A library that takes over every link and form leaves ours alone: one record a press, in place, with our style."""
    from examples.fastapi_htmx.app import HTMX

    head = HEAD.replace("<body>", '<script src="/htmx.js"></script><body hx-boost="true">')
    links = '<a id="next" href="/next">Next</a> <a id="policy" href="/_ck/policy">Policy</a>'
    film = '<iframe id="film" src="https://tube.example/embed/b" width="400" height="200"></iframe>'
    pages = {"/": head + links, "/next": head + f"<h1>Next</h1>{links}{film}", "/htmx.js": HTMX.read_text()}
    shop, page = site(pages), tab()
    page.goto(shop.url + "/")
    page.evaluate("window.first = true")
    page.locator("#next").click()
    expect(page.locator("h1")).to_have_text("Next")
    refuse(page)
    placeholder(page, "Tube").locator("[data-ck=allow]").click()
    framed(page, "tube.example")
    assert others(internet, ["tube.example"]) == {"tube.example"}
    page.locator("#ck-control [data-ck=settings]").click()
    expect(page.locator("#ck-dialog iframe")).to_be_visible()
    page.locator("#ck-dialog > button").click()
    expect(page.locator("#ck-dialog")).to_have_count(0)
    assert page.evaluate("window.first")  # not one page was loaded so far
    assert [record.source for record in shop.records.records] == ["banner", "placeholder"]
    with page.expect_navigation(url="**/_ck/policy", wait_until="load"):
        page.locator("#policy").click()
    assert not page.evaluate("window.first")
    expect(page.locator("body.ck-page main")).to_be_visible()


def test_a_placeholder_goes_with_its_frame(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """A script that takes its frame away again takes the placeholder away, and frames that are allowed have none."""
    page = tab()
    page.goto(site(PAGES).url + "/")
    page.evaluate("""() => { for (const src of ['https://tube.example/x', 'https://127.0.0.1:1/own', 'https://nobody.example/z'])
        document.querySelector('#main').append(Object.assign(document.createElement('iframe'), {src, width: 300, height: 200})); }""")
    expect(page.locator("#main .ck-placeholder")).to_have_count(2)
    page.evaluate("document.querySelector('#main iframe').remove()")
    expect(page.locator("#main .ck-placeholder")).to_have_count(1)
    expect(placeholder(page, "nobody.example")).to_be_visible()
