"""Decisions: policy and consent on one side, hosts, paths and code on the other."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import pytest

from consentkit.blocking import MAX_HOSTS, MAX_NOTICES, Blocker, Grant, Rules, compile_policy
from consentkit.consent.state import Consent
from consentkit.consent.state import grant as choices_of
from consentkit.html.decision import Block, Kind, Mark
from consentkit.html.rewriter import Rewriter
from tests.blocking.declared import RULES, SERVICES, policy, resource, service_of


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("https://counter.example/a.js", "counter"),
        ("https://cdn.counter.example/a.js", "counter"),
        ("https://notcounter.example/a.js", ""),
        ("https://counter.example.evil.example/a.js", ""),
        ("https://a.count.example/", "counter"),
        ("https://count.example/", ""),
        ("https://kino.example/embed/1", "kino"),
        ("https://kino.example/%65mbed/1", "kino"),
        ("https://www.kino.example/embed/1", "kino"),
        ("https://kino.example/watch/1", ""),
        ("https://kino.example/embed/ads/1", "kino-ads"),
        ("https://kino.example/x/y/ads", "kino-ads"),
        ("https://kino.example/x/ads", ""),
        ("https://static.kino.example/embed/ads/1", "kino"),
        ("https://basket.example/", None),
        ("https://site.example/a.js", None),
        ("https://static.site.example/a.js", None),
        ("https://shop.example/a.js", None),
        ("/a.js", None),
        ("https://site.example/px/a.js", "proxy"),
        ("/px/a.js", "proxy"),
        ("https://cname.site.example/a.js", "proxy"),
        ("https://logs1.shape.example/", "log"),
        ("https://a.log.shape.example/", "log"),
        ("https://lo.shape.example/", ""),
        ("https://anybody.example/js/log.js?x", "log"),
        ("/js/log.js", "log"),
        ("/log.json", None),
        ("https://unknown.example/", ""),
        ("https://192.0.2.1/", ""),
        ("https://[2001:db8::1]/", ""),
        ("data:text/javascript,1", None),
        ("about:blank", None),
    ],
)
def test_without_consent(url: str, service: str | None) -> None:
    """Declared services come first, by the most exact host and path, then first party, then anybody else."""
    assert service == service_of(url)


@pytest.mark.parametrize(
    ("url", "grant", "service"),
    [
        ("https://counter.example/", ["numbers"], None),
        ("https://counter.example/", ["counter"], None),
        ("https://counter.example/", ["films"], "counter"),
        ("https://kino.example/embed/ads/1", ["films"], "kino-ads"),
        ("https://kino.example/embed/ads/1", ["films", "numbers"], None),
        ("https://both.example/", ["numbers"], "both-2"),
        ("https://both.example/", ["films"], "both-1"),
        ("https://both.example/", ["films", "numbers"], None),
        ("https://unknown.example/", ["films", "numbers"], ""),
    ],
)
def test_with_consent(url: str, grant: list[str], service: str | None) -> None:
    """A service is contacted once every purpose of it is granted, and every service that fits equally well."""
    assert service == service_of(url, *grant)


def test_block_names_what_is_missing() -> None:
    """The answer names the service, the purposes to grant, and the host."""
    blocker = Blocker(RULES, Grant())

    assert Block("kino-ads", ("films", "numbers"), "kino.example") == blocker.decide(
        resource("https://kino.example/embed/ads")
    )
    assert Block("both-1", ("numbers", "films"), "both.example") == blocker.decide(resource("https://both.example/"))
    assert Block("", (), "unknown.example") == blocker.decide(resource("https://unknown.example/"))


def test_consent_decides() -> None:
    """A visitor's decision is what a grant of the same purposes is."""
    declared = policy()
    undecided = Blocker(RULES, Consent(declared))
    decided = Blocker(RULES, Consent(declared, choices_of(declared, ["numbers"])))
    some = Blocker(RULES, Consent(declared, choices_of(declared, ["counter"])))

    assert undecided.decide(resource("https://counter.example/")) is not None
    assert undecided.decide(resource("https://basket.example/")) is None
    assert decided.decide(resource("https://counter.example/")) is None
    assert decided.decide(resource("https://kino.example/embed/1")) is not None
    assert some.decide(resource("https://counter.example/")) is None
    assert some.decide(resource("https://site.example/px/")) is not None


def test_everything() -> None:
    """The grant of everything allows unknown hosts and any code."""
    blocker = Blocker(RULES, RULES.grant("*"))

    assert blocker.decide(resource("https://unknown.example/")) is None
    assert blocker.decide_inline("fbq('init')", Kind.SCRIPT) is None
    assert blocker.whole_host("unknown.example")


