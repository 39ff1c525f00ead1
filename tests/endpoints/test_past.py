"""Former versions of the policy stay readable at their own addresses (R189)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.state import Consent
from consentkit.endpoints import Endpoints
from consentkit.endpoints.past import KEPT, PastVersions
from consentkit.http import Request, Response, header_values
from consentkit.pages.render import Pages
from consentkit.policy.models import Policy
from tests.pages.markup import one, parse, text
from tests.pages.policies import full_policy

SECRET = b"a secret of 24 characters"


def version(name: str, **changes: Any) -> Policy:
    """The shop's policy under another version's name."""
    return full_policy(version=name, **changes)


NOW_IN_FORCE = version("2026-11", policy_path="/privacy")
FORMER = version("2025-03", payment="We took payments in shells.")
SLASHED = version("May/2024 (draft)")
PAGES = Pages(NOW_IN_FORCE, secrets=[SECRET])
ENDPOINTS = Endpoints(
    NOW_IN_FORCE, ConsentCookie(NOW_IN_FORCE, [SECRET]), PAGES, past_versions=[SLASHED, FORMER, NOW_IN_FORCE]
)


def get(path: str, *headers: tuple[str, str]) -> Response | None:
    """The response at a path, None where the app answers."""
    asked = Request("GET", "https", "shop.example", path, headers=headers)
    route = ENDPOINTS.match(asked)
    if route is None:
        return None
    return ENDPOINTS.answer(route, asked, Consent(NOW_IN_FORCE), b"", now=0.0, entropy=bytes(64)).finish(())


@pytest.mark.parametrize("path", ["/privacy/2025-03", "/_ck/policy/2025-03", f"/privacy/{FORMER.hash}"])
def test_a_former_version_is_shown_by_version_and_by_hash(path: str) -> None:
    """The page has the texts of that day and says that another version is in force."""
    response = get(path)
    assert response is not None
    assert 200 == response.status
    words = text(one(parse(response.body.decode()), "main"))
    assert "We took payments in shells." in words
    assert PAGES.texts.plain("records.past") in words


def test_the_version_in_force_is_shown_under_its_name_too() -> None:
    """A link to today's version goes on working when it is a former one."""
    response = get("/privacy/2026-11")
    assert response is not None
    assert PAGES.texts.plain("records.past") not in response.body.decode()


def test_a_version_that_no_address_can_hold_is_found_under_its_hash() -> None:
    """Names with slashes and spaces make no routes; the hash always does."""
    assert get("/privacy/May/2024 (draft)") is None
    response = get(f"/privacy/{SLASHED.hash}")
    assert response is not None
    assert 200 == response.status


def test_other_addresses_below_the_policy_page_are_the_apps() -> None:
    """Only versions that exist are ours; `/privacy/contact` stays the app's."""
    assert get("/privacy/contact") is None
    assert get("/privacy/1999-01") is None


def test_a_former_version_is_there_as_json_and_markdown() -> None:
    """The Accept field chooses the form, as for the version in force."""
    data = get("/privacy/2025-03", ("Accept", "application/json"))
    assert data is not None
    assert FORMER.hash == json.loads(data.body)["hash"]
    markdown = get("/privacy/2025-03", ("Accept", "text/markdown"))
    assert markdown is not None
    assert ["text/markdown; charset=utf-8"] == header_values(markdown.headers, "content-type")


def test_of_versions_named_alike_the_last_given_is_meant_and_each_has_its_hash() -> None:
    """An owner who changes a text without the version loses neither page."""
    one_of_two, other = version("2025-03", payment="Shells."), version("2025-03", payment="Beads.")
    past = PastVersions(PAGES, [one_of_two, other])
    assert other.hash == past.names["2025-03"]
    assert {one_of_two.hash, other.hash} <= set(past.names)


def test_pages_of_former_versions_are_made_on_demand_and_few_are_kept() -> None:
    """Many former versions cost memory only for those that are read."""
    many = [version(f"v{number}") for number in range(KEPT + 2)]
    past = PastVersions(PAGES, many)
    for policy in many:
        assert policy.hash == past.pages(policy.hash).policy.hash
    assert past.pages(many[-1].hash) is past.pages(many[-1].hash)
