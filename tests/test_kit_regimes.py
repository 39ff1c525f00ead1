"""One site, visitors from everywhere: what is in use, asked, told and recorded, through the whole kit."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from consentkit.consent.decision import ENTROPY_BYTES
from consentkit.consent.effects import Append
from consentkit.consent.record import Record
from consentkit.consent.set_cookie import LIFETIME_CAP
from consentkit.consent.state import Consent
from consentkit.errors import UsageError
from consentkit.http import NO_FACTS, Facts, Request, Response
from consentkit.kit import ConsentKit
from consentkit.policy.models import Policy
from tests.policies import exempt, make_policy, purpose, service

SECRET = "a secret of the tests, long enough"
NOW = 1_795_400_000.0
DAY = 86_400
EVERY = ("gb", "ch", "us-opt-out", "ca-qc", "br", "in")
LYON, LONDON, LOS_ANGELES, ZURICH, NOWHERE = "FR", "GB", "US-CA", "CH", None
PAGE = (
    b"<!doctype html><html lang=en><head><title>Shop</title></head><body><h1>Glasses</h1>"
    b"<script src=https://counter.example/c.js></script><script src=https://adverts.example/a.js></script>"
    b"<iframe src=https://tube.example/embed/1></iframe></body></html>"
)


def site(**changes: Any) -> Policy:
    """Statistics (the British exception), films (a purpose that says nothing of itself) and advertising."""
    declared: dict[str, Any] = {
        "purposes": [
            exempt("basket"),
            purpose("numbers", exception="statistics", opt_out=[]),
            purpose("films"),
            purpose("ads", opt_out=["sale", "share", "targeted_ads"]),
        ],
        "services": [service("counter", "numbers"), service("tube", "films"), service("adverts", "ads")],
        "regimes": {"use": EVERY, "place": "cloudflare"},
    }
    return make_policy(**{**declared, **changes})


TWO = site(
    purposes=[
        exempt("basket"),
        purpose("numbers", exception="statistics", opt_out=[]),
        purpose("ads", opt_out=["sale", "share"]),
    ],
    services=[service("counter", "numbers"), service("adverts", "ads")],
)
ONE = site(purposes=[purpose("numbers", exception="statistics", opt_out=[])], services=[service("counter", "numbers")])


KITS = dict[str, ConsentKit]()


def kit_of(policy: Policy) -> ConsentKit:
    """The kit of a policy, made once."""
    if policy.hash not in KITS:
        KITS[policy.hash] = ConsentKit(policy, secret=SECRET)
    return KITS[policy.hash]


@dataclass
class Visitor:
    """A browser at a site, which keeps cookies and remembers what was recorded of it."""

    policy: Policy = field(default_factory=site)
    place: str | None = NOWHERE
    gpc: bool = False
    now: float = NOW
    facts: Facts = NO_FACTS
    fields: tuple[tuple[str, str], ...] = ()
    cookie: str | None = None
    set_cookies: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kit = kit_of(self.policy)
        self._random = 0

    def request(self, method: str, path: str, *more: tuple[str, str]) -> Request:
        """A request of this browser, from where it is."""
        given = [("accept", "text/html"), ("sec-fetch-site", "same-origin"), *self.fields, *more]
        if self.place:
            country, _, region = self.place.partition("-")
            given += [("cf-ipcountry", country), *([("cf-region-code", region)] if region else [])]
        if self.gpc:
            given.append(("sec-gpc", "1"))
        if self.cookie:
            given.append(("cookie", self.cookie))
        path, _, query = path.partition("?")
        return Request(method, "https", "shop.example", path, query, headers=tuple(given), facts=self.facts)

    @property
    def entropy(self) -> bytes:
        """Other bytes each time."""
        self._random += 1
        return self._random.to_bytes(2, "big") * (ENTROPY_BYTES // 2)

    @property
    def consent(self) -> Consent:
        """The state that the next page is made from."""
        return self.kit.consent(self.request("GET", "/"), now=self.now)

    def page(self) -> str:
        """The site's page, as it reaches this browser."""
        return self.answer()[1]

    def answer(self) -> tuple[dict[str, str], str]:
        """The same with its header fields by lower-case name."""
        exchange = self.kit.open(self.request("GET", "/"), now=self.now, entropy=self.entropy)
        head = exchange.start(200, (("Content-Type", "text/html; charset=utf-8"),))
        body = exchange.feed(PAGE) + exchange.finish()
        self.take(head.headers)
        return {name.lower(): value for name, value in head.headers}, body.decode()

    def own(self, method: str, path: str, body: bytes = b"", *more: tuple[str, str]) -> Response:
        """An answer of an endpoint."""
        exchange = self.kit.open(self.request(method, path, *more), now=self.now, entropy=self.entropy)
        assert exchange.body_limit is not None
        exchange.receive(body)
        self.records += [effect.record for effect in exchange.effects if isinstance(effect, Append)]
        exchange.resolve([None] * len(exchange.effects))
        self.take(exchange.reply.headers)
        return exchange.reply

    def decide(self, **fields: str) -> Response:
        """Posts a decision, as the banner's form does."""
        form = ("content-type", "application/x-www-form-urlencoded")
        return self.own("POST", "/_ck/decide", urlencode(fields).encode(), form)

    def take(self, headers: tuple[tuple[str, str], ...]) -> None:
        """Keeps the cookies of an answer."""
        for name, value in headers:
            if name.lower() == "set-cookie":
                self.set_cookies.append(value)
                self.cookie = value.partition(";")[0]

    @property
    def in_use(self) -> set[str]:
        """The purposes beyond the exempt that the page may use now."""
        consent = self.consent
        return {p.id for p in self.policy.asked_purposes if consent.allows(p.id)}


