"""What a policy must say (R3, R22, R24, R26, R189, R220), what may not be said, and what is made of it (R17, R183)."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from consentkit.policy.findings import Finding
from consentkit.policy.models import DIGEST_BYTES, Cookie, OwnCookie, Policy, Purpose, seconds

Declared = dict[str, Any]


def findings(declared: Declared) -> list[Finding]:
    """The broken rules between the values of a policy, or [] if it holds."""
    try:
        Policy.model_validate(declared)
    except ValidationError as error:
        return [
            Finding((*detail["loc"], *finding.path), finding.what, finding.mend)
            for detail in error.errors()
            for finding in detail["ctx"]["findings"]
        ]
    return []


def refused_keys(declared: Declared) -> list[str]:
    """The keys that pydantic refuses, dotted; a list is not too short because its members are unsound."""
    try:
        Policy.model_validate(declared)
    except ValidationError as error:
        return [
            ".".join(str(part) for part in detail["loc"])
            for detail in error.errors()
            if detail["type"] != "too_short" or not detail["input"]
        ]
    return []


# --- what must be there -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "version",
        "sites",
        "controller",
        "controller.name",
        "controller.address",
        "controller.email",
        "purposes",
        "purposes.0.id",
        "purposes.0.title",
        "purposes.0.summary",
        "purposes.0.text",
        "services.0.id",
        "services.0.name",
        "services.0.provider",
        "services.0.purposes",
        "services.0.cookies.0.name",
        "services.0.cookies.0.lifetime",
        "services.0.cookies.0.description",
        "cookies.0.name",
        "cookies.0.purpose",
        "cookies.0.lifetime",
        "cookies.0.description",
        "cookies.0.third_party",
        "rights",
        "rights.contact",
        "rights.authority",
        "rights.authority_url",
        "retention",
        "retention.records",
        "retention.text",
        "mandatory_data",
        "automated_decisions",
    ],
)
def test_required_keys(declared: Declared, path: str) -> None:
    """The law's questions (R22, R24, R189) have no default: without an answer there is no policy."""
    *way, last = path.split(".")
    table: Any = declared
    for part in way:
        table = table[int(part) if part.isdigit() else part]
    del table[last]
    assert [path] == refused_keys(declared)


def test_the_least_policy_holds(declared: Declared) -> None:
    """With these answers a policy is complete."""
    assert [] == findings(declared)


@pytest.mark.parametrize("table", ["controller", "rights", "retention", None])
def test_unknown_keys_are_refused(declared: Declared, table: str | None) -> None:
    """A key that nobody reads is a mistake, not an extension."""
    (declared[table] if table else declared)["colour"] = "green"
    assert [f"{table}.colour" if table else "colour"] == refused_keys(declared)


# --- purposes ---------------------------------------------------------------------------------------------------------


def test_an_exemption_needs_a_justification(declared: Declared) -> None:
    """What is not asked for must say why, in words (R3)."""
    del declared["purposes"][1]["justification"]
    assert [("purposes", 1, "exemption")] == [f.path for f in findings(declared)]


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


# --- services and cookies ---------------------------------------------------------------------------------------------


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


def test_a_service_serves_a_purpose(declared: Declared) -> None:
    """A service without a purpose could be neither granted nor refused."""
    declared["services"][0]["purposes"] = []
    assert ["services.0.purposes"] == refused_keys(declared)


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


def test_who_reads_a_cookie(declared: Declared) -> None:
    """A service's cookie is read by the service unless it is told; of the site's own the owner says so (R22)."""
    policy = Policy.model_validate(declared)
    assert policy.services[0].cookies[0].third_party
    assert not policy.cookies[0].third_party


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


@pytest.mark.parametrize(
    ("lifetime", "max_age"),
    [
        ("session", None),
        ("1 second", 1),
        ("30 minutes", 1800),
        ("24 hours", 86_400),
        ("90 days", 7_776_000),
        ("2 weeks", 1_209_600),
        ("13 months", 34_187_400),
        ("2 years", 63_115_200),
    ],
)
def test_lifetimes(lifetime: str, max_age: int | None) -> None:
    """A lifetime is a session, or a number and a unit."""
    cookie = Cookie.model_validate({"name": "a", "lifetime": lifetime, "description": "b"})
    assert max_age == cookie.max_age


