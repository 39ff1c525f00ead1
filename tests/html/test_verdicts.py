"""What is said of a whole host is remembered, and exceptions are asked for."""

from __future__ import annotations

import re

from consentkit.html.decision import Block
from consentkit.html.urls import parse_url
from consentkit.html.verdicts import ASK, MAX_HOSTS, Verdicts
from tests.html.deciders import Everything, KnowsHosts, OnlyHosts, run


class Paths(KnowsHosts):
    """Has exceptions below `/px` on every host."""

    def whole_host(self, host: str) -> bool:
        """No host is free as a whole."""
        return False

    def usual(self, host: str) -> tuple[Block | None, re.Pattern[bytes] | None]:
        """The answer with its exceptions."""
        return None if host == "site.test" else Block(host=host), re.compile(rb"/px")


def test_a_blocked_host_is_asked_for_in_full_once() -> None:
    """The first URL of a host goes to the decider; after that, and on the next page, the host is known."""
    decider = KnowsHosts()
    page = b'<img src="https://v.test/a"><img src="https://v.test/b">'
    first, second = run(page, decider)[0], run(page, decider)[0]

    assert first == second
    assert ["https://v.test/a"] == [resource.url for resource in decider.asked]


def test_exceptions_are_asked_for() -> None:
    """A URL in which the exception is found is decided by itself, relative ones with their slash."""
    decider = Paths()
    run(b'<img src="https://v.test/a"><img src="https://v.test/px"><img src="px/a"><img src="b">', decider)

    assert ["https://v.test/a", "https://v.test/px"] == [r.url for r in decider.asked if r.host == "v.test"]
    assert ["https://site.test/px/a"] == [r.url for r in decider.asked if r.host == "site.test"]


def test_what_is_no_host_is_never_known() -> None:
    """Bytes that a parser would take for another host, or none, are always asked for."""
    verdicts = Verdicts(KnowsHosts())

    for host in (b"1.2.3.4", b"a..b", b"localhost", b"xn--a.test", b"v.test."):
        assert verdicts.of(host) is ASK
    assert not verdicts.known


def test_deciders_that_offer_nothing_are_asked() -> None:
    """Without an answer for whole hosts only hosts that are wholly free are known."""
    assert Verdicts(Everything()).of(b"v.test") is ASK
    assert Verdicts(OnlyHosts()).of(b"site.test").unless is None


def test_a_page_of_many_hosts_does_not_grow_the_memory() -> None:
    """The memory begins anew when it is full."""
    verdicts = Verdicts(KnowsHosts())
    for number in range(MAX_HOSTS + 10):
        verdicts.of(f"h{number}.test".encode())

    assert len(verdicts.known) <= MAX_HOSTS


def test_relative_urls_have_the_verdict_of_their_base() -> None:
    """What cannot leave its base's host is judged by that host; nothing is known without a base."""
    verdicts = Verdicts(KnowsHosts())

    assert verdicts.own(parse_url("https://site.test/a/b", None)).block is None
    assert verdicts.own(parse_url("https://site.test/", None)).unless is None
    assert verdicts.own(None) is ASK
    assert verdicts.own(parse_url("about:blank", None)) is ASK
