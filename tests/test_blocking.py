"""Decisions: policy and consent on one side, hosts, paths and code on the other."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.blocking import MAX_HOSTS, MAX_NOTICES, Blocker, Grant, Rules, compile_policy, registrable_domain
from consentkit.consent.state import Consent
from consentkit.consent.state import grant as choices_of
from consentkit.errors import UsageError
from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.rewriter import Rewriter
from consentkit.html.urls import parse_url
from consentkit.policy import catalogue
from consentkit.policy.models import Policy
from tests.policies import make_policy

PURPOSES = [
    {"id": "needed", "title": "Needed", "summary": "Runs the shop.", "text": "Runs the shop.",
     "legal_basis": "contract", "exemption": "strictly_necessary", "justification": "No basket without it."},
    {"id": "numbers", "title": "Numbers", "summary": "Counts.", "text": "Counts."},
    {"id": "films", "title": "Films", "summary": "Shows films.", "text": "Shows films."},
]  # fmt: skip
SERVICES: list[dict[str, Any]] = [
    {"id": "counter", "purposes": ["numbers"], "hosts": ["counter.example", "*.count.example"], "inline": ["tally('hit'"]},
    {"id": "kino", "purposes": ["films"], "hosts": ["kino.example/embed/", "static.kino.example"]},
    {"id": "kino-ads", "purposes": ["films", "numbers"], "hosts": ["kino.example/embed/ads", "kino.example/x/*/ads"]},
    {"id": "basket", "purposes": ["needed"], "hosts": ["basket.example"]},
    {"id": "proxy", "purposes": ["numbers"], "hosts": ["site.example/px/", "cname.site.example"]},
    {"id": "log", "purposes": ["numbers"], "hosts": ["log*.shape.example", "*/log.js"]},
    {"id": "both-1", "purposes": ["numbers"], "hosts": ["both.example"]},
    {"id": "both-2", "purposes": ["films"], "hosts": ["both.example"]},
]  # fmt: skip


def policy(services: Sequence[dict[str, Any]] = SERVICES, **more: Any) -> Policy:
    """A policy of few words."""
    return Policy.model_validate(
        {
            "version": "1",
            "sites": ["site.example", "shop.example"],
            "honour_marks": True,
            "controller": {"name": "Site", "address": "Street", "email": "us@site.example"},
            "purposes": PURPOSES,
            "services": [{"name": s["id"].title(), "provider": "Vendor"} | s for s in services],
            "rights": {"contact": "Write.", "authority": "Authority", "authority_url": "https://authority.example/"},
            "retention": {"records": "5 years", "text": "Weeks."},
            "mandatory_data": "None.",
            "automated_decisions": "None.",
            **more,
        }
    )


RULES = compile_policy(policy())


def resource(url: str, kind: Kind = Kind.SCRIPT) -> Resource:
    """A script's URL on a page of the site."""
    parsed = parse_url(url, parse_url("https://site.example/", None))
    assert parsed is not None
    return Resource(parsed.href, parsed.host, parsed.path, kind, "script", "src")


def service_of(url: str, *grant: str, rules: Rules = RULES) -> str | None:
    """Id of the service that blocks a URL; empty for unknown third parties, None if nothing blocks it."""
    block = Blocker(rules, rules.grant(grant)).decide(resource(url))
    return None if block is None else block.service


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


@pytest.mark.parametrize(
    ("path", "exception"),
    [
        ("/a.js", False), ("/a/log.js", True), ("/px/a.js", True), ("/p%78/a.js", True), ("/logs", False),
        ("/a.js?b=1&amp;c=2", False), ("/p&#120;/a.js", True), ("/p\tx/a.js", True), ("\\px\\a.js", True),
    ],
)  # fmt: skip
def test_usual_answer_and_its_exceptions(path: str, exception: bool) -> None:
    """Where some paths of a host are answered otherwise than the rest, those can be told by the URL's text."""
    block, unless = Blocker(RULES, Grant()).usual("site.example")

    assert block is None
    assert unless is not None
    assert exception == bool(unless.search(path.encode()))


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


@given(st.sampled_from(["site.example", "unknown.example"]), st.text(st.sampled_from("/pxlogjs.mau?%8"), max_size=12))
def test_usual_answer_holds_wherever_there_is_no_exception(host: str, path: str) -> None:
    """A URL that is no exception is answered as its host is."""
    blocker = Blocker(RULES, Grant())
    block, unless = blocker.usual(host)

    if unless is None or unless.search(b"/" + path.encode()) is None:
        assert block == blocker.decide(resource(f"https://{host}/{path}"))


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