@pytest.mark.parametrize(
    "lifetime",
    ["", "13", "months", "13months", "-1 days", "0 days", "1.5 years", "P1Y", "١ day", "1 fortnight", "2  days"],
)
def test_what_is_no_duration(lifetime: str) -> None:
    """Anything else is refused, with an example."""
    with pytest.raises(ValueError, match="write a number and a unit, such as '13 months'"):
        seconds(lifetime)
    with pytest.raises(ValidationError):
        Cookie.model_validate({"name": "a", "lifetime": lifetime, "description": "b"})


@pytest.mark.parametrize("rule", ["no arrow", "([ -> x", " -> "])
def test_watch_url_is_a_rule(declared: Declared, rule: str) -> None:
    """The rule for a link to people's page has an arrow and a sound regular expression."""
    declared["services"][0]["watch_url"] = rule
    assert ["services.0.watch_url"] == refused_keys(declared)


@pytest.mark.parametrize(
    ("pattern", "sound"),
    [
        ("counter.example", True),
        ("*.counter.example", True),
        ("counter.example/js/*/track", True),
        ("*/matomo.js", True),
        ("farm*.pictures.example", True),
        ("localhost", True),
        ("*", False),
        ("https://counter.example", False),
        ("counter.example:8080", False),
        ("Counter.example", False),
        ("counter.example.", False),
        ("counter.example/a b", False),
        ("", False),
    ],
)
def test_hosts_of_services(declared: Declared, pattern: str, sound: bool) -> None:
    """A host, perhaps with stars, perhaps with the beginning of a path; no scheme, no port, small letters."""
    declared["services"][0]["hosts"] = [pattern]
    assert ([] if sound else ["services.0.hosts.0"]) == refused_keys(declared)


# --- the site ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "site", ["brightwash.example", "localhost", "127.0.0.1", "shop.brightwash.co.uk", "me.github.io"]
)
def test_sites(declared: Declared, site: str) -> None:
    """A site is a host, on whatever suffix; hosts of development too."""
    declared["sites"] = [site]
    assert [] == refused_keys(declared)


@pytest.mark.parametrize("site", ["com", "co.uk"])
def test_a_public_suffix_is_no_site(declared: Declared, site: str) -> None:
    """With a suffix that everybody registers under, every stranger would be first party."""
    declared["sites"] = ["brightwash.example", site]
    assert [("sites", 1)] == [f.path for f in findings(declared)]


@pytest.mark.parametrize(
    "site", ["https://brightwash.example", "brightwash.example:8000", "Brightwash.example", "a b", ""]
)
def test_what_is_no_site(declared: Declared, site: str) -> None:
    """No scheme, no port, small letters."""
    declared["sites"] = [site]
    assert ["sites.0"] == refused_keys(declared)


def test_proofs_outlive_decisions(declared: Declared) -> None:
    """A consent that still holds needs its proof (R180, R189)."""
    declared["retention"]["records"] = "3 months"
    assert [("retention", "records")] == [f.path for f in findings(declared)]


@pytest.mark.parametrize(("days", "sound"), [(181, False), (182, True), (730, True), (731, False)])
def test_reprompt_after(declared: Declared, days: int, sound: bool) -> None:
    """A decision is kept for six months at least and 24 at most (R16)."""
    declared["reprompt_after"] = days
    assert ([] if sound else ["reprompt_after"]) == refused_keys(declared)


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


def test_a_policy_is_frozen(declared: Declared) -> None:
    """What was declared does not change under a running site."""
    policy = Policy.model_validate(declared)
    with pytest.raises(ValidationError):
        policy.version = "2"
    assert policy == Policy.model_validate(declared)
    assert hash(policy) == hash(Policy.model_validate(declared))


# --- what is made of it -----------------------------------------------------------------------------------------------


def test_the_banner_asks_for_what_is_neither_exempt_nor_asked_elsewhere(declared: Declared) -> None:
    """In the policy's order."""
    assert ["numbers"] == [purpose.id for purpose in Policy.model_validate(declared).asked_purposes]


def test_asking_for_unknown_hosts_is_a_purpose_of_its_own(declared: Declared) -> None:
    """`unknown = "ask"` adds a purpose that the banner asks for; the other settings do not."""
    policy = Policy.model_validate({**declared, "unknown": "ask"})
    assert ["numbers", "unknown"] == [purpose.id for purpose in policy.asked_purposes]
    assert "unknown" not in Policy.model_validate(declared).purposes_by_id