def loads(page: str) -> set[str]:
    """The hosts of scripts and frames that a page contacts."""
    return set(re.findall(r'<(?:script|iframe) src="?https://([a-z.]+)/', page))


def shown(page: str) -> str:
    """What stands in the banner's place: banner, notice or nothing."""
    found = re.search(r'<section class="([^"]*)" id="ck-banner"', page)
    return "nothing" if found is None else "notice" if "ck-notice" in found[1] else "banner"


# Who is met how.


@pytest.mark.parametrize(
    ("place", "regime", "in_use", "hosts"),
    [
        (LYON, "opt-in", set(), set()),
        (NOWHERE, "opt-in", set(), set()),
        ("JP", "opt-in", set(), set()),
        ("CA-QC", "ca-qc", set(), set()),
        ("BR", "br", set(), set()),
        ("IN", "in", set(), set()),
        (LONDON, "gb", {"numbers"}, {"counter.example"}),
        (ZURICH, "ch", {"numbers"}, {"counter.example"}),
        (LOS_ANGELES, "us-opt-out", {"numbers", "ads"}, {"counter.example", "adverts.example"}),
        ("US", "us-opt-out", {"numbers", "ads"}, {"counter.example", "adverts.example"}),
    ],
)
def test_before_a_decision(place: str | None, regime: str, in_use: set[str], hosts: set[str]) -> None:
    """The same page contacts whom the law of the place lets it contact, and writes no cookie (R1, R28, R29, R57-R60)."""
    visitor = Visitor(place=place)
    headers, page = visitor.answer()
    assert in_use == visitor.in_use
    assert hosts == loads(page)
    assert regime == visitor.consent.situation.regime.id
    assert not visitor.set_cookies
    policy = headers["content-security-policy"]
    assert {host for host in ("counter.example", "adverts.example", "tube.example") if host in policy} == hosts


