"""A Chromium, the example site under ASGI and WSGI, the bare site, and everybody else on this machine."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.chromium import ADVICE, find
from tests.browser.internet import SITE, Internet
from tests.browser.servers import APPS, START_SECONDS, running, wait_for_answer
from tests.browser.shop import WAIT, Site
from tests.drivers.processes import reserved_port

expect.set_options(timeout=WAIT)
# What the browser does of its own accord (time, form filling, signing in) would be taken for the page's doing.
FLAGS = ["--no-sandbox", "--disable-quic", "--ignore-certificate-errors", "--disable-domain-reliability",
         "--gaia-url=https://127.0.0.1", "--component-updater=url-source=https://127.0.0.1", "--disable-component-update",
         "--disable-background-networking", "--disable-sync",
         "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,AutofillServerCommunication"]  # fmt: skip
DRIVERS = ("asgi", "wsgi")
TRACKERS = ("www.googletagmanager.com", "www.google-analytics.com")  # on each bare page; the second by script alone


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file with key and certificate; the browser is told not to mind who signed it."""
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    trustme.CA().issue_cert(SITE, f"*.{SITE}").private_key_and_cert_chain_pem.write_to_path(path)
    return path


@pytest.fixture(scope="session")
def internet(certificate: Path) -> Iterator[Internet]:
    """Everybody else."""
    server = Internet(certificate)
    yield server
    server.close()


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where each of the sites keeps its data."""
    return {name: tmp_path_factory.mktemp(name) for name in (*DRIVERS, "raw")}


@pytest.fixture(scope="session")
def ports(certificate: Path, folders: dict[str, Path]) -> Iterator[dict[str, int]]:
    """Host -> port: the site under each driver, and the bare site, which is what a visitor meets today."""
    with contextlib.ExitStack() as stack:
        started = {
            f"{name}.{SITE}": stack.enter_context(
                running("asgi" if name == "raw" else name, certificate, folder,
                        {"BRIGHTWASH_UNPROTECTED": "1" if name == "raw" else "0"})
            )
            for name, folder in folders.items()
        }  # fmt: skip
        yield started


@pytest.fixture(scope="session")
def sockets() -> Iterator[dict[str, socket.socket]]:
    """A listening socket for each of the other examples, which are started when a test wants them."""
    with contextlib.ExitStack() as stack:
        yield {
            name: stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
            for name in sorted(set(APPS) - set(DRIVERS))
        }


@pytest.fixture(scope="session")
def cdn_port() -> Iterator[int]:
    """Where nginx will listen, which takes no socket that listens already."""
    with reserved_port() as port:
        yield port


@pytest.fixture(scope="session")
def started(
    certificate: Path, sockets: dict[str, socket.socket], cdn_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], None]]:
    """Starts one of the other examples, unless it is there already."""
    from examples.cdn.__main__ import serving

    with contextlib.ExitStack() as stack:
        there = set[str]()

        def start(name: str) -> None:
            if name in there:
                return
            there.add(name)
            folder = tmp_path_factory.mktemp(name)
            if name == "cdn":
                stack.enter_context(serving(cdn_port, folder, certificate))
                wait_for_answer(cdn_port, tls=True)
            else:
                stack.enter_context(running(name, certificate, folder, {}, sockets[name]))

        yield start


@pytest.fixture(scope="session")
def chromium(
    internet: Internet, ports: dict[str, int], sockets: dict[str, socket.socket], cdn_port: int
) -> Iterator[Browser]:
    """A real Chromium in which every name leads to this machine."""
    program = find()
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(ADVICE)
        pytest.skip(ADVICE)
    with sync_playwright() as playwright:
        others = {f"{name}.{SITE}": int(each.getsockname()[1]) for name, each in sockets.items()}
        others[f"cdn.{SITE}"] = cdn_port
        flags = [*FLAGS, f"--host-resolver-rules={internet.resolver_rules({**ports, **others})}"]
        browser = playwright.chromium.launch(executable_path=program, args=flags, timeout=START_SECONDS * 1000)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Visitor:
    """Somebody with a fresh browser profile, at one of the sites.

    Attributes:
        page: the tab.
        site: the site's origin.
        internet: everybody else.
    """

    page: Page
    site: str
    internet: Internet

    @property
    def context(self) -> BrowserContext:
        """The profile."""
        return self.page.context

    def go(self, path: str, wanted: Collection[str] = ()) -> set[str]:
        """Visit a page; the other hosts that were contacted until it was quiet. Those that are wanted are waited for."""
        self.internet.clear()
        self.page.goto(self.site + path, wait_until="load")
        return self.contacted(wanted)

    def contacted(self, wanted: Collection[str] = ()) -> set[str]:
        """The other hosts contacted since the record began, once it is quiet and these were."""
        return {contact.host for contact in self.internet.settled(wanted)}

    def press(self, hook: str, *, loads: bool, wanted: Collection[str] = ()) -> set[str]:
        """Press the visible button with this `data-ck`; the other hosts contacted because of it.

        Args:
            hook: the value of `data-ck`.
            loads: whether the page is loaded again because of it.
            wanted: hosts that are waited for.
        """
        self.internet.clear()
        # The element itself: once it is gone, the same selector can mean the next one.
        button = self.page.locator(f'[data-ck="{hook}"]:visible').first.element_handle()
        if loads:
            with self.page.expect_navigation(wait_until="load"):
                button.click()
        else:
            button.click()
            button.wait_for_element_state("hidden")
        return self.contacted(wanted)

    @property
    def cookies(self) -> set[str]:
        """The names of all cookies, of every host."""
        return {cookie["name"] for cookie in self.context.cookies()}


@pytest.fixture
def visitor(chromium: Browser, internet: Internet) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors: `visitor("asgi", javascript=False)`."""
    contexts: list[BrowserContext] = []

    def make(site: str, *, javascript: bool = True, width: int = 1280, height: int = 800) -> Visitor:
        context = chromium.new_context(java_script_enabled=javascript, viewport={"width": width, "height": height},
                                       ignore_https_errors=True)  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        return Visitor(page, f"https://{site}.{SITE}", internet)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def raw_contacts(chromium: Browser, internet: Internet) -> Callable[[str, bool], set[str]]:
    """Whom the bare page contacts, by path and whether JavaScript is on; each is looked at once."""
    known: dict[tuple[str, bool], set[str]] = {}

    def look(path: str, javascript: bool) -> set[str]:
        if (path, javascript) not in known:
            context = chromium.new_context(java_script_enabled=javascript, ignore_https_errors=True)
            page = context.new_page()
            page.set_default_timeout(WAIT)
            expected = TRACKERS if javascript else TRACKERS[:1]
            known[path, javascript] = Visitor(page, f"https://raw.{SITE}", internet).go(path, expected)
            context.close()
        return known[path, javascript]

    return look


@pytest.fixture
def site() -> Iterator[Callable[..., Site]]:
    """Makes shops: `site(pages, csp="off")`."""
    made: list[Site] = []

    def make(pages: Mapping[str, str], **changes: Any) -> Site:
        made.append(Site(pages, **changes))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def tab(chromium: Browser, internet: Internet) -> Iterator[Callable[..., Page]]:
    """Makes tabs: each `tab()` is a visitor of its own, `tab(of=page)` another tab of the same."""
    contexts = []

    def make(*, of: Page | None = None, **options: Any) -> Page:
        context = of.context if of else chromium.new_context(ignore_https_errors=True, **options)
        if of is None:
            contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        internet.clear()
        return page

    yield make
    for context in contexts:
        context.close()