def test_services_of_a_purpose_are_ordered_by_id(declared: Declared) -> None:
    """The order of the cookie's bitmap does not depend on the order in the file."""
    declared["services"] = [
        {**declared["services"][0], "id": name, "purposes": ["numbers", "basket"]} for name in ("zed", "alpha", "mid")
    ]
    policy = Policy.model_validate(declared)
    assert ["alpha", "mid", "zed"] == [service.id for service in policy.services_by_purpose["numbers"]]
    assert ["alpha", "mid", "zed"] == [service.id for service in policy.services_by_purpose["basket"]]
    assert () == policy.services_by_purpose["news"]


def _set(table: str, index: int, key: str, value: object) -> Callable[[Declared], None]:
    def change(declared: Declared) -> None:
        declared[table][index][key] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("purposes", 0, "title", "Figures"),
        _set("purposes", 0, "summary", "Counts every click."),
        _set("purposes", 0, "text", "We count each click."),
        _set("services", 0, "name", "Counter Plus"),
        _set("services", 0, "provider", "Another Inc."),
        lambda declared: declared["services"].append({**declared["services"][0], "id": "second"}),
        lambda declared: declared["services"].clear(),
        _set("services", 0, "purposes", ["numbers", "basket"]),
    ],
)
def test_what_makes_a_purpose_undecided(declared: Declared, change: Callable[[Declared], None]) -> None:
    """Another text, another vendor, or a vendor's further purpose is not what the visitor agreed to (R17)."""
    before = Policy.model_validate(declared).purpose_digests
    change(declared)
    after = Policy.model_validate(declared).purpose_digests
    assert before["numbers"] != after["numbers"]
    assert before["news"] == after["news"]


@pytest.mark.parametrize(
    "change",
    [
        lambda declared: declared.update(version="2027-01", security="All pages are served over TLS.", csp="off"),
        lambda declared: declared["controller"].update(phone="+44 20 7946 0000"),
        lambda declared: declared["services"].append(
            {**declared["services"][0], "id": "second", "purposes": ["basket"]}
        ),
        _set("services", 0, "hosts", ["counter.example", "cdn.counter.example"]),
        _set("services", 0, "hint", "It can be served from your own site."),
        _set("services", 0, "verified", "2026-11-22"),
        _set("purposes", 0, "retention", "14 months"),
        lambda declared: declared["purposes"].reverse(),
    ],
)
def test_what_leaves_a_purpose_decided(declared: Declared, change: Callable[[Declared], None]) -> None:
    """What changes elsewhere, or only for the owner, does not ask the visitor again (R17); the hash names it all the same."""
    before = Policy.model_validate(declared)
    change(declared)
    after = Policy.model_validate(declared)
    assert before.purpose_digests["numbers"] == after.purpose_digests["numbers"]
    assert before.hash != after.hash


def test_digests_and_hash_are_the_same_in_every_process(declared: Declared) -> None:
    """A cookie made by one worker is read by another, and by the next release's."""
    policy = Policy.model_validate(declared)
    code = (
        "import json, sys; from consentkit.policy.models import Policy; p = Policy.model_validate(json.load(sys.stdin)); "
        "print(p.hash, *(d.hex() for d in p.purpose_digests.values()))"
    )
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code], input=json.dumps(declared), capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert [policy.hash, *(d.hex() for d in policy.purpose_digests.values())] == run.stdout.split()
    assert 32 == len(policy.hash)
    assert all(DIGEST_BYTES == len(digest) for digest in policy.purpose_digests.values())


def test_the_digest_of_a_text_is_fixed() -> None:
    """This exact purpose has this digest in every release: another one would ask every visitor again."""
    policy = Policy.model_construct(
        purposes=(Purpose(id="numbers", title="Numbers", summary="Counts visits.", text="We count visits."),),
        services=(),
        unknown="block",
    )
    assert "17998782" == policy.purpose_digests["numbers"].hex()


def test_own_cookies_are_cookies() -> None:
    """Whoever takes a cookie takes the site's own as well."""
    own = {"name": "a", "lifetime": "session", "description": "b", "purpose": "basket", "third_party": False}
    assert isinstance(OwnCookie.model_validate(own), Cookie)
