"""What changed since a visitor's decision."""

from __future__ import annotations

import datetime

import pytest

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.state import Consent, grant
from consentkit.pages.news import news
from consentkit.pages.render import Pages
from tests.pages.markup import find, one, parse, text
from tests.pages.policies import full_policy

POLICY = full_policy()
PAGES = Pages(POLICY)
CHANGED = datetime.datetime(2026, 11, 2, 12, tzinfo=datetime.UTC).timestamp()  # the day of the policy's one change
DAY = 86_400
SECRET = "a secret of 24 characters"


def decided(at: float) -> Consent:
    """Somebody who allowed media then."""
    return Consent(POLICY, grant(POLICY, ["media"]), decided_at=int(at))


@pytest.mark.parametrize(("at", "told"), [(CHANGED - 30 * DAY, 1), (CHANGED, 1), (CHANGED + DAY, 0)])
def test_changes_since_the_decision_are_told(at: float, told: int) -> None:
    """The change log's lines from the day of the decision on; older ones are not news."""
    found = news(decided(at))
    assert found is not None
    assert told == len(found.changes)
    shown = text(parse(PAGES.preferences(decided(at), root_path="", return_path="/")))
    assert ("Fonts are our own." in shown) == bool(told)
    assert ("Nothing has changed since then." in shown) == (not told)


def test_nothing_is_news_to_who_never_decided() -> None:
    """Without a decision there is no since."""
    assert news(Consent(POLICY)) is None
    assert not find(parse(PAGES.preferences(Consent(POLICY), root_path="", return_path="/")), id="ck-news")


def test_a_changed_purpose_is_asked_again_and_the_banner_says_why() -> None:
    """R17: after its text changed a purpose is undecided; the visitor is told that this is why the question came back."""
    before = ConsentCookie(POLICY, [SECRET])
    value = before.dump(decided(CHANGED)).partition(";")[0]
    purposes = [
        {**p.model_dump(exclude_unset=True), **({"text": "We count more."} if p.id == "numbers" else {})} for p in POLICY.purposes
    ]  # fmt: skip
    after = full_policy(purposes=purposes)
    found = ConsentCookie(after, [SECRET]).parse(value, now=CHANGED + DAY)
    assert (True, ("numbers",)) == (found.outdated, found.undecided)
    told = news(found)
    assert told is not None
    assert ["numbers"] == [purpose.id for purpose in told.asked]
    pages = Pages(after)
    assert "Changed, so you are asked again: Statistics" in text(
        parse(pages.preferences(found, root_path="", return_path="/"))
    )
    banner = one(parse(pages.banner(found, "", "/")), id="ck-banner")
    assert "Something has changed since you last decided" in text(banner)
    assert "Something has changed" not in text(parse(PAGES.banner(Consent(POLICY), "", "/")))


def test_what_was_never_asked_is_not_said_to_have_changed() -> None:
    """Who allowed one service only is asked about the rest, without being told that anything changed."""
    cookie = ConsentCookie(POLICY, [SECRET])
    some = Consent(POLICY, {"media": grant(POLICY, ["media"])["media"]}, decided_at=int(CHANGED))
    found = cookie.parse(cookie.dump(some).partition(";")[0], now=CHANGED + DAY)
    assert found.undecided
    assert not found.outdated
    told = news(found)
    assert told is not None
    assert () == told.asked
