"""What a real browser makes of the header fields that we derive: policies and deletions. Nothing here leaves the browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from consentkit.consent.state import Consent, grant
from consentkit.headers.cookies import CookieGate
from consentkit.headers.csp import content_security_policy
from consentkit.headers.widen import widen
from tests.browser.shop import WAIT, kept
from tests.policies import cookie, make_policy, service

SITE = "https://www.shop.example"
SCRIPT = "window.ours = true"
HASH = "sha256-" + base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
OURS = {
    "/_ck/a.js": ("text/javascript", SCRIPT),
    "/_ck/a.css": ("text/css", "body { color: rgb(1, 2, 3) }"),
    "/_ck/frame": ("text/html", "<p id=framed>framed"),
    "/_ck/state": ("application/json", "{}"),
    "/_ck/decide": ("text/html", "<p id=decided>decided"),
}
PAGE = f"""<!doctype html>{{meta}}<title>x</title><link rel=stylesheet href=/_ck/a.css><script src=/_ck/a.js integrity="{HASH}"></script>
<iframe src=/_ck/frame></iframe><form method=post action=/_ck/decide><button>go</button></form><p id=page>page"""

Serve = Callable[[str], tuple[dict[str, str], str]]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab in a fresh profile."""
    context = chromium.new_context()
    made = context.new_page()
    made.set_default_timeout(WAIT)
    yield made
    context.close()


def answer(page: Page, pages: Serve) -> list[str]:
    """Answer every request of the tab: our own paths as above, the rest with what `pages` gives; and list the URLs asked for."""
    asked: list[str] = []

    def handle(route: Route) -> None:
        url = route.request.url
        asked.append(url)
        path = url.removeprefix(SITE)
        if path in OURS:
            content_type, body = OURS[path]
            route.fulfill(headers={"Content-Type": content_type}, body=body)
        else:
            headers, body = pages(url)
            route.fulfill(
                headers={"Content-Type": "text/html", "Access-Control-Allow-Origin": "*", **headers}, body=body
            )

    page.context.route("**/*", handle)
    return asked


def what_works(page: Page, csp: str, *, meta: bool) -> dict[str, bool]:
    """Which of our parts work on a page with this policy, without the form: its refusal would leave the tab waiting."""
    tag = f'<meta http-equiv="Content-Security-Policy" content="{csp}">' if meta else ""
    answer(page, lambda _: ({} if meta else {"Content-Security-Policy": csp}, PAGE.format(meta=tag)))
    page.goto(f"{SITE}/")
    works: dict[str, Any] = page.evaluate(
        """async () => ({
            script: window.ours === true,
            style: getComputedStyle(document.body).color === "rgb(1, 2, 3)",
            connect: await fetch("/_ck/state").then((answer) => answer.ok, () => false),
        })"""
    )
    works["frame"] = any(frame.locator("#framed").count() == 1 for frame in page.frames)
    return works


POLICIES = [
    "default-src 'none'; script-src 'nonce-x' 'strict-dynamic'; form-action 'none'",
    "script-src 'nonce-x'; style-src 'nonce-x'; frame-src https://v.test; form-action https://p.test; connect-src https://a.test",
    "default-src https://cdn.test 'nonce-x'; form-action https://p.test",
    "script-src 'sha256-AAAA' 'strict-dynamic' 'nonce-x'; child-src https://v.test",
]


@pytest.mark.parametrize("meta", [False, True], ids=["header", "meta"])
@pytest.mark.parametrize("policy", POLICIES)
def test_our_parts_work_under_the_apps_own_policy(page: Page, policy: str, meta: bool) -> None:
    """Under policies with nonces, hashes, strict-dynamic, frames and forms everything of ours works once they are widened."""
    widened = widen(policy, source=f"{SITE}/_ck/", script_hashes=(HASH,))
    assert {"script", "style", "connect", "frame"} == {
        part for part, works in what_works(page, widened, meta=meta).items() if works
    }
    page.get_by_role("button").click()
    page.locator("#decided").wait_for()


def test_the_apps_policy_as_it_was_blocks_us(page: Page) -> None:
    """The same page without widening: this is what it is for."""
    assert not any(what_works(page, POLICIES[0], meta=False).values())


QUIET_TURNS = 4  # of a fifth of a second without a request, after which a page has asked for all it wants
FETCHES = """(urls) => {
    const [image, script, frame, style, connect, prefetch] = urls;
    new Image().src = image;
    document.head.append(Object.assign(document.createElement("script"), {src: script}));
    document.body.append(Object.assign(document.createElement("iframe"), {src: frame}));
    document.head.append(Object.assign(document.createElement("link"), {rel: "stylesheet", href: style}));
    document.head.append(Object.assign(document.createElement("link"), {rel: "prefetch", href: prefetch}));
    fetch(connect).catch(() => {});
    new Worker(URL.createObjectURL(new Blob([`importScripts("${script}?worker")`])));
}"""