def test_unknown_ask() -> None:
    """Unknown third parties can be a purpose of their own."""
    rules = compile_policy(policy(unknown="ask"))

    assert Block("", ("unknown",), "unknown.example") == Blocker(rules, Grant()).decide(
        resource("https://unknown.example/")
    )
    assert service_of("https://unknown.example/", "unknown", rules=rules) is None


def test_unknown_allow() -> None:
    """Unknown third parties can be let through; declared ones still wait."""
    rules = compile_policy(policy(unknown="allow"))

    assert service_of("https://unknown.example/", rules=rules) is None
    assert service_of("https://counter.example/", rules=rules) == "counter"
    assert Blocker(rules, Grant()).decide_inline("fbq('init', '1')", Kind.SCRIPT) is None


def test_whole_host() -> None:
    """A host is free as a whole only if no path of it could be blocked."""
    rules = compile_policy(policy([SERVICES[0], SERVICES[1], SERVICES[4]]))
    undecided = Blocker(rules, Grant())
    decided = Blocker(rules, rules.grant(["numbers"]))

    assert undecided.whole_host("shop.example")
    assert not undecided.whole_host("site.example")
    assert not undecided.whole_host("counter.example")
    assert decided.whole_host("site.example")
    assert decided.whole_host("counter.example")
    assert not decided.whole_host("kino.example")
    assert not Blocker(RULES, Grant()).whole_host("shop.example")


def test_long_urls_are_decided_each_time() -> None:
    """What is remembered of URLs is bounded in bytes as well: a URL of any length is decided right, and not kept."""
    rules = compile_policy(policy())
    blocker = Blocker(rules, Grant())
    tracemalloc.start()
    try:
        for number in range(300):
            url = f"https://kino.example/embed/{number}?{'x' * 100_000}"
            block = blocker.decide(resource(url))
            assert block is not None
            assert "kino" == block.service
        assert tracemalloc.get_traced_memory()[0] < 5_000_000
    finally:
        tracemalloc.stop()


def test_usual_answer_of_a_blocked_host() -> None:
    """A host that is blocked as a whole has no exceptions."""
    blocker = Blocker(RULES, Grant())

    assert blocker.usual("counter.example")[0] == Block("counter", ("numbers",), "counter.example")
    assert Blocker(RULES, RULES.grant("*")).usual("counter.example") == (None, None)


@pytest.mark.parametrize(
    ("mark", "url", "grant", "expected"),
    [
        (Mark(), "https://counter.example/", [], Block("counter", ("numbers",), "counter.example")),
        (Mark(purpose="films"), "/a.js", [], Block("", ("films",), "site.example")),
        (Mark(purpose="films"), "/a.js", ["films"], None),
        (Mark(purpose="films"), "https://unknown.example/", ["films"], None),
        (Mark(purpose="films"), "https://counter.example/", ["films"], None),
        (Mark(purpose="nonsense"), "/a.js", ["films"], Block("", (), "site.example")),
        (Mark(service="counter"), "/a.js", [], Block("counter", ("numbers",), "site.example")),
        (Mark(service="counter"), "/a.js", ["counter"], None),
        (Mark(service="counter", purpose="films"), "/a.js", ["counter"], Block("", ("films",), "site.example")),
        (Mark(service="nonsense"), "/a.js", ["films"], Block("", (), "site.example")),
        (Mark(exempt=True), "https://unknown.example/", [], None),
        (Mark(purpose="needed"), "https://unknown.example/", [], None),
    ],
)
def test_marks(mark: Mark, url: str, grant: list[str], expected: Block | None) -> None:
    """What the template says of an element decides; names that nobody declared are never granted."""
    assert expected == Blocker(RULES, RULES.grant(grant)).decide(resource(url), mark)
    inline = Blocker(RULES, RULES.grant(grant)).decide_inline("tally('hit')", Kind.SCRIPT, mark)
    if mark != Mark():
        assert (expected is None) == (inline is None)