def test_without_regimes_everybody_is_asked_first() -> None:
    """By default the fields of infrastructure mean nothing, and nobody is met with less (R35)."""
    for place in (LYON, LONDON, LOS_ANGELES, NOWHERE):
        visitor = Visitor(site(regimes=None), place)
        assert set() == visitor.in_use
        assert "banner" == shown(visitor.page())


def test_a_spoofed_place_is_ignored() -> None:
    """A field that the policy does not name loosens nothing (R35)."""
    visitor = Visitor(site(regimes={"use": EVERY, "place": "cloudfront"}), LOS_ANGELES)
    assert set() == visitor.in_use
    twice = Visitor(fields=(("cf-ipcountry", "US"),), place="US")
    assert "opt-in" == twice.consent.situation.regime.id


@pytest.mark.parametrize(
    ("policy", "place", "what"),
    [(site(), LYON, "banner"), (site(), LONDON, "banner"), (site(), LOS_ANGELES, "banner"), (TWO, LYON, "banner"),
     (TWO, LONDON, "banner"), (TWO, LOS_ANGELES, "notice"), (ONE, LONDON, "notice"), (ONE, ZURICH, "notice"),
     (ONE, LYON, "banner")],
)  # fmt: skip
def test_what_stands_at_the_page(policy: Policy, place: str | None, what: str) -> None:
    """The banner where something has to be asked, a notice where something is in use, and each names its purposes."""
    visitor = Visitor(policy, place)
    page = visitor.page()
    assert what == shown(page)
    if what == "notice":
        assert 2 == len(
            re.findall(r'<button class="ck-button"', page.partition('id="ck-form"')[2].partition("</form>")[0])
        )
        assert all(each.summary in page for each in policy.asked_purposes)


def test_a_banner_says_what_is_in_use_already() -> None:
    """Where a purpose is in use and others are asked for, the banner says both, and asks for the others alone (R29)."""
    page = Visitor(place=LONDON).page().partition('id="ck-banner"')[2]
    said = page.partition("In use already, unless you object:")[2].partition("</p>")[0]
    assert "numbers" in said
    asked = page.partition('<ul class="ck-purposes"')[2].partition("</ul>")[0]
    assert ["films", "ads"] == re.findall(r"<li><b>(\w+)</b>", asked)


def test_answers_vary_by_what_tells_the_place() -> None:
    """Caches keep visitors of different places apart, also by the entity tag (R146)."""
    headers, _ = Visitor(place=LONDON).answer()
    assert {"cf-ipcountry", "cf-region-code", "cookie", "sec-gpc"} <= set(headers["vary"].lower().split(", "))
    assert "private" in headers["cache-control"]
    kit = kit_of(site())
    hashes = {kit.state_hash(Visitor(place=place).consent) for place in (LYON, LONDON, LOS_ANGELES, ZURICH)}
    assert 4 == len(hashes)
    plain, _ = Visitor(site(regimes=None)).answer()
    assert "cf-ipcountry" not in plain["vary"].lower()


# Notice and object.


def test_an_objection_holds_from_the_next_page_on() -> None:
    """In the United Kingdom the tool runs until the visitor turns it off, in one press, and then stops (R29)."""
    visitor = Visitor(ONE, LONDON)
    assert {"counter.example"} == loads(visitor.page())
    visitor.decide(decision="reject", source="banner")
    assert set() == loads(visitor.page())
    assert "nothing" == shown(visitor.page())
    (record,) = visitor.records
    assert ({"numbers": False}, "gb") == (record.choices, record.regime)


def test_to_have_read_a_notice_is_no_consent() -> None:
    """OK closes the notice and grants nothing: in the Economic Area the same browser is asked (R7, R29)."""
    visitor = Visitor(ONE, LONDON)
    visitor.decide(decision="noted", source="banner")
    assert "nothing" == shown(visitor.page())
    assert {"numbers"} == visitor.in_use
    (record,) = visitor.records
    assert ({}, {}, "gb") == (record.choices, record.services, record.regime)
    visitor.place = LYON
    assert set() == visitor.in_use
    assert "banner" == shown(visitor.page())