@pytest.mark.parametrize("signature", ["x(", "a.b", "(", "éa(", "longword", "'$,'", "a-b", "_q"])
def test_any_signature(signature: str) -> None:
    """Any signature is found in code, long, short or strange, wherever a word may begin."""
    rules = compile_policy(policy([{"id": "odd", "purposes": ["numbers"], "inline": [signature]}]))
    blocker = Blocker(rules, Grant())

    for text in (signature, f";{signature};", f"if(1){signature}_word", "\n" + signature):
        assert blocker.decide_inline(text, Kind.SCRIPT) == Block("odd", ("numbers",))
    assert blocker.decide_inline("unrelated = [];", Kind.SCRIPT) is None


@given(st.text(st.sampled_from("tally'h i(x;/\\.ékino"), max_size=40), st.text(max_size=20))
def test_signatures_are_found_between_any_text(before: str, after: str) -> None:
    """A signature behind anything but a word's letter is found."""
    block = Blocker(RULES, Grant()).decide_inline(f"{before} tally('hit'{after}", Kind.SCRIPT)

    assert block is not None


def test_own_words_cover_the_catalogue() -> None:
    """An owner's service that names a host covers what the catalogue knows of that host, code included."""
    own = {"id": "measuring", "purposes": ["numbers"], "hosts": ["connect.facebook.net", "facebook.com"]}
    rules = compile_policy(policy([own]))

    assert service_of("https://www.facebook.com/tr?id=1", rules=rules) == "measuring"
    assert service_of("https://www.facebook.com/tr?id=1", "numbers", rules=rules) is None
    assert Blocker(rules, Grant()).decide_inline("fbq('init', '1')", Kind.SCRIPT) == Block("measuring", ("numbers",))
    assert Blocker(rules, rules.grant(["numbers"])).decide_inline("fbq('init', '1')", Kind.SCRIPT) is None


IAB = "__tcfapi, __gpp, __uspapi or __cmp, the interfaces of the IAB"


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ("window.__tcfapi = function () {}", IAB),
        ("__gpp('ping', console.log)", IAB),
        ("window['__cmp'] ||= stub", IAB),
        ("__uspapi('getUSPData', 1, save)", IAB),
        ("window.axeptioSettings = {}", "axeptio"),
    ],
)
def test_another_consent_manager_is_noticed(html: str, name: str) -> None:
    """Code of another consent manager is told to the owner, once (R91)."""
    rules = compile_policy(make_policy())
    for _ in range(2):
        Blocker(rules, Consent(make_policy())).decide_inline(html, Kind.SCRIPT)
    assert [name] == [notice.subject for notice in rules.notices() if notice.kind == "consent-manager"]


def test_a_consent_managers_host_is_noticed() -> None:
    """So is its script."""
    rules = compile_policy(make_policy())
    url = "https://static.axept.io/sdk.js"
    Blocker(rules, Consent(make_policy())).decide(
        Resource(url, "static.axept.io", "/sdk.js", Kind.SCRIPT, "script", "src")
    )
    assert {"unknown-host", "consent-manager"} == {notice.kind for notice in rules.notices()}


def test_notices() -> None:
    """Each unknown host and service is told once, with the lines that declare it."""
    rules = Rules(policy())
    blocker = Blocker(rules, Grant())
    for _ in range(2):
        blocker.decide(resource("https://unknown.example/"))
        blocker.decide(resource("https://www.youtube.com/embed/x"))
        blocker.decide(resource("https://counter.example/"))
        blocker.decide_inline("fbq('init', '1')", Kind.SCRIPT)
    first = blocker.notices()

    assert [("unknown-host", "unknown.example"), ("unknown-host", "www.youtube.com"),
            ("unknown-service", "facebook-pixel")] == [(n.kind, n.subject) for n in first]  # fmt: skip
    assert 'hosts = ["unknown.example"]' in first[0].message
    assert "name it in `sites` if it is yours" in first[0].message
    assert 'id = "youtube"' in first[1].message
    assert "sites" not in first[1].message
    assert blocker.notices() == []


def test_a_stranger_on_a_known_host_is_noticed() -> None:
    """A service that nobody declared is told of, though another service on its host was met before it."""
    known = catalogue.service("google-maps")
    assert known is not None
    rules = compile_policy(policy([known.model_dump() | {"purposes": ["films"]}]))
    page = (
        b'<!doctype html><iframe src="https://www.google.com/maps/embed?pb=1"></iframe>'
        b'<script src="https://www.google.com/recaptcha/api.js"></script>'
    )
    rewriter = Rewriter(Blocker(rules, Grant()), url="https://site.example/")
    rewriter.feed(page)
    rewriter.finish()

    [notice] = rules.notices()
    assert ("unknown-host", "www.google.com") == (notice.kind, notice.subject)
    assert 'id = "google-recaptcha"' in notice.message