@pytest.mark.parametrize(
    ("mark", "blocked"),
    [
        (Mark(exempt=True), True),
        (Mark(purpose="needed"), True),
        (Mark(service="basket"), True),
        (Mark(purpose="numbers"), False),
    ],
)
def test_disbelieved_marks(mark: Mark, blocked: bool) -> None:
    """Without `honour_marks` a mark can ask for consent but not do away with it."""
    rules = compile_policy(policy(honour_marks=False))
    blocker = Blocker(rules, rules.grant(["numbers"]))

    assert blocked == (blocker.decide(resource("https://unknown.example/"), mark) is not None)


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("tally('hit', 1)", "counter"),
        ("window.tally('hit')", "counter"),
        ("totally('hit')", None),
        ("var s=document.createElement('script');s.src='//counter.example/a.js'", "counter"),
        (r"document.write('<script src=\"https:\/\/counter.example\/a.js\"><\/script>')", "counter"),
        (r"load('https:\u002f\u002Fcounter.example\u002fa.js')", "counter"),
        ("new Image().src = 'HTTPS://CDN.Counter.Example:443/p?x'", "counter"),
        ("fetch(`//kino.example/embed/1`)", "kino"),
        ("fetch('//kino.example/watch')", None),
        ("fetch('//notcounter.example/')", None),
        ("var links = {'share': 'https://cdn.counter.example/page'}", None),
        ("el.innerHTML = '<a href=\"https://www.counter.example/about\">x</a>'", None),
        ("import x from 'https://cdn.counter.example/a.js'", "counter"),
        ("import('https://unknown.example/a.js')", ""),
        ('import /* why */ "//unknown.example/a.js"', ""),
        ("import{a}from'//user@unknown.example:1/a.js'", ""),
        ("import x from '/own.js'; import 'https://site.example/own.js'", None),
        ("import x from '/px/own.js'; import 'https://site.example/px/own.js'", "proxy"),
        ("import './log.js'", None),
        ("'important from //unknown.example/a.js'", None),
        ("fbq('init', '1')", ""),
        ("window.dataLayer=window.dataLayer||[];alert('hello')", None),
        ("", None),
    ],
)
def test_inline(text: str, service: str | None) -> None:
    """Code is known by signatures, by URLs where it loads something, and by its imports."""
    block = Blocker(RULES, Grant()).decide_inline(text, Kind.SCRIPT)

    assert service == (None if block is None else block.service)


def test_inline_with_consent() -> None:
    """Code runs once every service that it names is granted; other code than scripts is not judged."""
    text = "tally('hit'); fetch('//static.kino.example/a')"

    assert Blocker(RULES, RULES.grant(["numbers"])).decide_inline(text, Kind.SCRIPT) == Block("kino", ("films",))
    assert Blocker(RULES, RULES.grant(["numbers", "films"])).decide_inline(text, Kind.SCRIPT) is None
    assert Blocker(RULES, Grant()).decide_inline(text, Kind.STYLE) is None


def test_inline_unknown_ask() -> None:
    """Code of services that nobody declared goes with the purpose of the unknown."""
    rules = compile_policy(policy(unknown="ask"))

    assert Blocker(rules, Grant()).decide_inline("fbq('init', '1')", Kind.SCRIPT) == Block("", ("unknown",))
    assert Blocker(rules, rules.grant(["unknown"])).decide_inline("fbq('init', '1')", Kind.SCRIPT) is None


def test_hostile_pages() -> None:
    """Endlessly many hosts neither fill the memory nor change an answer."""
    rules = Rules(policy())
    blocker = Blocker(rules, Grant())
    for number in range(MAX_HOSTS + 10):
        assert blocker.decide(resource(f"https://h{number}.example/")) is not None

    assert len(blocker.notices()) == MAX_NOTICES
    assert blocker.decide(resource("https://counter.example/")) is not None


@pytest.mark.parametrize(("unknown", "grant", "expected"), [
    ("allow", (), Block("counter", ("numbers", "films"))), ("allow", ("films",), Block("counter", ("numbers", "films"))),
    ("allow", ("films", "numbers"), None), ("block", (), Block()), ("block", ("films", "numbers"), Block()),
    ("ask", (), Block("", ("unknown", "numbers", "films"))), ("ask", ("unknown",), Block("counter", ("numbers", "films"))),
    ("ask", ("films", "numbers"), Block("", ("unknown",))), ("ask", ("films", "numbers", "unknown"), None),
])  # fmt: skip
def test_what_may_contact_anybody_needs_everything(unknown: str, grant: Sequence[str], expected: Block | None) -> None:
    """Free where no declared service is refused and strangers are not either; else all that is missing is named."""
    rules = compile_policy(policy(unknown=unknown))

    assert expected == Blocker(rules, rules.grant(grant)).anybody()


def test_rules_for_any_link_do_not_fetch_from_refused_services() -> None:
    """Where strangers are allowed, a page's links may still lead to a service that is not; once all is granted, they may."""
    rules = compile_policy(policy(unknown="allow"))
    page = b'<script type=speculationrules>{"prefetch":[{"where":{"selector_matches":"a"}}]}</script>'

    def seen(*grant: str) -> bytes:
        rewriter = Rewriter(Blocker(rules, rules.grant(grant)), url="https://site.example/", charset="utf-8")
        return rewriter.feed(page) + rewriter.finish()

    assert b'"about:invalid#ck:where"' in seen()
    assert b'data-ck-purposes="numbers films"' in seen()
    assert page == seen("numbers", "films")
    assert Blocker(rules, rules.grant("*")).anybody() is None
    assert Blocker(rules, rules.grant(())).anybody(Mark("needed")) is None
    assert Block("", ("films",)) == Blocker(rules, rules.grant(())).anybody(Mark("films"))
