"""Every row of the engine's tables in a real Chromium: nobody is contacted before consent, and afterwards whoever was.

The header fields are off (`csp = "off"`), so that what is proven is the rewriting alone.
"""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from playwright.sync_api import Browser, Page

from consentkit.html import elements
from consentkit.html.restore import restore
from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from consentkit.testing import consent_cookie
from consentkit.wsgi import ConsentMiddleware
from tests.browser.internet import PIXEL, Internet
from tests.browser.rows import BODY, PAGES, PRESSED, UNTOLD, Row, rows
from tests.browser.shop import WAIT
from tests.policies import make_policy, purpose, service

HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Rows</title><body>\n'
DOCUMENTS = {
    "/body": HEAD + "\n".join(row.markup for row in rows("body")),
    "/pressed": HEAD + "\n".join(row.markup for row in rows("pressed")),
    **{f"/{row.host}": f"<!doctype html><title>Rows</title>\n{row.markup}" for row in rows("pages")},
}
#: As many of the rows contact somebody in the Chromium of 2026; fewer would mean that nothing is proven.
LEAST = {"/body": {True: 115, False: 75}, "/pressed": {True: 4, False: 4}}


def tables() -> set[tuple[str, str, str]]:
    """Every row there is."""
    return {
        *(("html", element, name) for element, row in elements.HTML.items() for name in row),
        *(("svg", element, name) for element, row in elements.SVG.items() for name in row),
        *(("everywhere", "", name) for name in elements.EVERYWHERE),
        *(("everywhere svg", "", name) for name in elements.SVG_EVERYWHERE),
        *(("link type", name, "href") for name in elements.LINK_TYPES),
        *(("json", name, "") for name in elements.JSON_TYPES),
        *(("script type", name, "src") for name in elements.SCRIPT_TYPES),
    }


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """The tests say what happened."""


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The pages, and an image and a script of the site's own."""
    path = environ["PATH_INFO"]
    kind, body = "text/html; charset=utf-8", DOCUMENTS.get(path, "<p>nothing").encode()
    if path.endswith(".gif"):
        kind, body = "image/gif", PIXEL
    elif path.endswith(".js"):
        kind, body = "text/javascript", b"window.own = true;"
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


@dataclass(frozen=True)
class Site:
    """The pages, behind the middleware and bare.

    Attributes:
        guarded: origin of the site behind the middleware.
        bare: origin of the site without it.
        cookie: name and value of the cookie of a visitor who has granted everything.
    """

    guarded: str
    bare: str
    cookie: tuple[str, str]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Both, on ports of this machine."""
    policy = make_policy(sites=["127.0.0.1"], purposes=[purpose("media")], csp="off",
                         services=[service("rows", "media", inline=["rows.example"])])  # fmt: skip
    kit = ConsentKit(policy, secret="a secret of 24 characters", insecure_dev=True)
    servers = [make_server("127.0.0.1", 0, application, _Server, _Quiet)
               for application in (ConsentMiddleware(app, kit, records=MemoryStore()), app)]  # fmt: skip
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    guarded, bare = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    yield Site(guarded, bare, consent_cookie(kit, "*"))
    for server in servers:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Looker:
    """Opens pages in fresh profiles and says whom they contact."""

    browser: Browser
    internet: Internet
    javascript: bool

    def contacted(
        self,
        url: str,
        cookie: tuple[str, str] | None = None,
        *,
        press: bool = False,
        wanted: Collection[str] = (),
        least: int = 0,
    ) -> set[str]:
        """The hosts that a page contacts, with everything pressed where asked; for those known to come it is waited."""
        context = self.browser.new_context(java_script_enabled=self.javascript, ignore_https_errors=True)
        if cookie is not None:
            context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": url}])
        page = context.new_page()
        page.set_default_timeout(WAIT)
        self.internet.clear()
        try:
            page.goto(url, wait_until="load")
            if press:
                self.press(page)
            return {contact.host for contact in self.internet.settled(wanted, least=least)}
        finally:
            context.close()

    def press(self, page: Page) -> None:
        """Press everything that waits for it."""
        for button in page.locator(".press").all():
            button.dispatch_event("click") if button.evaluate("e => e.localName === 'area'") else button.click(
                force=True
            )


@pytest.fixture(params=[True, False], ids=["js", "nojs"])
def looker(request: pytest.FixtureRequest, chromium: Browser, internet: Internet) -> Looker:
    """A browser with JavaScript, and one without."""
    return Looker(chromium, internet, request.param)


def names(hosts: set[str]) -> list[str]:
    """Which rows those are."""
    known: dict[str, Row] = {row.host: row for kind in ("body", "pressed", "pages") for row in rows(kind)}
    return sorted(f"{known[host].name}: {known[host].markup}" if host in known else host for host in hosts)


def test_every_row_has_a_fixture() -> None:
    """A row of the tables that nobody shows a browser is a row that nobody proved."""
    assert set() == tables() - {*BODY, *PRESSED, *PAGES}


@pytest.mark.parametrize("path", DOCUMENTS)
def test_rows_wait_for_consent(looker: Looker, site: Site, path: str) -> None:
    """With the header fields off: nobody before consent, and after it everybody whom the bare page contacts."""
    press = path == "/pressed"
    assert [] == names(looker.contacted(site.guarded + path, press=press))
    least = LEAST.get(path, {}).get(looker.javascript, 1)
    bare = looker.contacted(site.bare + path, press=press, least=least)
    after = looker.contacted(site.guarded + path, site.cookie, press=press, wanted=bare)
    assert [] == names(bare - after)
    assert len(bare) >= least, names(bare)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_rows_are_changed_before_and_as_they_were_after(site: Site, path: str) -> None:
    """Before consent no row is as it was, whether this browser would fetch for it or not; after it, each is, byte for byte.

    But for style sheets of which only a tree could tell what they are.
    """
    known = [row for kind in ("body", "pressed", "pages") for row in rows(kind) if row.markup in DOCUMENTS[path]]
    untold = [row.markup for row in known if row.name in UNTOLD]
    with urllib.request.urlopen(site.guarded + path) as answer:
        before = answer.read().decode()
    request = urllib.request.Request(site.guarded + path, headers={"Cookie": "=".join(site.cookie)})
    with urllib.request.urlopen(request) as answer:
        after = answer.read()
    assert [] == [row.markup for row in known if row.markup in before]
    labelled = [line for line in after.split(b"\n") if b"data-ck-service" in line]
    assert untold == [restore(line).decode() for line in labelled]
    assert len(untold) == after.count(b"data-ck-service") == after.count(b'data-ck-host=""')
    assert DOCUMENTS[path].encode() == restore(after)