def test_a_notice_returns_when_its_purpose_changes() -> None:
    """What was read of other words was not read (R17)."""
    visitor = Visitor(ONE, LONDON)
    visitor.decide(decision="noted")
    changed = purpose("numbers", exception="statistics", opt_out=[], summary="Counts more than before.")
    other = Visitor(site(purposes=[changed], services=[service("counter", "numbers")]), LONDON, cookie=visitor.cookie)
    assert "notice" == shown(other.page())


def test_a_box_that_a_regime_ticked_is_no_decision() -> None:
    """Saving a choice decides what was changed or had to be asked, not what was on already (R8)."""
    visitor = Visitor(place=LONDON)
    visitor.decide(decision="save", purpose="numbers", source="banner")
    (record,) = visitor.records
    assert {"films": False, "ads": False} == record.choices
    assert {"numbers"} == visitor.in_use
    visitor.place = LYON
    assert set() == visitor.in_use
    assert ("numbers",) == visitor.consent.undecided
    visitor.place = LONDON
    visitor.decide(decision="save", source="banner")
    assert set() == visitor.in_use


def test_advertising_never_fits_an_exception() -> None:
    """In the United Kingdom a service for two purposes needs the consent of the one that needs it (R31)."""
    both = [service("counter", "numbers"), service("adverts", "ads", "numbers")]
    visitor = Visitor(site(services=both), LONDON)
    assert visitor.consent.allows_service("counter")
    assert not visitor.consent.allows_service("adverts")
    visitor.decide(decision="save", purpose="ads")
    assert not visitor.consent.allows_service("adverts")  # numbers was turned off with it


def test_switzerland_asks_for_advertising() -> None:
    """There, what is no profiling is in use with a notice, and the rest is asked for (R59)."""
    visitor = Visitor(TWO, ZURICH)
    assert {"numbers"} == visitor.in_use
    assert ("ads",) == visitor.consent.undecided


# Opting out.


def test_every_page_offers_the_opt_out() -> None:
    """In opt-out regimes, and only there, each page has the link's words, and one press is all it takes (R44, R46)."""
    for place, there in ((LOS_ANGELES, True), ("US-NY", True), (LONDON, False), (LYON, False)):
        control = Visitor(TWO, place).page().partition('id="ck-control"')[2]
        assert there == ("Do Not Sell or Share My Personal Information" in control)
        assert there == ('name="decision" value="opt-out"' in control)


def test_a_banner_in_an_opt_out_regime_has_the_link_too() -> None:
    """Where a purpose says nothing of itself and has to be asked for, the banner leads to the opt-out as well (R46)."""
    for gpc in (False, True):
        banner = Visitor(place=LOS_ANGELES, gpc=gpc).page().partition('id="ck-banner"')[2].partition("</section>")[0]
        assert gpc == ("Your opt-out signal is honoured." in banner)
        assert gpc or 'href="/_ck/opt-out?' in banner
        assert gpc == ('value="accept"' not in banner)


def test_the_opt_out_has_a_page_of_its_own() -> None:
    """It names what it ends and whom, asks for nothing about the visitor, and says when it is in force (R44-R46)."""
    visitor = Visitor(TWO, LOS_ANGELES)
    page = visitor.own("GET", "/_ck/opt-out?return=/shelf").body.decode()
    assert "adverts" in page
    assert "counter Ltd" not in page
    assert {"hidden"} == set(re.findall(r'<input type="(\w+)"', page))
    assert 'value="/shelf"' in page
    visitor.decide(decision="opt-out", source="preferences")
    page = visitor.own("GET", "/_ck/opt-out").body.decode()
    assert "You have opted out." in page
    assert 'value="opt-out"' not in page


