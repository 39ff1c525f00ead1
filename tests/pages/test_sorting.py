"""Tables sorted by the server."""

from __future__ import annotations

import pytest

from consentkit.pages.render import Pages
from consentkit.pages.sorting import COOKIES, SERVICES, sorted_items, sorted_recipients
from tests.pages.markup import find, one, parse, text
from tests.pages.policies import full_policy

PAGES = Pages(full_policy())
TITLES = {purpose.id: purpose.title for purpose in PAGES.policy.all_purposes}


@pytest.mark.parametrize("by", COOKIES)
def test_whatever_they_are_sorted_by_all_cookies_are_there(by: str) -> None:
    """An order is a permutation, and sorting what is sorted changes nothing."""
    once = sorted_items(PAGES.document.items, by, TITLES)
    assert set(once) == set(PAGES.document.items)
    assert once == sorted_items(once, by, TITLES)


@pytest.mark.parametrize("by", SERVICES)
def test_whatever_they_are_sorted_by_all_recipients_are_there(by: str) -> None:
    """An order is a permutation of those who receive data; those without a country come last."""
    found = sorted_recipients(PAGES.document.recipients, by, TITLES, PAGES.texts.country)
    assert set(found) == set(PAGES.document.recipients)
    if by == "country":
        countries = [entry.country is None for entry in found]
        assert countries == sorted(countries)


def test_lifetimes_are_sorted_by_their_length() -> None:
    """A session is shorter than a month, a month shorter than 13 of them."""
    lifetimes = [item.lifetime for item in sorted_items(PAGES.document.items, "lifetime", TITLES)]
    assert ["session", "1 month", "182 days", "13 months"] == lifetimes


@pytest.mark.parametrize("by", [None, "", "nonsense", "<script>"])
def test_an_unknown_order_is_the_policys(by: str | None) -> None:
    """What an address makes up changes nothing, and is not written into the page."""
    assert sorted_items(PAGES.document.items, by, TITLES) == list(PAGES.document.items)
    assert PAGES.policy_html("", sort=by, services=by) == PAGES.policy_html("")


def test_the_page_says_what_it_is_sorted_by() -> None:
    """The column's heading says so to assistive technology; every heading links to its own order."""
    tree = parse(PAGES.policy_html("", sort="lifetime"))
    assert "Kept for" == text(one(tree, "th", aria_sort="ascending"))
    links = [a.get("href") for a in find(tree, "a") if "sort=" in a.get("href", "")]
    assert [f"?lang=en&sort={column}#cookies" for column in COOKIES] == links
