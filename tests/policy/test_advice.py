"""Warnings: what a sound policy hardly means, or leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from consentkit.policy.advice import advice
from consentkit.policy.catalogue import default_purposes
from consentkit.policy.models import Policy

Declared = dict[str, Any]


@pytest.fixture
def complete(declared: Declared) -> Declared:
    """A policy about which there is nothing to say."""
    declared["services"][0] |= {"privacy_url": "https://counter.example/privacy", "country": "DE"}
    return {**declared, "minors": {"age": 16, "text": "Not for you."}, "policy_path": "/privacy"}


def warnings(declared: Declared) -> list[tuple[Any, ...]]:
    """The paths of the warnings."""
    return [finding.path for finding in advice(Policy.model_validate(declared))]


def test_nothing_to_say(complete: Declared) -> None:
    """A complete policy has no warnings."""
    assert [] == warnings(complete)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d.pop("minors"), ("minors",)),
        (lambda d: d.pop("policy_path"), ("policy_path",)),
        (lambda d: d.update(unknown="allow"), ("unknown",)),
        (lambda d: d.update(csp="off"), ("csp",)),
        (lambda d: d.update(csp="report-only"), ("csp",)),
        (lambda d: d.update(on_unreadable="pass"), ("on_unreadable",)),
        (lambda d: d.update(cookie_name="choices"), ("cookie_name",)),
        (lambda d: d.update(changes=[{"version": "1", "date": "2020-01-01", "summary": "The first."}]), ("changes",)),
        (lambda d: d["services"].clear(), ("purposes", 0)),
        (lambda d: d["services"][0].update(hint="Host it at home."), ("services", 0)),
        (lambda d: d["services"][0].update(hosts=[]), ("services", 0)),
        (lambda d: d["services"][0].pop("privacy_url"), ("services", 0)),
        (lambda d: d["services"][0].update(country="US"), ("services",)),
        (lambda d: d["services"][0].update(id="cookiebot"), ("services", 0)),
        (lambda d: d.update(recipients=[{"name": "Host", "role": "Hosts.", "country": "US"}]), ("recipients", 0)),
    ],
)  # fmt: skip
def test_warnings(complete: Declared, change: Callable[[Declared], object], path: tuple[Any, ...]) -> None:
    """Each is told where it can be mended, alone."""
    change(complete)
    assert [path] == warnings(complete)


def test_a_service_that_is_never_blocked(complete: Declared) -> None:
    """A service all of whose purposes are exempt loads at once; one further purpose that is asked for ends that."""
    complete["services"].append({**complete["services"][0], "id": "basket-service", "purposes": ["basket"]})
    assert [("services", 1)] == warnings(complete)
    complete["services"][1]["purposes"] = ["basket", "numbers"]
    assert [] == warnings(complete)


@pytest.mark.parametrize("table", ["services", "recipients"])
def test_a_safeguard_is_enough(complete: Declared, table: str) -> None:
    """Who says what protects data abroad is not warned."""
    complete["recipients"] = [{"name": "Host", "role": "Hosts.", "country": "FR"}]
    complete[table][0] |= {"country": "US", "transfers": [{"country": "US", "safeguard": "adequacy decision"}]}
    assert [] == warnings(complete)


def test_regimes_want_purposes_that_say_what_they_are(complete: Declared) -> None:
    """With regimes a purpose that is silent about opt-outs is asked for everywhere, which is told."""
    complete["regimes"] = {"use": ["us-opt-out"], "place": "cloudflare"}
    complete["regimes"]["default"] = "us-opt-out"
    assert ("regimes", "default") in warnings(complete)
    complete["regimes"] = {"use": ["us-opt-out"]}
    assert ("regimes", "place") in warnings(complete)
    complete["regimes"]["place"] = "cloudflare"
    silent = [path for path in warnings(complete) if path[0] == "purposes"]
    for purpose in complete["purposes"]:
        purpose.setdefault("opt_out", [])
    assert silent
    assert [] == warnings(complete)


def test_an_exemption_of_one_country_is_told(complete: Declared) -> None:
    """Audience measurement without asking is lawful in France; others are met by the same policy (R20, R26)."""
    complete["purposes"].append({
        "id": "audience", "title": "Audience", "summary": "Counts.", "text": "Counts.", "exemption": "fr_audience",
        "legal_basis": "legitimate_interests", "justification": "Our own numbers.", "retention": "1 year",
        "assessment": "https://shop.example/assessment",
    })  # fmt: skip
    assert [("purposes", len(complete["purposes"]) - 1, "exemption")] == warnings(complete)


def test_a_change_log_with_the_version(complete: Declared) -> None:
    """The log need only mention the version in force."""
    complete["changes"] = [{"version": "2026-11", "date": "2026-11-01", "summary": "The first."}]
    assert [] == warnings(complete)


def test_ready_texts_in_another_language_are_told(complete: Declared) -> None:
    """Ready texts are English: a policy in another language is told which of them it still has."""
    media = next(purpose for purpose in default_purposes() if purpose.id == "media")
    complete["purposes"].append({**media.model_dump(), "title": "Filme"})
    complete["services"].append({**complete["services"][0], "id": "films", "purposes": ["media"]})
    complete["language"] = "de-AT"
    place = ("purposes", len(complete["purposes"]) - 1)
    assert [place, ("dnt_response",)] == warnings(complete)
    [first, _] = advice(Policy.model_validate(complete))
    assert "summary, text" in first.mend
    assert "title" not in first.mend
    complete["language"] = "en-GB"
    assert [] == warnings(complete)