@pytest.mark.parametrize("place", [LOS_ANGELES, LONDON])
def test_an_erasure_turns_nothing_on(place: str) -> None:
    """Where the regime lets something be in use unasked, who erases the proofs is denied it anew, as somebody else."""
    visitor = Visitor(TWO, place)
    visitor.decide(decision="reject")
    (refusal,) = visitor.records
    assert 303 == visitor.own("POST", "/_ck/erase").status
    assert set() == loads(visitor.page())
    denial = visitor.records[-1]
    in_use = Visitor(TWO, place).consent.in_use
    assert (dict.fromkeys(in_use, False), None) == (denial.choices, denial.previous)
    assert refusal.subject != denial.subject


def test_an_erasure_leaves_a_stranger_where_nothing_is_in_use_unasked() -> None:
    """Where nothing runs without a yes, no cookie and no record is left."""
    visitor = Visitor(TWO, LYON)
    visitor.decide(decision="accept")
    visitor.own("POST", "/_ck/erase")
    assert (None, 1) == (visitor.consent.subject, len(visitor.records))
    assert set() == loads(visitor.page())


def test_an_opt_out_ends_sale_and_sharing_alone() -> None:
    """Advertising stops with the next page, what is no sale goes on, and the record says so (R43, R48)."""
    visitor = Visitor(TWO, LOS_ANGELES)
    answer = visitor.decide(decision="opt-out", source="banner")
    assert 303 == answer.status
    assert {"counter.example"} == loads(visitor.page())
    (record,) = visitor.records
    assert ({"ads": False}, "us-opt-out", "banner") == (record.choices, record.regime, record.source)
    assert 'id="ck-opted-out"' in visitor.page()


def test_nobody_is_asked_again_within_a_year_of_an_opt_out() -> None:
    """The opt-out outlasts `reprompt_after`, and no page asks to take it back (R48)."""
    visitor = Visitor(TWO, LOS_ANGELES)
    visitor.decide(decision="noted")
    visitor.decide(decision="opt-out")
    assert f"Max-Age={LIFETIME_CAP};" in visitor.set_cookies[-1]
    for days in (1, 183, 364, 366, 399):
        visitor.now = NOW + days * DAY
        assert "ads" not in visitor.in_use
        assert "banner" != shown(visitor.page())
        assert () == visitor.consent.undecided
    visitor.now = NOW + 401 * DAY  # where browsers still had the cookie, it would be no decision any more
    assert "ads" in visitor.in_use


def test_a_grant_does_not_outlast_reprompt_after_with_the_opt_out() -> None:
    """What was granted in the same cookie ends when it would have ended (R16)."""
    visitor = Visitor(place=LOS_ANGELES)
    visitor.decide(decision="save", purpose="films")
    assert {"films"} == visitor.in_use
    visitor.now = NOW + 183 * DAY
    assert "films" not in visitor.in_use
    assert ("films",) == visitor.consent.undecided
    assert "ads" not in visitor.in_use


def test_elsewhere_a_refusal_lasts_as_long_as_a_grant() -> None:
    """Where no law asks for longer, everybody is asked again after `reprompt_after`, and no sooner (R16)."""
    visitor = Visitor(place=LYON)
    visitor.decide(decision="reject")
    assert f"Max-Age={182 * DAY};" in visitor.set_cookies[-1]
    visitor.now = NOW + 181 * DAY
    assert "nothing" == shown(visitor.page())
    visitor.now = NOW + 183 * DAY
    assert "banner" == shown(visitor.page())


def test_pages_never_renew_a_decision() -> None:
    """Whatever the regime, looking at pages writes no cookie (R126)."""
    for place in (LYON, LONDON, LOS_ANGELES):
        visitor = Visitor(TWO, place)
        visitor.decide(decision="accept")
        visitor.now += 100 * DAY
        visitor.page()
        assert 1 == len(visitor.set_cookies)