def test_hostile_pages() -> None:
    """Endlessly many hosts neither fill the memory nor change an answer."""
    rules = Rules(policy())
    blocker = Blocker(rules, Grant())
    for number in range(MAX_HOSTS + 10):
        assert blocker.decide(resource(f"https://h{number}.example/")) is not None

    assert len(blocker.notices()) == MAX_NOTICES
    assert blocker.decide(resource("https://counter.example/")) is not None


def test_hosts_allowed() -> None:
    """The host patterns of the services that may be contacted are known."""
    declared = policy()
    consent = Consent(declared, choices_of(declared, ["kino"]))

    assert RULES.hosts_allowed(consent) == ["basket.example", "kino.example/embed/", "static.kino.example"]


@pytest.mark.parametrize("grant", [["nonsense"], "numbers"])
def test_wrong_grant(grant: Any) -> None:
    """Granting what is not declared is the caller's mistake, and is told."""
    with pytest.raises(UsageError, match=r"nonsense|grant="):
        RULES.grant(grant)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.co.uk", "example.co.uk"),
        ("a.b.site.test", "site.test"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("name.github.io", "name.github.io"),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    """What somebody registered is told from what everybody registers under."""
    assert domain == registrable_domain(host)


def test_catalogue() -> None:
    """Without a policy the whole catalogue is declared and first party is the page's registrable domain."""
    rules = compile_policy()
    blocker = Blocker(rules, rules.grant([]), site="site.example")

    assert rules is compile_policy(None)
    assert blocker.decide(resource("https://static.site.example/a.js")) is None
    assert blocker.decide(resource("https://shop.example/a.js")) == Block("", (), "shop.example")
    block = blocker.decide(resource("https://www.youtube.com/embed/x"), Mark(exempt=True))
    assert block is not None
    assert block.service == "youtube"
    allowed = Blocker(rules, rules.grant(block.purposes), site="site.example")
    assert allowed.decide(resource("https://www.youtube.com/embed/x")) is None


VENDOR_CODE = [
    ("google-analytics", ("(function(i,s,o,g,r,a,m){i['GoogleAnalyticsObject']=r;})(window,document,'script',"
                         "'https://www.google-analytics.com/analytics.js','ga');ga('create','UA-1-1','auto');")),
    ("google-analytics", "var _gaq=_gaq||[];_gaq.push(['_setAccount','UA-1-1']);"),
    ("google-analytics", ("window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}"
                         "gtag('js',new Date());gtag('config','G-1');")),
    ("google-tag-manager", "(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime()})})(window)"),
    ("twitter", ("!function(d,s,id){var js;if(!d.getElementById(id)){js=d.createElement(s);js.id=id;"
                "js.src='https://platform.twitter.com/widgets.js'}}(document,'script','twitter-wjs');")),
    ("facebook", ("(function(d,s,id){var js=d.createElement(s);js.id=id;"
                 "js.src='//connect.facebook.net/en_US/sdk.js#xfbml=1'}(document,'script','facebook-jssdk'));")),
    ("facebook-pixel", "fbq('init','1');fbq('track','PageView');"),
    ("linkedin-insight", "_linkedin_partner_id = '1';"),
    ("google-plus-one", ("window.___gcfg={lang:'de'};(function(){var po=document.createElement('script');"
                        "po.src='https://apis.google.com/js/plusone.js'})();")),
    ("youtube", "var tag=document.createElement('script');tag.src='https://www.youtube.com/iframe_api';"),
    ("hotjar", "(function(h,o,t,j,a,r){h._hjSettings={hjid:1,hjsv:6}})(window,document)"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "text"), VENDOR_CODE)
def test_code_of_vendors(service: str, text: str) -> None:
    """The snippets that vendors publish are known for what they are."""
    rules = compile_policy()
    block = Blocker(rules, rules.grant([]), site="site.example").decide_inline(text, Kind.SCRIPT)

    assert block is not None
    assert service == block.service


def test_catalogue_is_known_beside_files_anywhere() -> None:
    """A file declared on any host does not make the owner's word the only one on every host."""
    rules = compile_policy(policy([SERVICES[5]]))
    text = "new Image().src = 'https://www.facebook.com/tr?id=1'"

    assert Blocker(rules, Grant()).decide_inline(text, Kind.SCRIPT) == Block("", ())


def test_catalogue_shares_hosts_by_path() -> None:
    """Declaring one entry of the catalogue does not let in another one that has a path of the same host."""
    rules = compile_policy(policy([dict(compile_policy().services["facebook"].model_dump(), purposes=["numbers"])]))

    assert service_of("https://connect.facebook.net/en_US/sdk.js", "numbers", rules=rules) is None
    assert service_of("https://connect.facebook.net/en_US/fbevents.js", "numbers", rules=rules) == ""


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