def fetched(page: Page, consent: Consent, host: str, wanted: Collection[str] = ()) -> set[str]:
    """Which kinds of requests to a host leave a page on which scripts make one of each; those that will are waited for."""
    csp = content_security_policy(consent.policy, consent)
    asked = answer(page, lambda url: ({"Content-Security-Policy": csp} if url == f"{SITE}/" else {}, "<p>page"))
    page.goto(f"{SITE}/")
    page.evaluate(
        FETCHES, [f"https://{host}/{kind}" for kind in ("image", "script", "frame", "style", "connect", "prefetch")]
    )
    quiet, before = 0, -1
    for _ in range(WAIT // 200):
        page.wait_for_timeout(200)
        quiet, before = (quiet + 1, before) if before == len(asked) else (0, len(asked))
        kinds = {url.partition(host + "/")[2] for url in asked if f"//{host}/" in url}
        if quiet >= QUIET_TURNS and kinds.issuperset(wanted):
            break
    return kinds


POLICY = make_policy(
    services=[
        service("films", "ads", hosts=["films.example"]),
        service("tag", "numbers", hosts=["shared.example/tag"]),
    ],
)
ALL = {"image", "script", "frame", "style", "connect", "prefetch", "script?worker"}


@pytest.mark.parametrize("host", ["films.example", "cdn.films.example", "nobody.example"])
def test_injected_content_waits_for_consent(page: Page, host: str) -> None:
    """Whatever a script inserts, nothing leaves for a host before its service is granted, and all of it after; never for others."""
    assert set() == fetched(page, Consent(POLICY), host)
    expected = set() if host == "nobody.example" else ALL
    assert expected == fetched(page, Consent(POLICY, grant(POLICY, ["ads"])), host, expected)


def test_first_party_is_never_restricted(page: Page) -> None:
    """The site and what is below it are open before any decision."""
    for host in ("www.shop.example", "static.shop.example"):
        assert fetched(page, Consent(POLICY), host, ALL) >= ALL


def test_a_path_opens_that_path_alone(page: Page) -> None:
    """A service on a shared host opens its path, not the host."""
    consent = Consent(POLICY, grant(POLICY, ["numbers"]))
    assert fetched(page, consent, "shared.example/tag", ALL) >= ALL
    assert set() == fetched(page, consent, "shared.example")


def test_deletions_empty_the_jar(page: Page) -> None:
    """One answer deletes a refused cookie from every domain it can have been set for, and from its declared path (R116)."""
    policy = make_policy(services=[service("c", "ads", cookies=[cookie("_a"), cookie("_b*", path="/shop")])])
    places = [
        f"{name}=1{domain}; Path={path}; Secure"
        for name, paths in (("_a", "/"), ("_b1", "/ /shop"))
        for path in paths.split()
        for domain in ("", "; Domain=www.shop.example", "; Domain=shop.example")
    ]
    values = CookieGate(policy).expiries(["_a", "_b1"], "www.shop.example", now=0)
    sent = {f"{SITE}/set": places, f"{SITE}/delete": values}
    answer(page, lambda url: ({"Set-Cookie": "\n".join(sent[url])}, "<p>page"))
    page.goto(f"{SITE}/set")
    assert len(places) == len(page.context.cookies())
    page.goto(f"{SITE}/delete")
    assert [] == page.context.cookies()


def test_deletions_reach_partitions_and_folders(page: Page) -> None:
    """A refused cookie goes that was kept apart (`Partitioned`), or set in a folder of the page that nobody declared."""
    policy = make_policy(services=[service("c", "ads", cookies=[cookie("_a")])])
    places = [
        f"_a=1{domain}; Path={path}; Secure{apart}"
        for path in ("/", "/shop", "/shop/", "/shop/glass")
        for domain in ("", "; Domain=shop.example")
        for apart in ("", "; SameSite=None; Partitioned")
    ]
    gate = CookieGate(policy)
    answer(page, lambda _url: ({}, "<p>page"))
    page.goto(f"{SITE}/shop/glass")
    # By script, because a browser partitions nothing that a test answers in a server's place.
    write = "fields => { for (const field of fields) document.cookie = field }"
    page.evaluate(write, places)
    assert len(places) == len(kept(page, lambda names: len(names) == len(places)))
    for second in (1, 2):
        page.evaluate(write, gate.expiries(["_a"], "www.shop.example", path="/shop/glass", now=second))
    assert [] == kept(page, lambda names: not names)