def test_always_allow_does_not_renew_older_grants() -> None:
    """A grant to one service leaves the others' time as it was: all are asked for when the oldest ends (R16)."""
    visitor = Visitor(place=LYON)
    visitor.decide(decision="save", purpose="ads")
    visitor.now = NOW + 180 * DAY
    visitor.decide(allow="tube")
    assert "Max-Age=172800;" in visitor.set_cookies[-1]
    assert visitor.consent.allows_service("tube")
    visitor.now = NOW + 183 * DAY
    assert set() == visitor.in_use
    assert "banner" == shown(visitor.page())


# Signals.


def test_a_signal_opts_out_without_a_cookie() -> None:
    """In the United States GPC ends advertising at once, is said to be honoured, and writes nothing (R43, R45, R190)."""
    visitor = Visitor(TWO, LOS_ANGELES, gpc=True)
    page = visitor.page()
    assert {"counter.example"} == loads(page)
    assert "Your opt-out signal is honoured." in page.partition('id="ck-control"')[2]
    assert 'value="opt-out"' not in page.partition('id="ck-control"')[2]
    assert not visitor.set_cookies
    assert "honoured" in visitor.own("GET", "/_ck/opt-out").body.decode()


def test_the_switch_shows_what_the_signal_did() -> None:
    """In the preferences advertising is off, and what is in use is on (R45)."""
    page = Visitor(TWO, LOS_ANGELES, gpc=True).own("GET", "/_ck/preferences").body.decode()
    switches = dict(re.findall(r'name="purpose" value="(\w+)"[^>]*?( checked)?>', page))
    assert {"numbers": " checked", "ads": ""} == switches
    assert "It has been received" in page


@pytest.mark.parametrize("place", [LYON, LONDON, LOS_ANGELES, NOWHERE])
def test_a_signal_ends_an_older_grant(place: str | None) -> None:
    """A grant of before the signal ends with it, everywhere (R43)."""
    visitor = Visitor(TWO, place)
    visitor.decide(decision="accept")
    assert {"numbers", "ads"} == visitor.in_use
    visitor.gpc = True
    assert {"numbers"} == visitor.in_use
    assert "nothing" == shown(visitor.page())
    visitor.gpc = False
    assert {"numbers", "ads"} == visitor.in_use


def test_a_grant_in_answer_to_the_signal_holds() -> None:
    """Who is shown the signal and grants all the same is taken at their word (11 CCR 7025(c)(3))."""
    visitor = Visitor(TWO, LYON, gpc=True)
    visitor.decide(decision="accept")
    assert {"numbers", "ads"} == visitor.in_use
    assert ("gpc",) == visitor.records[-1].signals


def test_a_grant_to_one_service_brings_no_other_back() -> None:
    """An "always allow" while the signal is on answers for its own service, not for older grants (R43)."""
    visitor = Visitor(place=LYON)
    visitor.decide(decision="save", purpose="ads")
    visitor.gpc = True
    visitor.decide(allow="tube")
    consent = visitor.consent
    assert consent.allows_service("tube")
    assert not consent.allows("ads")


def test_a_signal_never_grants() -> None:
    """GPC allows nothing that was not allowed without it, in any regime (R41, R43)."""
    for place in (LYON, LONDON, LOS_ANGELES, ZURICH, NOWHERE):
        assert Visitor(place=place, gpc=True).in_use <= Visitor(place=place).in_use


def test_do_not_track_is_ignored_unless_the_policy_says_otherwise() -> None:
    """By default the field changes nothing; declared as a refusal it stops what is undecided, and nothing asks (R53)."""
    sent = (("dnt", "1"),)
    assert {"numbers", "ads"} == Visitor(TWO, LOS_ANGELES, fields=sent).in_use
    counted = Policy.model_validate(TWO.model_dump() | {"dnt": "deny", "dnt_response": "A refusal here."})
    visitor = Visitor(counted, LOS_ANGELES, fields=sent)
    headers, page = visitor.answer()
    assert set() == visitor.in_use
    assert "nothing" == shown(page)
    assert "dnt" in headers["vary"].lower()
    visitor.decide(decision="save", purpose="numbers")
    assert {"numbers"} == visitor.in_use
    assert ("dnt",) == visitor.records[-1].signals


