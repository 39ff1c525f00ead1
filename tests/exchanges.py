"""Exchanges of a small site, for tests of the kit and what it is made of."""

from __future__ import annotations

from consentkit.http import Head, Request
from consentkit.kit import ConsentKit, Exchange
from tests.policies import cookie, make_policy, service

NOW = 1_790_000_000.0
ENTROPY = bytes(range(64))
SECRET = "a secret of 24 characters"
CHANGES = {
    "cookies": [cookie("seen", "numbers"), cookie("basket", "basket")],
    "services": [service("films", "ads", hosts=["films.example"])],
}
KIT = ConsentKit(make_policy(**CHANGES), secret=SECRET)
SHARED = ConsentKit(make_policy(**CHANGES, mode="shared"), secret=SECRET)
HTML = ("Content-Type", "text/html; charset=utf-8")
NAVIGATION = ("Sec-Fetch-Dest", "document")
LIVE = b'<script src="https://films.example/a.js">'
PAGE = b"<!doctype html><html><head><title>Shop</title></head><body><h1>Glass</h1>" + LIVE + b"</script></body></html>"


def opened(*headers: tuple[str, str], kit: ConsentKit = KIT, method: str = "GET", path: str = "/",
           host: str = "shop.example", root_path: str = "") -> Exchange:  # fmt: skip
    """The exchange of one request."""
    request = Request(method, "https", host, path, root_path=root_path, headers=headers)
    return kit.open(request, now=NOW, entropy=ENTROPY)


def cookie_of(*grant: str, kit: ConsentKit = KIT) -> tuple[str, str]:
    """The Cookie field of a visitor who granted these."""
    request = Request("GET", "https", "shop.example", "/")
    decision = kit.decide(request, grant=grant, now=NOW, entropy=ENTROPY)
    return ("Cookie", decision.set_cookie.partition(";")[0])


def page(exchange: Exchange, body: bytes = PAGE, *headers: tuple[str, str], status: int = 200) -> tuple[Head, bytes]:
    """The app's page through the exchange."""
    head = exchange.start(status, (HTML, *headers))
    return head, exchange.feed(body) + exchange.finish()
