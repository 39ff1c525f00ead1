"""A small shop behind the middleware, on a port of its own, and a browser's tabs that visit it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from playwright.sync_api import FrameLocator, Locator, Page, Route, expect

from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from consentkit.wsgi import ConsentMiddleware
from tests.browser.internet import Internet
from tests.policies import exempt, make_policy, purpose, service

WAIT = 60_000  # milliseconds for one step, on a slow machine with every core busy
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><body>'
STEP = 50  # milliseconds between two looks

# What apps themselves send, by the query that asks for it.
POLICIES = {
    "strict": "default-src 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic'; style-src 'self'; img-src 'self'; base-uri 'none'",
    "self": "default-src 'self'; form-action 'none'; frame-src 'none'; connect-src 'none'",
    "trusted": "require-trusted-types-for 'script'; trusted-types 'none'",
}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """The tests say what happened."""


class Site:
    """The shop.

    Args:
        pages: path to the page's body; a page whose path ends in `.js` is a script.
        changes: of the policy.

    Attributes:
        policies: the Content-Security-Policy that the app sends, by query.
        records: what was decided.
        url: the origin.
        asked: the paths that the app itself was asked for.
    """

    def __init__(self, pages: Mapping[str, str], **changes: Any) -> None:
        declared: dict[str, Any] = {
            "sites": ["127.0.0.1"],
            "purposes": [exempt("basket"), purpose("media"), purpose("tools")],
            "services": [
                {**service("tube", "media", placeholder="video"), "name": "Tube"},
                service("maps", "media", placeholder="map"),
                service("tools", "tools", id="toolbox", inline=["toolsInline"]),
            ],
        }
        self.pages = dict(pages)
        self.policies = dict(POLICIES)
        self.records = MemoryStore()
        self.asked: list[str] = []
        kit = ConsentKit(make_policy(**{**declared, **changes}), secret="a secret of 24 characters", insecure_dev=True)
        app = ConsentMiddleware(self._app, kit, records=self.records)
        self._server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def _app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """The app: its pages, and one that answers a form."""
        path = environ["PATH_INFO"]
        self.asked.append(path)
        body = self.pages.get(path)
        if environ["REQUEST_METHOD"] == "POST":
            said = parse_qs(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode())
            body = f'{HEAD}<p id="thanks">Thanks, {said["name"][0]}</p><iframe src="https://tube.example/embed/a"></iframe>'
        if body is None:
            status = "204 No Content" if path == "/favicon.ico" else "404 Not Found"
            start_response(status, [("Content-Type", "text/plain")] if status[0] == "4" else [])
            return [b""]
        kind = "text/javascript" if path.endswith(".js") else "text/html"
        headers = [("Content-Type", f"{kind}; charset=utf-8")]
        if policy := self.policies.get(environ["QUERY_STRING"]):
            headers.append(("Content-Security-Policy", policy))
        start_response("200 OK", headers)
        return [body.encode()]


def others(internet: Internet, wanted: Collection[str] = ()) -> set[str]:
    """The other hosts that were contacted since the record began; these are waited for."""
    return {contact.host for contact in internet.settled(wanted)}


def refuse(page: Page) -> None:
    """Rejects all in the banner, until that is stored: while a decision is on its way no other one is made."""
    page.click("[data-ck=reject]")
    expect(page.locator("#ck-banner")).to_be_hidden()


def come(page: Page, seen: Collection[object], count: int = 1) -> None:
    """Waits until the browser has told of so many things, which it does in its own time."""
    for _ in range(WAIT // STEP):
        if len(seen) >= count:
            return
        page.wait_for_timeout(STEP)
    raise AssertionError(f"{count} never came: {seen}")


def placeholder(page: Page, name: str) -> Locator:
    """The placeholder that stands for a provider."""
    return page.locator(f'.ck-placeholder[data-ck-name="{name}"]')


def choices(page: Page) -> FrameLocator:
    """The choices that were opened over the page, once they are shown."""
    frame = page.frame_locator("#ck-dialog iframe")
    expect(frame.locator("#ck-preferences")).to_be_visible()
    # The page looks at the frame's document once for each picture: it has done so by the time of the next one.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
    return frame


def framed(page: Page, text: str) -> None:
    """Waits until the document with this text is shown in some frame of the page."""
    for _ in range(WAIT // STEP):
        for frame in page.frames[1:]:
            if text in (frame.title() or ""):
                return
        page.wait_for_timeout(STEP)
    raise AssertionError(f"no frame shows {text}: {[frame.url for frame in page.frames]}")


def until(page: Page, condition: str) -> None:
    """Waits until an expression is true; without a string evaluated in the page, which Trusted Types may forbid."""
    for _ in range(WAIT // STEP):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(STEP)
    raise AssertionError(f"never true: {condition}")


def kept(page: Page, wanted: Callable[[Collection[str]], bool]) -> list[str]:
    """The names of all cookies, once they are as wanted: a browser stores what a script writes when it gets to it."""
    names: list[str] = []
    for _ in range(WAIT // STEP):
        names = [cookie["name"] for cookie in page.context.cookies()]
        if wanted(names):
            break
        page.wait_for_timeout(STEP)
    return names


def tools(route: Route) -> None:
    """What tools.example serves: scripts that say their name in `order`, those called slow late; sheets and pictures."""
    name, _, suffix = route.request.url.rpartition("/")[2].partition("?")[0].partition(".")
    if name.startswith("slow"):
        threading.Event().wait(0.4)
    kinds = {"js": "text/javascript", "css": "text/css", "gif": "image/gif", "html": "text/html"}
    body = f"order.push('{name}');" if suffix == "js" else ""
    route.fulfill(content_type=kinds[suffix], body=body, headers={"Access-Control-Allow-Origin": "*"})