def test_a_signal_of_another_kind_refuses() -> None:
    """What a plug-in reads stops what is undecided, can grant nothing, and a decision goes before it (R34, R51)."""
    visitor = Visitor(TWO, LOS_ANGELES, facts=Facts(refused=True))
    assert set() == visitor.in_use
    assert "nothing" == shown(visitor.page())
    assert set() == Visitor(TWO, LYON, facts=Facts(refused=True)).in_use
    visitor.decide(decision="accept")
    assert {"numbers", "ads"} == visitor.in_use
    assert ("external",) == visitor.records[-1].signals


# Minors.

SAYS = site(minors={"age": 18, "text": "Not for you.", "mode": "self-declaration"})
KNOWS = site(minors={"age": 14, "text": "Not for you.", "mode": "signal"})


def test_whoever_says_to_be_a_minor_is_granted_nothing() -> None:
    """The declaration turns everything off, is remembered and recorded, and nothing can be granted then (R25, R56)."""
    visitor = Visitor(SAYS, LOS_ANGELES)
    visitor.decide(decision="accept")
    assert {"numbers", "films", "ads"} == visitor.in_use
    visitor.decide(minor="1")
    assert set() == visitor.in_use
    assert set() == loads(visitor.page())
    assert "nothing" == shown(visitor.page())
    assert ("minor",) == visitor.records[-1].signals
    assert {"numbers": False, "films": False, "ads": False} == visitor.records[-1].choices
    before = len(visitor.records)
    for wish in ({"decision": "accept"}, {"decision": "save", "purpose": "ads"}, {"allow": "tube"}):
        answer = visitor.decide(**wish)
        assert 403 == answer.status
        assert b"off for minors" in answer.body
    assert before == len(visitor.records)
    assert 1 == visitor.consent.age_treatment


def test_no_placeholder_offers_a_minor_anything() -> None:
    """Neither "load once" nor "always allow", by whatever address: the sentence says why, the link to it stays (R56)."""
    visitor = Visitor(SAYS, LYON)
    offered = visitor.page()
    assert 'data-ck="allow"' in offered
    address = re.search(r'data-ck-frame="([^"]+)"', offered)
    assert address
    frame = address[1].replace("&amp;", "&")
    assert 200 == visitor.own("GET", frame).status
    visitor.decide(minor="1")
    page = visitor.page()
    assert "ck-placeholder ck-frame" in page
    assert "For people younger than 18" in page
    assert not re.search('data-ck="(allow|load-once)"|data-ck-frame', page)
    assert 403 == visitor.own("GET", frame).status


def test_the_declaration_can_be_taken_back() -> None:
    """Then everything is undecided or refused as before, and nothing comes back by itself."""
    visitor = Visitor(SAYS, LYON)
    visitor.decide(minor="1")
    visitor.decide(minor="0")
    assert not visitor.consent.minor
    assert set() == visitor.in_use
    assert 303 == visitor.decide(decision="accept").status
    assert {"numbers", "films", "ads"} == visitor.in_use


def test_the_preferences_ask_for_the_age() -> None:
    """The button says the age that counts there; a minor sees switches that are off and cannot be moved (R25)."""
    visitor = Visitor(SAYS, LYON)
    page = visitor.own("GET", "/_ck/preferences").body.decode()
    assert "I am younger than 18" in page
    visitor.decide(minor="1")
    page = visitor.own("GET", "/_ck/preferences").body.decode()
    assert "I am 18 or older" in page
    assert re.findall(r'<input class="ck-switch[^>]*>', page)
    assert all("disabled" in switch for switch in re.findall(r'<input class="ck-switch[^>]*>', page))
    assert 'value="accept"' not in page


