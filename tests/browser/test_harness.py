"""The measuring instrument itself: what it says was contacted was, and what it does not say was not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.internet import Internet


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "nojs"])
def test_requests_are_recorded(chromium: Browser, internet: Internet, javascript: bool) -> None:
    """Requests over TLS and plain HTTP are recorded by host, and a page that makes none leaves no record."""
    context = chromium.new_context(java_script_enabled=javascript, ignore_https_errors=True)
    page = context.new_page()
    internet.clear()
    page.set_content("<p>alone</p>")
    assert [] == internet.settled()
    page.set_content("<img src=https://one.test/a.gif><img src=http://two.test:80/b.gif>"
                     "<script>new Image().src = 'https://three.test/c.gif'</script>")  # fmt: skip
    expected = {"one.test", "two.test"} | ({"three.test"} if javascript else set())
    assert expected == {contact.host for contact in internet.settled(expected)}
    context.close()


def test_handshake_alone_is_recorded(chromium: Browser, internet: Internet) -> None:
    """A connection that is opened and never used counts as contact: that is what a preconnect is."""
    context = chromium.new_context(ignore_https_errors=True)
    page = context.new_page()
    internet.clear()
    page.set_content("<img src=https://shaken.test/a.gif>")
    contacts = internet.settled(["shaken.test"])
    assert {("shaken.test", ""), ("shaken.test", "/a.gif")} == {(contact.host, contact.path) for contact in contacts}
    context.close()
