"""What a grant starts in place: the same nodes, in the order in which the parser would have run them."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.internet import Internet
from tests.browser.shop import HEAD, STEP, WAIT, Site, others, placeholder, refuse, tools, until
from tests.policies import service

ORDER = '<script nonce="r4nd0m">var order = [];</script>'
INLINE = '<script nonce="r4nd0m">/* toolsInline */ order.push("{}")</script>'
EXTERNAL = '<script nonce="r4nd0m" src="https://tools.example/{}.js" {}></script>'

# Each needs the one before it: `need` throws where that has not run.
CHAIN = [
    "slow1", "inline2", "fast3", "inline4", "slow5", "fast6", "inline7", "slow8", "fast9", "inline10", "fast11", "inline12",
]  # fmt: skip
NEED = "var order = []; function need(name) { if (order.at(-1) !== name) throw new Error(name); }"


def page_of(*parts: str) -> dict[str, str]:
    """A shop with one page."""
    return {"/": HEAD + ORDER + "".join(parts)}


def accept(page: Page, site: Site, *, query: str = "") -> None:
    """Visit the page and accept, with what others serve answered by `tools`."""
    page.route("https://tools.example/**", tools)
    page.goto(f"{site.url}/{query}")
    page.evaluate("window.stays = true")
    page.click("[data-ck=accept]")


def ran(page: Page, last: str) -> list[str]:
    """What has run, once this has."""
    until(page, f"order.includes('{last}')")
    assert page.evaluate("window.stays")
    order: list[str] = page.evaluate("order")
    return order


def test_twelve_scripts_that_need_each_other(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Twelve scripts, inline and external, quick and slow, each of which needs the one before it, all run in their order."""
    before = ["", *CHAIN[:-1]]
    scripts = [
        f"<script>/* toolsInline */ need('{b}'); order.push('{name}')</script>"
        if name.startswith("inline")
        else f'<script src="https://tools.example/{name}.js?after={b}"></script>'
        for name, b in zip(CHAIN, before, strict=True)
    ]
    pages = {"/": f"{HEAD}<script>{NEED.replace('[]', '[``]')}</script>" + "<p>between</p>".join(scripts)}
    page, errors = tab(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))

    def serve(route: Route) -> None:
        name, _, after = route.request.url.rpartition("/")[2].partition("?after=")
        if name.startswith("slow"):
            threading.Event().wait(0.3)
        name = name.removesuffix(".js")
        route.fulfill(content_type="text/javascript", body=f"need('{after}'); order.push('{name}');")

    page.route("https://tools.example/**", serve)
    page.goto(site(pages, csp="off").url + "/")
    page.click("[data-ck=accept]")
    until(page, "order.length === 13")
    assert ["", *CHAIN] == page.evaluate("order")
    assert errors == []


def test_every_kind_of_script_runs_when_the_parser_would_have_run_it(
    site: Callable[..., Site], tab: Callable[..., Page]
) -> None:
    """Deferred scripts and modules follow all others in their order, async ones come when they come, old ones never."""
    pages = page_of(
        EXTERNAL.format("module1", 'type="module"'),
        '<script type="module">/* toolsInline */ order.push("module2")</script>',
        EXTERNAL.format("defer3", "defer"),
        EXTERNAL.format("async", "async"),
        EXTERNAL.format("old", "nomodule"),
        '<script nomodule>/* toolsInline */ order.push("old inline")</script>',
        EXTERNAL.format("vb", 'language="vbscript"'),
        EXTERNAL.format("modern", 'language="JavaScript1.5"'),
        EXTERNAL.format("data", 'type="text/template"'),
        INLINE.format("inline"),
        '<script async>/* toolsInline */ order.push("inline async")</script>',
        EXTERNAL.format("slow", ""),
        '<script type="module">/* toolsInline */ document.addEventListener("DOMContentLoaded", () => order.push("heard"))</script>',
    )
    page = tab()
    accept(page, site(pages, csp="off"))
    order = ran(page, "heard")
    order.remove("async")
    assert ["modern", "inline", "inline async", "slow", "module1", "module2", "defer3", "heard"] == order
    assert page.evaluate("[...document.scripts].filter((s) => s.type === 'text/template').length") == 1


