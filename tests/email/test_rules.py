"""What mail may fetch or follow depends on the site's own policy and on nothing that a mail says."""

from __future__ import annotations

import pytest

from consentkit.email.rules import MAX_QUERY, SHARED, rules_for
from consentkit.html.decision import Kind
from consentkit.html.urls import parse_url
from tests.policies import make_policy

RULES = rules_for(make_policy(email={"tracking": "none", "text": "Never."}))


def why(url: str, kind: Kind = Kind.IMAGE, *, invisible: bool = False, css: bool = False) -> str | None:
    """Why a fetch only reports, None where it is the reader's."""
    parsed = parse_url(url, None)
    assert parsed is not None
    return RULES.reports(parsed, kind, invisible=invisible, css=css)


@pytest.mark.parametrize(
    ("query", "tells"),
    [
        ("size=30", False),
        ("a=b&width=600&name=summer-glasses-blue", False),
        ("date=20261102", False),
        ("r=ada@pub.example", True),
        ("r=ada%40pub.example", True),
        ("x=1&r=a1b2c3d4e5f6", True),
        ("r=a1b2c3d4e5f", False),
        ("r=123456789", True),
        ("r=12345678", False),
        ("q=" + "a" * MAX_QUERY, True),
    ],
)
def test_a_query_that_names_a_reader(query: str, tells: bool) -> None:
    """An address, a long number and letters mixed with digits name somebody; words and measures do not."""
    assert ("" if tells else None) == why(f"https://shop.example/style.css?{query}", Kind.STYLE)
    assert ("" if tells else None) == why(f"https://cdn.example/a.png?{query}", css=True)


@pytest.mark.parametrize("kind", [Kind.SCRIPT, Kind.STYLE, Kind.FONT, Kind.FRAME, Kind.HINT, Kind.PING])
def test_what_shows_a_reader_nothing_comes_from_the_site_alone(kind: Kind) -> None:
    """From elsewhere it only reports; from the site, and below it, it may be fetched."""
    assert "" == why("https://cdn.example/a", kind)
    assert why("https://shop.example/a", kind) is None
    assert why("https://www.shop.example/a", kind) is None
    assert "" == why("https://notshop.example/a", kind)


def test_what_readers_see_stays() -> None:
    """A picture that is seen, a form and what leads to no host are the reader's; a picture nobody sees is not."""
    assert why("https://cdn.example/a.png?r=a1b2c3d4e5f6") is None
    assert "" == why("https://cdn.example/a.png", invisible=True)
    assert why("https://cdn.example/a", Kind.FORM, invisible=True) is None
    assert why("data:image/png;base64,AAAA", invisible=True) is None
    assert why("https://picture.invalid/a.png", invisible=True) is None


def test_the_sites_own_counting_picture_is_known_wherever_it_is_mounted() -> None:
    """The policy's prefix makes the address; another site's of the same path is a stranger's."""
    for url in ("https://shop.example/_ck/mail/open?t=1", "https://shop.example/app/_ck/mail/open?t=1"):
        assert "own" == why(url)
    assert why("https://other.example/_ck/mail/open?t=1") is None
    moved = rules_for(make_policy(prefix="/_own", email={"tracking": "none", "text": "Never."}))
    there = parse_url("https://shop.example/_own/mail/open", None)
    assert there is not None
    assert "own" == moved.reports(there, Kind.IMAGE)


def test_only_totals_keep_what_a_campaign_has_in_common() -> None:
    """Without a policy nobody is the site and nothing is kept; the parameters stay where totals are declared alone."""
    assert ((), frozenset()) == (rules_for(None).sites, rules_for(None).keep)
    assert frozenset() == RULES.keep
    assert SHARED == rules_for(make_policy(email={"tracking": "aggregate", "text": "Totals."})).keep
