"""A real browser reports what our policy stopped, and the site counts it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from playwright.sync_api import Browser

from consentkit.kit import ConsentKit
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.sqlite_counts import read
from consentkit.wsgi import ConsentMiddleware
from tests.browser.chromium import find
from tests.browser.shop import WAIT
from tests.policies import make_policy, purpose, service

PATIENCE = 1200  # tenths of a second: browsers send reports when they have the time
PAGE = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><body><script>
new Image().src = "https://spy" + ".example/p.gif?visitor=1";
new Image().src = "https://counter" + ".example/p.gif";
</script>"""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away in the middle is nothing to report."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """The tests say what happened."""


def shop(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The app: a page whose script calls others, in a way that no reading of the page could tell."""
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [PAGE]


@pytest.fixture
def site(tmp_path: Path, certificate: Path) -> Iterator[str]:
    """The shop, mounted below a path, over TLS: browsers report to nobody else's address and over nothing else."""
    services = [service("counter", "numbers")]
    policy = make_policy(sites=["127.0.0.1"], purposes=[purpose("numbers")], services=services)
    inside = ConsentMiddleware(
        shop, ConsentKit(policy, secret="a secret of 24 characters"), records=SQLiteStore(tmp_path / "records.sqlite3")
    )

    def mounted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = "/mounted", environ["PATH_INFO"].removeprefix("/mounted")
        environ["wsgi.url_scheme"] = "https"
        return inside(environ, start_response)

    server = make_server("127.0.0.1", 0, mounted, _Server, _Quiet)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/mounted"
    server.shutdown()
    server.server_close()


def test_what_scripts_try_is_reported_and_counted(chromium: Browser, site: str, tmp_path: Path) -> None:
    """Hosts that a script contacts behind our back are stopped, reported below the mount point, and counted without the visitor."""
    flags = ["--no-sandbox", "--ignore-certificate-errors", "--short-reporting-delay"]
    browser = chromium.browser_type.launch(executable_path=find(), args=flags, timeout=WAIT)
    try:
        page = browser.new_page(ignore_https_errors=True)
        page.set_default_timeout(WAIT)
        page.goto(f"{site}/offer?secret=1")
        for _ in range(PATIENCE):
            if len(read(tmp_path / "records.sqlite3")) == 2:
                break
            page.wait_for_timeout(100)
    finally:
        browser.close()
    found = {each.host: (each.directive, each.service, each.page) for each in read(tmp_path / "records.sqlite3")}
    assert found == {
        "spy.example": ("img-src", "", "/mounted/offer"),
        "counter.example": ("img-src", "counter", "/mounted/offer"),
    }
