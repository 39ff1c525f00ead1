"""An embed that is shown through our own frame, in a real browser: as if it stood in the page itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from playwright.sync_api import Browser, Frame, Page, Route, expect

from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from consentkit.wsgi import ConsentMiddleware
from tests.browser.shop import WAIT
from tests.policies import make_policy, purpose, service

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><body>
<iframe id="player" src="https://tube.example/embed" width="400" height="300" allow="fullscreen" allowfullscreen
    sandbox="allow-scripts allow-same-origin" loading="lazy" title="A film"></iframe>
<script>
window.heard = [];
addEventListener("message", (event) => {
    const mine = event.source === document.getElementById("player").contentWindow;
    if (event.ports[0]) event.ports[0].postMessage("through the port");
    heard.push([event.data, event.origin, mine]);
});
</script>"""
# As players are: it says when it is ready, answers whom it is asked by, and keeps what it heard.
PLAYER = """<!doctype html><title>player</title><script>
window.got = [];
addEventListener("message", (event) => {
    got.push([event.data, event.origin]);
    if (event.data === "play") event.source.postMessage({ state: ["playing"] }, event.origin);
    if (event.data === "port") {
        const channel = new MessageChannel();
        channel.port1.onmessage = ({ data }) => got.push([data, "port"]);
        event.source.postMessage("take it", event.origin, [channel.port2]);
    }
});
parent.postMessage("ready", "*");
</script>"""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """The tests say what happened."""


def shop(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The app: one page with a player; its query is the isolation that the page asks for."""
    headers = [("Content-Type", "text/html; charset=utf-8")]
    if environ["QUERY_STRING"]:
        headers.append(("Cross-Origin-Embedder-Policy", environ["QUERY_STRING"]))
    start_response("200 OK", headers)
    return [PAGE.encode()]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The shop behind the middleware."""
    services = [service("tube", "media", placeholder="video")]
    policy = make_policy(sites=["127.0.0.1"], purposes=[purpose("media")], services=services)
    kit = ConsentKit(policy, secret="a secret of 24 characters", insecure_dev=True)
    server = make_server("127.0.0.1", 0, ConsentMiddleware(shop, kit, records=MemoryStore()), _Server, _Quiet)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def player(route: Route) -> None:
    """What the vendor serves."""
    headers = {"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "cross-origin"}
    route.fulfill(content_type="text/html", body=PLAYER, headers=headers)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab in a fresh profile, with the vendor's player behind its address."""
    context = chromium.new_context(ignore_https_errors=True)
    context.route("https://tube.example/**", player)
    made = context.new_page()
    made.set_default_timeout(WAIT)
    yield made
    context.close()


def shown(page: Page) -> Frame:
    """Presses "load once" and waits for the player."""
    page.click("[data-ck=load-once]")
    page.wait_for_function("heard.length > 0")
    return next(frame for frame in page.frames if frame.url.startswith("https://tube.example/"))


def test_page_and_player_hear_each_other(site: str, page: Page) -> None:
    """A player's API works: what the page posts to the player's origin arrives, and answers come from that origin and frame."""
    page.goto(site)
    inside = shown(page)
    page.evaluate("player.contentWindow.postMessage('play', 'https://tube.example')")
    page.wait_for_function("heard.length > 1")
    assert page.evaluate("heard") == [
        ["ready", "https://tube.example", True],
        [{"state": ["playing"]}, "https://tube.example", True],
    ]
    assert inside.evaluate("got") == [["play", site]]
    assert page.evaluate("heard[1][0] instanceof Object && heard[1][0].state instanceof Array")


def test_ports_and_other_targets_go_through(site: str, page: Page) -> None:
    """Ports arrive and work; a target worked out from the frame's address, any target, and the options' form all mean the player."""
    page.goto(site)
    inside = shown(page)
    for call in ("'port', '*'", "'a', location.origin", "'b', { targetOrigin: 'https://tube.example' }", "'c', '/'"):
        page.evaluate(f"player.contentWindow.postMessage({call})")
    inside.wait_for_function("got.length > 4")
    assert sorted(data for data, _ in inside.evaluate("got")) == ["a", "b", "c", "port", "through the port"]
    page.evaluate("player.contentWindow.postMessage('not for the player', 'https://other.example')")
    page.evaluate("player.contentWindow.postMessage('last', '*')")
    inside.wait_for_function("got.some(([data]) => data === 'last')")
    assert "not for the player" not in {data for data, _ in inside.evaluate("got")}


def test_nobody_else_is_relayed(site: str, page: Page) -> None:
    """A message from another frame of the page reaches neither the player nor, as the player's, the page."""
    page.goto(site)
    inside = shown(page)
    before = page.evaluate("heard.length")
    page.evaluate("""() => { const other = document.createElement("iframe"); other.sandbox = "allow-scripts";
        other.srcdoc = "<script>parent.frames[0].postMessage('sneaky', '*'); parent.postMessage('done', '*')</script>";
        document.body.append(other); }""")
    page.wait_for_function("heard.some(([data]) => data === 'done')")
    page.evaluate("player.contentWindow.postMessage('last', '*')")
    inside.wait_for_function("got.some(([data]) => data === 'last')")
    assert [data for data, _ in inside.evaluate("got")] == ["last"]
    later = page.evaluate("(before) => heard.slice(before).map(([data, , mine]) => [data, mine])", before)
    assert later == [["done", False]]


def test_the_embed_looks_and_may_as_in_the_page(site: str, page: Page) -> None:
    """Its room is the element's, the sandbox is around the vendor and not around us, and it may what the element allows."""
    page.goto(site)
    inside = shown(page)
    assert inside.evaluate("[innerWidth, innerHeight]") == [400, 300]
    outer = page.locator("#player")
    assert outer.get_attribute("sandbox") is None
    assert outer.get_attribute("loading") == "lazy"
    element = page.frame_locator("#player").locator("iframe")
    assert element.get_attribute("sandbox") == "allow-scripts allow-same-origin"
    assert element.get_attribute("title") == "A film"
    assert inside.evaluate("document.fullscreenEnabled") is True
    assert inside.evaluate("document.referrer") == f"{site}/"
    assert page.evaluate("player.contentDocument.location.search.length") > 0


@pytest.mark.parametrize("isolation", ["", "require-corp", "credentialless"])
def test_isolated_pages_show_their_embeds(site: str, page: Page, isolation: str) -> None:
    """A page that demands isolation of its frames has an embed that is isolated shown, as without us."""
    page.goto(f"{site}/?{isolation}")
    assert shown(page).title() == "player"


def test_what_cannot_be_shown_is_told(site: str, page: Page) -> None:
    """An address that has ended, or that this site did not give out, says so in the frame and in the page."""
    page.goto(site)
    page.evaluate("document.querySelector('.ck-placeholder').dataset.ckFrame += 'x'")
    page.click("[data-ck=load-once]")
    expect(page.locator("#ck-status")).to_contain_text("That did not work")
    expect(page.frame_locator("#player").locator("body")).to_contain_text("did not give out this address")
