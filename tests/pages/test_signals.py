"""What vendors' scripts are told: the right words, for the services that are declared and nobody else."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from consentkit.consent.precedence import Situation
from consentkit.consent.state import Consent, deny_all, grant, grant_all
from consentkit.pages.assets import inline_script
from consentkit.pages.render import Pages
from consentkit.pages.signals import STATE, Signals, known_signals
from consentkit.policy import catalogue
from consentkit.policy.models import ConsentApi, ConsentType, Policy
from tests.pages.markup import find, parse
from tests.policies import exempt, make_policy, purpose

TYPES = get_args(ConsentType)
ADS = ("ad_storage", "ad_user_data", "ad_personalization")


def entry(name: str, **changes: Any) -> dict[str, Any]:
    """A service of the catalogue, as a policy holds it."""
    known = catalogue.service(name)
    assert known is not None
    return {**known.model_dump(mode="json", exclude_defaults=True), **changes}


def policy_with(*names: str, **changes: Any) -> Policy:
    """A policy that declares these services of the catalogue."""
    purposes = [exempt("basket"), purpose("analytics"), purpose("marketing"), purpose("functional")]
    return make_policy(**{"purposes": purposes, "services": [entry(name) for name in names], **changes})


def told(policy: Policy, *granted: str) -> dict[str, str]:
    """What Google's first call says of each type."""
    consent = Consent(policy, grant(policy, granted), decided_at=1)
    way, target, *values = Signals(policy).first(consent)[0]
    assert ["arguments", "dataLayer", "consent", "default"] == [way, target, *values[:2]]
    state: dict[str, str] = values[2]
    return state


def test_every_interface_of_the_model_is_described() -> None:
    """A service can name exactly the interfaces that the data describe, each once."""
    assert sorted(get_args(ConsentApi)) == sorted(signal.id for signal in known_signals())


@pytest.mark.parametrize("signal", known_signals(), ids=lambda signal: signal.id)
def test_the_data_agree_with_themselves(signal: Any) -> None:
    """Whoever knows types is told them first and after each decision; whoever does not is granted or denied."""
    if signal.types:
        assert (True, True) == tuple(any(STATE in call for call in calls) for calls in (signal.first, signal.changed))
        assert ((), ()) == (signal.granted, signal.denied)
    else:
        assert signal.granted
        assert signal.denied
    assert signal.source.startswith("https://")


def test_every_parameter_is_always_told() -> None:
    """R70, R71: all seven by their names, `granted` or `denied`, and nothing granted before a decision."""
    policy = policy_with("google-analytics", "google-ads")
    first = Signals(policy).first(Consent(policy))
    assert [*first[0][:4], *first[0][4]] == ["arguments", "dataLayer", "consent", "default", *TYPES]
    assert set(first[0][4].values()) == {"denied"}


def test_redaction_is_on_and_links_are_left_alone() -> None:
    """R74: advertising data are redacted, and no identifier is put into links."""
    policy = policy_with("google-ads")
    calls = [call[2:] for call in Signals(policy).first(Consent(policy))]
    assert [["set", "ads_data_redaction", True], ["set", "url_passthrough", False]] == calls[1:]


def test_measuring_never_grants_advertising() -> None:
    """R76: who allowed measuring alone has allowed nothing of advertising, and the other way round."""
    policy = policy_with("google-analytics", "google-ads", "google-tag-manager")
    assert {"analytics_storage"} == {name for name, value in told(policy, "analytics").items() if value == "granted"}
    assert set(ADS) == {name for name, value in told(policy, "marketing").items() if value == "granted"}
    assert set(ADS) == {name for name, value in told(policy, "google-ads").items() if value == "granted"}


def test_a_type_needs_everything_that_names_it() -> None:
    """Of two services that share a type, one that is refused keeps it denied for both."""
    policy = policy_with("google-ads", "doubleclick")
    assert told(policy, "google-ads")["ad_storage"] == "denied"
    assert told(policy, "google-ads", "doubleclick")["ad_storage"] == "granted"


def test_purposes_can_name_types() -> None:
    """What no service names the owner gives to a purpose; one without need of consent has it always."""
    purposes = [
        {**exempt("basket"), "consent_types": ["security_storage"]},
        purpose("analytics"),
        purpose("functional", consent_types=["functionality_storage"]),
    ]
    policy = policy_with("google-analytics", purposes=purposes)
    granted = {"security_storage", "functionality_storage"}
    assert granted == {name for name, value in told(policy, "functional").items() if value == "granted"}