@pytest.mark.parametrize("policy", [site(), KNOWS, site(minors={"age": 18, "text": "Not for you."})])
def test_nobody_declares_an_age_that_is_not_asked_for(policy: Policy) -> None:
    """Without self-declaration the preferences do not ask, and the endpoint refuses."""
    visitor = Visitor(policy, LYON)
    assert "younger than" not in visitor.own("GET", "/_ck/preferences").body.decode().partition("Signal of")[0]
    assert 400 == visitor.decide(minor="1").status


@pytest.mark.parametrize(
    ("place", "told", "minor", "treatment"),
    [
        (LYON, True, True, 1), (LYON, False, False, 0), (LYON, None, False, 0), (LYON, 15, True, 2), (LYON, 16, False, 0),
        (LYON, 12, True, 1), (LONDON, 13, True, 2), (LONDON, 14, False, 0), ("US-CT", 17, True, 2), ("US-CT", 18, False, 0),
        (NOWHERE, 15, True, 2), ("IN", 17, True, 2), (LYON, 0, True, 1),
    ],
)  # fmt: skip
def test_the_app_tells_who_is_a_minor(place: str | None, told: bool | int | None, minor: bool, treatment: int) -> None:
    """An age counts by the law of the place or the policy's, the higher one; ads get Google's age treatment (R25, R79)."""
    visitor = Visitor(KNOWS, place, facts=Facts(minor=told))
    assert (minor, treatment) == (visitor.consent.minor, visitor.consent.age_treatment)
    assert not (minor and visitor.in_use)


def test_a_site_for_children_grants_nobody_anything() -> None:
    """With `audience = "children"` everything optional is off whatever the cookie says (R54)."""
    policy = site(minors={"age": 13, "text": "For children.", "audience": "children"})
    adult = Visitor(site(minors={"age": 13, "text": "For children."}), LOS_ANGELES)
    adult.decide(decision="accept")
    visitor = Visitor(policy, LOS_ANGELES, cookie=adult.cookie)
    assert set() == visitor.in_use
    assert 403 == visitor.decide(decision="accept").status


def test_apps_cannot_decide_for_minors() -> None:
    """`decide` refuses to grant, and records a refusal (R56)."""
    visitor = Visitor(KNOWS, LYON, facts=Facts(minor=True))
    with pytest.raises(UsageError, match="minor"):
        visitor.kit.decide(visitor.request("GET", "/"), grant=["ads"], now=NOW, entropy=visitor.entropy)
    decision = visitor.kit.decide(visitor.request("GET", "/"), grant=[], now=NOW, entropy=visitor.entropy)
    assert ("minor",) == decision.record.signals


# What else is told.


def test_the_state_tells_of_regime_and_minors() -> None:
    """Scripts can ask what holds."""
    state = json.loads(Visitor(TWO, LOS_ANGELES, gpc=True).own("GET", "/_ck/state").body)
    assert ("us-opt-out", ["numbers"], True, False) == (
        state["regime"], state["in_use"], state["opted_out"], state["minor"],
    )  # fmt: skip


def test_records_carry_regime_and_signal() -> None:
    """Each proof says under which law and with which signals it was made (R183)."""
    visitor = Visitor(SAYS, LOS_ANGELES, gpc=True)
    visitor.decide(decision="opt-out")
    visitor.decide(minor="1")
    assert [("us-opt-out", ("gpc",)), ("us-opt-out", ("gpc", "minor"))] == [
        (r.regime, r.signals) for r in visitor.records
    ]


def test_accepting_in_one_place_is_accepting_everywhere() -> None:
    """An explicit grant was asked for as the strictest law asks, and holds on a journey."""
    visitor = Visitor(TWO, LYON)
    visitor.decide(decision="accept")
    for place in (LONDON, LOS_ANGELES, NOWHERE):
        visitor.place = place
        assert {"numbers", "ads"} == visitor.in_use
