"""Who asks: what a request's cookies, signals and place say of its visitor."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit import visitors as module
from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.precedence import NOWHERE_KNOWN
from consentkit.consent.state import Consent, grant
from consentkit.headers.cookies import CookieGate
from consentkit.http import Facts, Request
from consentkit.visitors import MAX_KEPT_COOKIES, Visitors
from tests.policies import cookie, make_policy

NOW = 1_790_000_000.0
POLICY = make_policy(cookies=[cookie("seen", "numbers")])


def reading(**changes: Any) -> Visitors:
    """What reads who asks, for a policy."""
    policy = make_policy(cookies=[cookie("seen", "numbers")], **changes)
    kept = ConsentCookie(policy, ["a secret of 24 characters"])
    return Visitors(policy, kept, CookieGate(policy, own=kept.name))


def asked(*headers: tuple[str, str], **more: Any) -> Request:
    """A request to the shop."""
    return Request("GET", "https", "shop.example", "/", headers=headers, **more)


def test_the_same_fields_are_read_once() -> None:
    """A browser sends the same cookies with each request; what differs in cookies or signal is somebody else's."""
    visitors = reading()
    first = visitors.read(asked(("Cookie", "seen=1; basket=2")), NOW)
    assert visitors.read(asked(("Cookie", "seen=1; basket=2"), ("Accept", "text/html")), NOW) is first
    assert visitors.read(asked(("Cookie", "seen=1; basket=3")), NOW) is not first
    signalled = visitors.read(asked(("Cookie", "seen=1; basket=2"), ("Sec-GPC", "1")), NOW)
    assert (False, True) == (first.consent.gpc, signalled.consent.gpc)
    assert ("basket=2", ["seen"]) == (first.cookies, list(first.removed))


def test_what_has_run_out_is_read_anew() -> None:
    """A decision that was read counts until the second in which it runs out, and then is none."""
    policy = make_policy()
    kept = ConsentCookie(policy, ["a secret of 24 characters"])
    choices = grant(policy, ["numbers"])
    decided = Consent(policy, choices, int(NOW), subject="ab" * 16, record_id="00000000-0000-4000-8000-000000000001")
    visitors = Visitors(policy, kept, CookieGate(policy, own=kept.name))
    request = asked(("Cookie", kept.dump(decided).partition(";")[0]))
    first = visitors.read(request, NOW)
    assert first.consent.allows("numbers")
    assert visitors.read(request, first.until - 1) is first
    assert not visitors.read(request, first.until).consent.allows("numbers")


def test_long_fields_are_read_and_not_kept() -> None:
    """What a visitor can make as long as a server takes stays out of memory."""
    visitors = reading()
    longest = asked(("Cookie", "a=" + "b" * (MAX_KEPT_COOKIES - 2)))
    longer = asked(("Cookie", "a=" + "b" * (MAX_KEPT_COOKIES - 1)))
    assert visitors.read(longest, NOW) is visitors.read(longest, NOW)
    assert visitors.read(longer, NOW) is not visitors.read(longer, NOW)
    assert longer.header("cookie") == visitors.read(longer, NOW).cookies


def test_no_more_are_kept_than_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many visitors come, what is kept of them ends, and each is read right all the same."""
    monkeypatch.setattr(module, "CACHED_VISITORS", 3)
    visitors = reading()
    for number in range(10):
        assert f"a={number}" == visitors.read(asked(("Cookie", f"a={number}")), NOW).cookies
        assert len(visitors._known) <= 3


@pytest.mark.parametrize(
    ("changes", "situated"),
    [
        ({}, False),
        ({"regimes": {"use": ["gb"]}}, True),
        ({"dnt": "deny", "dnt_response": "We count it as a refusal."}, True),
        ({"minors": {"age": 14, "text": "For children.", "audience": "children"}}, True),
        ({"minors": {"age": 14, "text": "Not for you."}}, False),
    ],
)
def test_what_can_make_visitors_differ(changes: dict[str, Any], situated: bool) -> None:
    """Only regimes, Do Not Track and a site for children do; elsewhere nothing but decision and signal is looked at."""
    visitors = reading(**changes)
    assert situated is visitors.situated
    if not situated:
        assert visitors.read(asked(("DNT", "1"), ("CF-IPCountry", "GB")), NOW).consent.situation is NOWHERE_KNOWN


def test_what_the_app_knows_goes_before_the_fields() -> None:
    """Place, age and refusal that the app tells count on every site, the place instead of any field's."""
    found = reading().read(asked(facts=Facts(minor=True, refused=True)), NOW).consent.situation
    assert (True, True) == (found.minor, found.refused)
    visitors = reading(regimes={"use": ["gb"], "place": "cloudflare"})
    by_field = visitors.read(asked(("CF-IPCountry", "GB")), NOW)
    told = visitors.read(asked(("CF-IPCountry", "GB"), facts=Facts(place="FR")), NOW)
    assert ("gb", "opt-in") == (by_field.consent.situation.regime.id, told.consent.situation.regime.id)


def test_do_not_track_counts_where_the_policy_says_so() -> None:
    """The field is a refusal there, and nothing elsewhere."""
    counted: dict[str, Any] = {"dnt": "deny", "dnt_response": "It counts as a refusal."}
    ignored: dict[str, Any] = {"regimes": {"use": ["gb"]}}
    for changes, refuses in ((counted, True), ({}, False), (ignored, False)):
        assert refuses is reading(**changes).read(asked(("DNT", "1")), NOW).consent.situation.dnt
