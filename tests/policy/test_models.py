"""What a policy must say (R3, R22, R24, R26, R189, R220), what may not be said, and what is made of it (R17, R183)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from consentkit.policy.models import DIGEST_BYTES, Policy, Purpose
from tests.policy.refused import Declared, findings, refused_keys


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


@pytest.mark.parametrize(("days", "sound"), [(181, False), (182, True), (730, True), (731, False)])
def test_reprompt_after(declared: Declared, days: int, sound: bool) -> None:
    """A decision is kept for six months at least and 24 at most (R16)."""
    declared["reprompt_after"] = days
    assert ([] if sound else ["reprompt_after"]) == refused_keys(declared)


def test_a_policy_is_frozen(declared: Declared) -> None:
    """What was declared does not change under a running site."""
    policy = Policy.model_validate(declared)
    with pytest.raises(ValidationError):
        policy.version = "2"
    assert policy == Policy.model_validate(declared)
    assert hash(policy) == hash(Policy.model_validate(declared))


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
