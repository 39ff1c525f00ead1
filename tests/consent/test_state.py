"""What a state of consent allows."""

from __future__ import annotations

import dataclasses

import pytest

from consentkit.consent.state import Choice, Consent, deny_all, grant, grant_all
from tests.policies import exempt, make_policy, purpose, service

POLICY = make_policy()


def test_undecided_allows_the_exempt_alone() -> None:
    """Before a decision only exempt purposes are allowed, and everything that is asked is undecided."""
    consent = Consent(POLICY)
    assert [True, False, False] == [consent.allows(name) for name in ("basket", "numbers", "ads")]
    assert ("numbers", "ads") == consent.undecided
    assert frozenset() == consent.allowed_services


def test_accepting_all_allows_all() -> None:
    """After accepting everything each purpose and service is allowed and nothing is left to ask."""
    consent = Consent(POLICY, grant_all(POLICY))
    assert all(consent.allows(name) for name in ("basket", "numbers", "ads", "counter", "adverts", "tags"))
    assert () == consent.undecided


def test_rejecting_all_is_a_decision() -> None:
    """After rejecting everything nothing but the exempt is allowed, and nothing is asked again."""
    consent = Consent(POLICY, deny_all(POLICY))
    assert ["basket"] == [name for name in ("basket", "numbers", "ads", "counter", "adverts") if consent.allows(name)]
    assert () == consent.undecided
    assert consent.decided("ads")


def test_a_service_needs_each_of_its_purposes() -> None:
    """A service with two purposes is not allowed by one of them (R31)."""
    consent = Consent(POLICY, grant(POLICY, ["ads"]))
    assert {"adverts"} == consent.allowed_services
    assert not consent.allows("tags")


def test_a_service_can_be_granted_alone() -> None:
    """A service named by its id is allowed in each of its purposes; the purposes themselves are not."""
    consent = Consent(POLICY, grant(POLICY, ["tags"]))
    assert {"tags"} == consent.allowed_services
    assert not consent.allows("ads")
    assert not consent.allows("numbers")


def test_what_is_granted_is_named_by_purposes_and_services_and_nothing_exempt() -> None:
    """`granted` lists what a grant allows, sorted; a service that lacks one of its purposes is not there."""
    assert () == Consent(POLICY).granted
    assert ("ads", "adverts") == Consent(POLICY, grant(POLICY, ["ads"])).granted
    assert ("ads", "adverts", "counter", "numbers", "tags") == Consent(POLICY, grant_all(POLICY)).granted
    assert () == Consent(POLICY, deny_all(POLICY)).granted


def test_services_of_exempt_purposes_are_allowed() -> None:
    """A service whose purposes are all exempt needs no decision."""
    policy = make_policy(purposes=[exempt("basket")], services=[service("pay", "basket")])
    assert Consent(policy).allows("pay")


def test_unknown_names_are_denied() -> None:
    """What nobody declared is not allowed, even after everything was accepted."""
    consent = Consent(POLICY, grant_all(POLICY))
    assert not consent.allows("nobody")
    assert not consent.allows_service("nobody")


def test_form_purposes_are_not_the_banners() -> None:
    """A purpose that is asked at a form is neither undecided in the banner nor granted by it."""
    policy = make_policy(purposes=[purpose("numbers"), purpose("news", asked="form")], services=[])
    assert ("numbers",) == Consent(policy).undecided
    assert not Consent(policy, grant_all(policy)).allows("news")


def test_consent_is_immutable() -> None:
    """A state cannot be changed by accident."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Consent(POLICY).decided_at = 3  # type: ignore[misc]


def test_state_hash_follows_what_a_page_depends_on() -> None:
    """The hash differs for each state, signal and policy, and is the same for the same state."""
    some = Consent(POLICY, grant(POLICY, ["ads"]), decided_at=1, subject="ab" * 16)
    states = [
        Consent(POLICY),
        Consent(POLICY, gpc=True),
        Consent(POLICY, deny_all(POLICY)),
        Consent(POLICY, grant_all(POLICY)),
        Consent(POLICY, grant(POLICY, ["tags"])),
        Consent(POLICY, {"ads": Choice(granted=True)}),
        Consent(make_policy(version="2")),
        some,
    ]
    assert len(states) == len({state.state_hash for state in states})
    assert some.state_hash == Consent(POLICY, grant(POLICY, ["ads"]), decided_at=2).state_hash
    assert 16 == len(some.state_hash)
