"""Rules that hold between the values of a policy."""

from __future__ import annotations

import copy

import pytest
from pydantic import ValidationError

from consentkit.policy.findings import Finding
from consentkit.policy.models import Purpose
from tests.policy.refused import Declared, findings


def test_an_exemption_is_not_consent(declared: Declared) -> None:
    """What is never asked for cannot rest on consent: the policy page would say so (R24)."""
    del declared["purposes"][1]["legal_basis"]
    assert [("purposes", 1, "exemption")] == [f.path for f in findings(declared)]


def test_an_exempt_purpose_is_not_asked_for_at_a_form(declared: Declared) -> None:
    """Exempt and asked for contradict each other."""
    declared["purposes"][1]["asked"] = "form"
    assert [("purposes", 1, "asked")] == [f.path for f in findings(declared)]


def test_another_basis_does_not_open_the_device(declared: Declared) -> None:
    """Legitimate interests do not replace consent for what is kept on a device (ePrivacy art. 5(3); R3)."""
    declared["purposes"][0]["legal_basis"] = "legitimate_interests"
    assert [("purposes", 0, "legal_basis")] == [f.path for f in findings(declared)]


def test_a_form_may_rest_on_another_basis(declared: Declared) -> None:
    """A purpose that uses nothing on the device may rest on a contract and be asked at its form."""
    declared["purposes"][2]["legal_basis"] = "contract"
    assert [] == findings(declared)


def test_every_broken_rule_of_a_purpose_is_told(declared: Declared) -> None:
    """One mistake does not hide the next."""
    declared["purposes"][1] = {**declared["purposes"][0], "exemption": "transmission"}
    assert 2 == len(findings(declared))


@pytest.mark.parametrize("name", ["unknown", "exempt"])
@pytest.mark.parametrize("table", ["purposes", "services"])
def test_reserved_ids(declared: Declared, table: str, name: str) -> None:
    """Ids that mean something already cannot be given away."""
    declared[table].append({**declared[table][0], "id": name})
    assert [(table, len(declared[table]) - 1, "id")] == [f.path for f in findings(declared)]


@pytest.mark.parametrize("table", ["purposes", "services", "sections"])
def test_ids_are_unique(declared: Declared, table: str) -> None:
    """Two entries with one id cannot be told apart in a decision; the second is named."""
    declared["sections"] = [{"id": "surveys", "title": "Surveys", "text": "They are voluntary."}]
    declared[table].append(copy.deepcopy(declared[table][0]))
    assert [(table, len(declared[table]) - 1, "id")] == [f.path for f in findings(declared)]


def test_services_and_purposes_share_one_space_of_ids(declared: Declared) -> None:
    """A decision names either by its id, so no service has a purpose's."""
    declared["services"][0]["id"] = "numbers"
    assert [("services", 0, "id")] == [f.path for f in findings(declared)]


def test_a_service_serves_declared_purposes(declared: Declared) -> None:
    """An undeclared purpose is named, with what would declare it and what could be written in its place."""
    declared["services"][0]["purposes"] = ["advertising"]
    assert [
        Finding(
            ("services", 0, "purposes"),
            "service 'counter' serves the purpose 'advertising', which is not declared",
            'declare it (a table [[purposes]] with id = "advertising"), or write at the service purposes = ["numbers"]',
        )
    ] == findings(declared)


def test_a_form_cannot_let_a_service_in(declared: Declared) -> None:
    """A purpose that only a form asks for is never granted by the banner, so nothing in a page may wait for it."""
    declared["services"][0]["purposes"] = ["news"]
    declared["cookies"][0]["purpose"] = "news"
    assert [("services", 0, "purposes"), ("cookies", 0, "purpose")] == [f.path for f in findings(declared)]


def test_a_cookie_serves_a_declared_purpose(declared: Declared) -> None:
    """The site's own cookies and those of services alike."""
    declared["services"][0]["cookies"][0]["purpose"] = "nothing"
    declared["cookies"][0]["purpose"] = "nothing"
    assert [("services", 0, "cookies", 0, "purpose"), ("cookies", 0, "purpose")] == [f.path for f in findings(declared)]


@pytest.mark.parametrize(
    ("change", "key"),
    [({"lifetime": "2 years"}, "lifetime"), ({"third_party": True}, "third_party")],
)
def test_cookies_under_the_french_exemption_is_narrow(declared: Declared, change: Declared, key: str) -> None:
    """Audience measurement is exempt in France up to 13 months, and if nobody else reads it (R26)."""
    declared["purposes"][0] |= {
        "exemption": "fr_audience",
        "legal_basis": "legitimate_interests",
        "justification": "Our own anonymous numbers.",
        "retention": "25 months",
        "assessment": "https://shop.example/assessment",
    }
    cookie = declared["services"][0]["cookies"][0]
    cookie["third_party"] = False
    assert [] == findings(declared)
    cookie |= change
    assert [("services", 0, "cookies", 0, key)] == [f.path for f in findings(declared)]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"retention": None}, "retention"),
        ({"retention": "26 months"}, "retention"),
        ({"retention": "3 years"}, "retention"),
        ({"retention": "until we lose them"}, "retention"),
        ({"assessment": None}, "assessment"),
        ({"opt_out": ["targeted_ads"]}, "opt_out"),
    ],
)
def test_the_french_exemption_has_conditions(declared: Declared, change: Declared, key: str) -> None:
    """Data of 25 months at most, a documented self-assessment, and measurement alone (R26)."""
    exempt = {
        "exemption": "fr_audience",
        "legal_basis": "legitimate_interests",
        "justification": "Our own anonymous numbers.",
        "retention": "2 years",
        "assessment": "https://shop.example/assessment",
    }
    Purpose.model_validate(declared["purposes"][0] | exempt)
    with pytest.raises(ValidationError, match=key):
        Purpose.model_validate(declared["purposes"][0] | exempt | change)


@pytest.mark.parametrize("site", ["com", "co.uk"])
def test_a_public_suffix_is_no_site(declared: Declared, site: str) -> None:
    """With a suffix that everybody registers under, every stranger would be first party."""
    declared["sites"] = ["brightwash.example", site]
    assert [("sites", 1)] == [f.path for f in findings(declared)]


def test_proofs_outlive_decisions(declared: Declared) -> None:
    """A consent that still holds needs its proof (R180, R189)."""
    declared["retention"]["records"] = "3 months"
    assert [("retention", "records")] == [f.path for f in findings(declared)]


def test_individual_tracking_of_mail_needs_a_purpose(declared: Declared) -> None:
    """Who opened which mail is asked for by a purpose of its own, which is not exempt (R220)."""
    declared["email"] = {"tracking": "individual", "text": "We see who opens our news."}
    assert [("email", "tracking")] == [f.path for f in findings(declared)]
    declared["email"]["purpose"] = "basket"
    assert [("email", "purpose")] == [f.path for f in findings(declared)]
    declared["email"]["purpose"] = "nothing"
    assert [("email", "purpose")] == [f.path for f in findings(declared)]
    declared["email"]["purpose"] = "news"
    assert [] == findings(declared)