def test_update_follows_each_decision() -> None:
    """R72: after a decision the new state is told, to everybody that was told one before."""
    policy = policy_with("google-analytics", "bing-uet", "clarity", "facebook-pixel", "tiktok-pixel", "matomo")
    signals = Signals(policy)
    yes, no = (Consent(policy, choices(policy), decided_at=1) for choices in (grant_all, deny_all))
    state = {**dict.fromkeys(TYPES, "denied"), "analytics_storage": "granted"}
    assert signals.changed(yes) == [
        ["arguments", "dataLayer", "consent", "update", state],
        ["spread", "uetq", "consent", "update", {"ad_storage": "granted"}],
        ["stub", "clarity", "consentv2", {"ad_Storage": "denied", "analytics_Storage": "granted"}],
        ["present", "fbq", "consent", "grant"],
        ["method", "ttq", "grantConsent"],
        ["list", "_paq", "setConsentGiven"],
    ]
    assert [call[2:] for call in signals.changed(no)] == [
        ["consent", "update", dict.fromkeys(TYPES, "denied")],
        ["consent", "update", {"ad_storage": "denied"}],
        ["consentv2", {"ad_Storage": "denied", "analytics_Storage": "denied"}],
        ["consent", "revoke"],
        ["revokeConsent"],
        ["forgetConsentGiven"],
    ]
    assert [call[1:] for call in signals.first(no)[-2:]] == [["ttq", "holdConsent"], ["_paq", "requireConsent"]]
    assert [call[1:] for call in signals.first(yes)[-2:]] == [["_paq", "requireConsent"], ["_paq", "setConsentGiven"]]


@pytest.mark.parametrize(
    ("changes", "age"),
    [
        ({"minor_declared": True}, 1),
        ({"situation": Situation(minor=True, child=True)}, 1),
        ({"situation": Situation(minor=True, child=False)}, 2),
    ],
)
@pytest.mark.parametrize("name", ["google-adsense", "google-ad-manager", "google-tag-manager"])
def test_a_minor_is_told_of(name: str, changes: dict[str, Any], age: int) -> None:
    """R79: where advertisements may be, the age treatment is told, and neither of the deprecated tags."""
    policy = policy_with(name)
    signals = Signals(policy)
    consent = Consent(policy, **changes)
    calls = [
        ["publisher", "googletag", {"tagForAgeTreatment": age}],
        ["value", "google_tag_for_age_treatment", age],
    ]
    assert (calls, calls) == (signals.first(consent)[-2:], signals.changed(consent)[-2:])
    assert not [word for word in ("UnderAge", "under_age", "Child", "child") if word in json.dumps(calls)]


def test_a_minor_is_told_of_to_whoever_needs_no_consent() -> None:
    """R79: also an advertiser that rests on something else than consent is told."""
    policy = policy_with(services=[entry("google-ad-manager", purposes=["basket"])])
    assert Signals(policy)
    assert [] == Signals(policy).first(Consent(policy))
    assert ["googletag", "google_tag_for_age_treatment"] == [
        call[1] for call in Signals(policy).first(Consent(policy, minor_declared=True))
    ]


@pytest.mark.parametrize("names", [("google-ads",), ("google-analytics", "matomo", "bing-uet")])
def test_nobody_else_hears_of_ages(names: tuple[str, ...]) -> None:
    """An adult is not spoken of, and who only measures does not learn who is a minor."""
    policy = policy_with(*names)
    minor = "google-ads" not in names
    assert "Age" not in json.dumps(Signals(policy).first(Consent(policy, minor_declared=minor)))


def test_who_is_not_declared_is_told_nothing() -> None:
    """Without such a service nothing is in the page; with one that needs no consent neither."""
    measured = policy_with(services=[entry("matomo", purposes=["basket"])])
    for policy in (make_policy(), measured):
        pages = Pages(policy)
        assert not pages.signals
        assert pages.inline_hash is None
        assert "ckSignals" not in pages.head(Consent(policy), "")


def test_the_signals_come_before_everything_else() -> None:
    """R71: they are the first thing in the head, in one script whose text is the same in every state."""
    policy = policy_with("google-analytics")
    pages = Pages(policy)
    states = (Consent(policy), Consent(policy, grant_all(policy), decided_at=1))
    scripts = [find(parse(pages.head(consent, "")), "script")[0] for consent in states]
    assert pages.head(states[0], "").startswith("<script data-ck-signals=")
    assert {inline_script().body.decode()} == {script.text for script in scripts}
    assert [[*signals] for signals in map(pages.signals.first, states)] == [
        json.loads(script.get("data-ck-signals", "")) for script in scripts
    ]


def test_shared_pages_tell_everybody_the_same() -> None:
    """Pages that are the same for all deny; what was granted follows when the script has asked."""
    policy = policy_with("google-analytics", mode="shared")
    head = Pages(policy).head(Consent(policy), "")
    assert "granted" not in head.partition("</script>")[0].partition(">")[0]


def test_nothing_in_the_inline_script_ends_it() -> None:
    """Its text can stand in HTML as it is."""
    text = inline_script().body.decode()
    assert not [ending for ending in ("</", "<!--", "<script") if ending in text.lower()]
    assert "\n//" not in text