def test_one_that_fails_does_not_stop_the_others(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """A script that throws, one that is not there and one whose bytes are wrong are passed over, as by the parser."""
    right = base64.b64encode(hashlib.sha256(b"order.push('good');").digest()).decode()
    pages = page_of(
        "<script>/* toolsInline */ order.push('first'); throw new Error('oops')</script>",
        '<script src="https://tools.example/gone.js"></script>',
        f'<script src="https://tools.example/changed.js" integrity="sha256-{right}" crossorigin></script>',
        f'<script src="https://tools.example/good.js" integrity="sha256-{right}" crossorigin="anonymous"></script>',
        '<script src="">/* toolsInline */</script>',
        INLINE.format("last"),
    )
    page = tab()
    page.route("https://tools.example/**", tools)
    page.route("https://tools.example/gone.js", lambda route: route.abort())
    shop = site(pages, csp="off")
    page.goto(shop.url)
    page.evaluate("window.stays = true")
    page.click("[data-ck=accept]")
    assert ["first", "good", "last"] == ran(page, "last")
    script = page.locator("script[integrity][crossorigin=anonymous]")
    assert (f"sha256-{right}", 0) == (script.get_attribute("integrity"), page.locator("[data-ck-service]").count())


def test_nonces_go_on_working(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Under the app's own nonces scripts with one run and scripts without it do not; what `nonce` holds is kept."""
    pages = page_of(
        EXTERNAL.format("first", ""), INLINE.format("second"), "<script>/* toolsInline */ order.push('never')</script>",
        EXTERNAL.format("last", "defer"),
    )  # fmt: skip
    page = tab()
    accept(page, site(pages, csp="off"), query="?strict")
    assert ["first", "second", "last"] == ran(page, "last")
    assert page.evaluate("document.querySelector('script[src*=first]').nonce") == "r4nd0m"


def test_the_node_is_the_same(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """What the page's scripts hold and listen to is the element that starts, where it always was."""
    pages = page_of(
        "<p id=around>a" + EXTERNAL.format("one", 'id="one" class="mine"') + "b</p>"
        '<object id="two" data="https://tools.example/o.html"></object><iframe id="three" src="https://tools.example/f.html"></iframe>',
    )  # fmt: skip
    page = tab()
    page.route("https://tools.example/**", tools)
    page.goto(site(pages, csp="off").url + "/")
    page.evaluate("""() => { window.stays = true; window.held = ['one', 'two', 'three'].map((id) => {
        const element = document.getElementById(id); element.addEventListener('load', () => order.push('loaded ' + id)); return element; }); }""")
    page.click("[data-ck=accept]")
    order = ran(page, "loaded three")
    until(page, "order.length === 4")
    assert {"one", "loaded one", "loaded two", "loaded three"} == {*order, *page.evaluate("order")}
    assert page.evaluate(
        "held.every((element) => element.isConnected && element === document.getElementById(element.id))"
    )
    assert page.evaluate("document.querySelector('#around').textContent") == "ab"


def test_what_scripts_write_stands_where_they_stand(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """`document.write` adds to the page, from inline and external scripts, in pieces, with scripts in what is written."""
    pages = page_of(
        "<p id=keep>keep</p>"
        "<div id=a><script>/* toolsInline */ document.write('<b>pie'); document.write('ces</b>'); document.writeln('<i>x</i>')</script><u></u></div>"
        '<div id=b><script src="https://tools.example/writes.js"></script></div>'
        "<div id=c><script>/* toolsInline */ document.open(); document.write('<script src=\"https://tools.example/written.js\"><' + '/script>'); document.close()</script>"
        "<script>/* toolsInline */ order.push('after written')</script></div>",
    )  # fmt: skip
    page = tab()
    page.route("https://tools.example/**", tools)
    badge = "document.write('<img id=badge src=https://tools.example/p.gif>'); order.push('writes')"
    page.route(
        "https://tools.example/writes.js", lambda route: route.fulfill(content_type="text/javascript", body=badge)
    )
    page.goto(site(pages, csp="off").url + "/")
    page.evaluate("window.stays = true")
    page.click("[data-ck=accept]")
    assert ["writes", "written", "after written"] == ran(page, "after written")
    inside = "[...document.querySelectorAll('#{} > *')].map((e) => e.localName + e.textContent.slice(0, 6))"
    assert ["bpieces", "ix", "u"] == page.evaluate(inside.format("a"))[1:]
    expect(page.locator("#b > #badge")).to_have_count(1)
    expect(page.locator("#keep")).to_be_visible()
    until(page, "String(document.write).includes('native code')")  # it was ours for that time alone


def test_late_scripts_hear_what_they_wait_for(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Listeners for the page's readiness are called once, in the browser's order; the page's own are not called again."""
    waits = """/* toolsInline */
        window.addEventListener('load', () => order.push('load'));
        window.onload = () => order.push('onload');
        addEventListener('pageshow', { handleEvent(event) { order.push('show ' + (event.target === window)); } });
        document.addEventListener('DOMContentLoaded', function (event) { order.push('ready ' + (this === document && event.target === document)); });
        document.addEventListener('load', null);
        window.addEventListener('load', () => { throw new Error('of the site'); });
        addEventListener('DOMContentLoaded', () => order.push('bubbled'));
        document.addEventListener('other', () => order.push('other'));"""
    pages = page_of("<script>addEventListener('load', () => order.push('own'))</script>", f"<script>{waits}</script>")
    page = tab()
    accept(page, site(pages, csp="off"))
    until(page, "order.includes('onload')")
    page.evaluate("document.dispatchEvent(new Event('other'))")
    assert ["own", "ready true", "bubbled", "load", "onload", "show true", "other"] == page.evaluate("order")
    assert "native code" in page.evaluate("String(addEventListener)")


def test_a_style_sheet_holds_up_the_scripts_behind_it(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """A script reads the colours of the sheet before it, however slow that is; a printer's sheet holds up nothing."""
    pages = page_of(
        '<link rel="stylesheet" href="https://tools.example/slow.css"><link rel="stylesheet" media="print" href="https://tools.example/never.css">'
        "<script>/* toolsInline */ order.push(getComputedStyle(document.body).color)</script>"
    )
    page = tab()

    def serve(route: Route) -> None:
        if "never" in route.request.url:
            return
        threading.Event().wait(0.4)
        route.fulfill(content_type="text/css", body="body { color: rgb(1, 2, 3) }")

    page.route("https://tools.example/**", serve)
    page.goto(site(pages, csp="off").url + "/")
    page.click("[data-ck=accept]")
    until(page, "order.length > 0")
    assert ["rgb(1, 2, 3)"] == page.evaluate("order")


def test_whatever_fetches_is_started(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Pictures in every form, sound, film, subtitles, objects, drawings, styles and links: each asks for its file."""
    url = "https://tools.example/"
    pages = page_of(
        f'<img src="{url}img.gif"><img srcset="{url}srcset.gif 1x, /own.gif 9x"><picture><source srcset="{url}picture.gif"><img src="/own.gif"></picture>'
        f'<video id="film" controls><source src="{url}source.mp4" type="video/mp4"><track default src="{url}track.vtt"></video>'
        f'<video src="{url}video.mp4" poster="{url}poster.gif"></video><audio src="{url}audio.mp3"></audio><input type="image" src="{url}input.gif">'
        f'<object data="{url}object.gif" type="image/gif"></object><embed src="{url}embed.gif" type="image/gif">'
        f'<svg width="9" height="9"><image href="{url}svg.gif"/><image xlink:href="{url}xlink.gif"/></svg>'
        f'<p style="background: url({url}attribute.gif)">x</p><style>h1 {{ background: url("{url}element.gif") }} @import "{url}import.css";</style><h1>x</h1>'
        f'<link rel="stylesheet preload" as="style" href="{url}link.css"><link rel="preload" as="image" href="{url}preload.gif"><iframe src="{url}iframe.html"></iframe>'
    )  # fmt: skip
    page, asked = tab(), set[str]()

    def serve(route: Route) -> None:
        asked.add(route.request.url.rpartition("/")[2])
        if route.request.url.endswith((".gif", ".css", ".html")):
            tools(route)
        else:
            route.fulfill(content_type="video/mp4", body="")

    page.route("https://tools.example/**", serve)
    page.goto(site(pages, csp="off").url + "/")
    assert set() == asked
    page.click("[data-ck=accept]")
    wanted = {f"{name}.gif" for name in ("img", "srcset", "picture", "poster", "input", "object", "embed", "svg", "xlink",
                                         "attribute", "element", "preload")}  # fmt: skip
    wanted |= {"source.mp4", "video.mp4", "audio.mp3", "link.css", "iframe.html"}
    for _ in range(WAIT // STEP):
        if wanted <= asked:
            break
        page.wait_for_timeout(STEP)
    assert wanted - asked == set()
    assert page.locator("[data-ck-service]").count() == 0


def test_a_film_that_plays_is_not_disturbed(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """A source that is allowed behind one that plays already does not begin the film anew."""
    pages = page_of('<video id="film"><source src="/own.mp4"><source src="https://tools.example/s.mp4"></video>')
    page = tab()
    page.goto(site(pages, csp="off").url + "/")
    page.evaluate("""() => { const film = document.querySelector('#film'); film.load = () => order.push('begun anew');
        Object.defineProperty(film, 'currentSrc', {value: '/own.mp4'}); }""")
    page.click("[data-ck=accept]")
    expect(page.locator("#film [data-ck-src]")).to_have_count(0)
    assert [] == page.evaluate("order")


def test_rules_and_inner_documents_are_started_in_place(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Speculation rules and the document in `srcdoc` take effect without a reload."""
    pages = page_of(
        '<script type="speculationrules">{"prefetch": [{"urls": ["https://tools.example/next.html"]}]}</script>',
        "<iframe id=inner srcdoc=\"<p>inner</p><script src='https://tools.example/in.js'></script>"
        "<script>/* toolsInline */ document.write('<b>'); parent.order.push('inline ' + parent.inner); document.write('x</b>')</script>\"></iframe>",
    )  # fmt: skip
    page = tab()

    def serve(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        route.fulfill(content_type="text/javascript", body="parent.inner = 'seen';" if name == "in.js" else "")

    page.route("https://tools.example/**", serve)
    page.goto(site(pages, csp="off").url + "/")
    page.evaluate("window.stays = true")
    page.click("[data-ck=accept]")
    assert ["inline seen"] == ran(page, "inline seen")
    expect(page.frame_locator("#inner").locator("b")).to_have_text("x")
    rules = page.locator("script[type=speculationrules]").text_content() or ""
    assert ("https://tools.example/next.html" in rules, "about:invalid" in rules) == (True, False)


@pytest.mark.parametrize(
    "markup",
    [
        "<iframe sandbox srcdoc=\"<img src='https://tools.example/p.gif'>\"></iframe>",
        # What a map said once it says for ever, in browsers that merge maps.
        '<script type="importmap">{"imports": {"dep": "https://tools.example/dep.js"}}</script><script type="module">import "dep"</script>',
    ],
    ids=["sandbox", "importmap"],
)
def test_what_only_the_server_can_undo_is_loaded_anew(
    site: Callable[..., Site], tab: Callable[..., Page], internet: Internet, markup: str
) -> None:
    """A document that may not be looked into, and a map of modules, take effect by a reload, once."""
    shop, page = site(page_of(markup), csp="off"), tab()
    page.goto(shop.url + "/")
    assert others(internet) == set()
    with page.expect_navigation(wait_until="load"):
        page.click("[data-ck=accept]")
    assert others(internet, ["tools.example"]) == {"tools.example"}
    assert shop.asked.count("/") == 2


def test_a_slow_script_keeps_nobody_from_withdrawing(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """While a script of the first grant is still awaited, the next decision goes through."""
    pages = page_of('<script src="https://tools.example/hangs.js"></script>', INLINE.format("never"))
    shop, page = site(pages, csp="off"), tab()
    page.route("https://tools.example/**", lambda _: None)
    page.goto(shop.url + "/")
    page.click("[data-ck=accept]")
    expect(page.locator("#ck-status")).to_have_text("Your choice is saved.")
    with page.expect_navigation(wait_until="commit"):
        page.click("[data-ck=withdraw]")
    assert [2, 0] == [sum(record.choices.values()) for record in shop.records.records]


def test_a_slow_script_keeps_no_other_grant_waiting(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """While a script of the first grant never comes, the next grant starts all the same, in the same page."""
    pages = page_of(
        '<script src="https://tools.example/hangs.js"></script>', INLINE.format("never"),
        '<iframe id="one" src="https://tube.example/a"></iframe><div><script data-consent="media">document.write("<b id=b>b</b>"); order.push("media")</script></div>',
    )  # fmt: skip
    page = tab()
    page.route("https://tools.example/**", lambda _: None)
    page.goto(site(pages, csp="off").url + "/")
    page.click("[data-ck=choose]")
    page.check("#ck-choices [value=tools]")
    page.click("[data-ck=save]")
    expect(page.locator("#ck-status")).to_have_text("Your choice is saved.")
    page.evaluate("() => { window.stays = true; consentkit.decide({grant: ['tools', 'media']}); }")
    assert ["media"] == ran(page, "media")
    expect(page.locator("div > #b")).to_be_visible()
    expect(page.locator("#one")).to_have_attribute("src", "https://tube.example/a")


def test_load_once_in_place(site: Callable[..., Site], tab: Callable[..., Page], internet: Internet) -> None:
    """Without an enforced policy loading once starts that one element, says so, and grants nothing."""
    markup = '<iframe id="one" src="https://tube.example/a" width="400" height="200"></iframe>'
    shop, page = site(page_of(markup, '<iframe src="https://tube.example/b"></iframe>'), csp="off"), tab()
    page.goto(shop.url + "/")
    refuse(page)
    page.locator("[data-ck=load-once]").first.click()
    expect(page.locator("#one")).to_be_focused()
    expect(page.locator("#ck-status")).to_have_text("Tube is loaded.")
    assert others(internet, ["tube.example"]) == {"tube.example"}
    assert page.locator("[data-ck=load-once]").count() == 1
    assert len(shop.records.records) == 1


def test_allowing_at_a_placeholder_moves_the_focus_to_the_embed(
    site: Callable[..., Site], tab: Callable[..., Page]
) -> None:
    """Who allows a service at its placeholder by keyboard goes on from the embed that takes its place."""
    pages = page_of(
        '<iframe id="one" src="https://tube.example/a"></iframe><iframe src="https://maps.example/b"></iframe>'
    )
    page = tab()
    page.goto(site(pages, csp="off").url + "/")
    placeholder(page, "Tube").locator("[data-ck=allow]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#one")).to_be_focused()
    expect(placeholder(page, "maps")).to_be_visible()


def test_activation_does_not_wait_for_pictures(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Scripts do not wait for a picture or a frame before them."""
    pages = page_of(
        '<img src="https://tube.example/hangs.gif"><iframe src="https://tube.example/hangs"></iframe>',
        INLINE.format("ran"),
    )
    page = tab()
    page.route("https://tube.example/**", lambda _: None)
    page.goto(site(pages, csp="off").url + "/")
    page.evaluate("window.stays = true")
    page.click("[data-ck=accept]")
    assert ["ran"] == ran(page, "ran")


def test_what_learns_less_is_what_is_shown(site: Callable[..., Site], tab: Callable[..., Page]) -> None:
    """Where the service has a form of its embed that learns less, that is what is started at its placeholder."""
    film = {
        **service("tube", "media", placeholder="video"),
        "friendlier_url": r"^https://tube\.example/(.*)$ -> https://tube.example/quiet/\1",
    }
    pages = page_of('<iframe id="one" src="https://tube.example/a"></iframe>')
    page = tab()
    page.goto(site(pages, csp="off", services=[film]).url + "/")
    page.click("[data-ck=load-once]")
    expect(page.locator("#one")).to_have_attribute("src", "https://tube.example/quiet/a")


def test_scripts_trusted_by_hashes_alone_are_not_started_in_place(
    site: Callable[..., Site], tab: Callable[..., Page]
) -> None:
    """Under 'strict-dynamic' without a nonce nobody could tell which scripts the page vouches for: a reload is made."""
    own = base64.b64encode(hashlib.sha256(b"var order = [];").digest()).decode()
    shop, page = site(page_of(INLINE.format("never")), csp="off"), tab()
    shop.policies["hashes"] = f"script-src 'strict-dynamic' 'sha256-{own}'"
    page.goto(shop.url + "/?hashes")
    with page.expect_navigation(wait_until="load"):
        page.click("[data-ck=accept]")
    assert [] == page.evaluate("order")
