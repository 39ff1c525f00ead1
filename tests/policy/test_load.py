"""Loading a policy: what may be short, and every problem with its file, line, key and mend."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path
from types import MappingProxyType

import pytest

import consentkit
from consentkit.errors import PolicyError
from consentkit.policy import catalogue
from consentkit.policy.load import check, examine, load_policy
from consentkit.policy.models import Policy
from tests.policy.files import LEAST, Declared, told, written


def test_the_same_policy_from_everywhere(tmp_path: Path) -> None:
    """A TOML file, a JSON file and a mapping of the same contents are the same policy."""
    data = tomllib.loads(LEAST)
    policy = load_policy(written(tmp_path, LEAST))
    assert policy == load_policy(data) == load_policy(MappingProxyType(data))
    assert policy == load_policy(written(tmp_path, json.dumps(data), "policy.json"))
    assert policy == load_policy(str(written(tmp_path, LEAST))) == Policy.load(tmp_path / "policy.toml")
    assert policy == consentkit.Policy.load(written(tmp_path, "\ufeff" + LEAST.replace("\n", "\r\n")))
    assert policy == load_policy(written(tmp_path, json.dumps({"$schema": "x.json", **data}), "policy.JSON"))


def test_the_mapping_is_left_alone(declared: Declared) -> None:
    """Loading completes a copy, not what the caller has."""
    declared["services"].append("youtube")
    declared["purposes"].append("media")
    before = copy.deepcopy(declared)
    load_policy(declared)
    assert before == declared


def test_an_id_brings_the_entry_of_the_catalogue() -> None:
    """A service of the catalogue needs nothing but its id, in a table or bare."""
    data = tomllib.loads(LEAST)
    policy = load_policy(data)
    assert (catalogue.service("youtube"),) == policy.services
    assert policy == load_policy({**data, "services": [{"id": "youtube"}]})


def test_keys_of_the_table_override_the_entry(declared: Declared) -> None:
    """Every other key replaces the catalogue's, as a whole."""
    declared["services"] = [{"id": "youtube", "purposes": ["numbers"], "name": "Films", "hosts": ["films.example"]}]
    service = load_policy(declared).services[0]
    known = catalogue.service("youtube")
    assert known is not None
    assert known.model_copy(update={"purposes": ("numbers",), "name": "Films", "hosts": ("films.example",)}) == service


def test_every_service_of_the_catalogue_can_be_named(declared: Declared) -> None:
    """All services by bare id, with the ready purposes, make a policy."""
    declared["purposes"] += [purpose.id for purpose in catalogue.default_purposes()]
    declared["services"] = [service.id for service in catalogue.services()]
    assert catalogue.services() == load_policy(declared).services


def test_a_service_of_ones_own(declared: Declared) -> None:
    """With all that is required, an id need not be in the catalogue."""
    assert "counter" == load_policy(declared).services[0].id


def test_an_id_brings_the_ready_texts_of_a_purpose(declared: Declared) -> None:
    """A purpose with ready texts needs nothing but its id, and every key can be overridden."""
    declared["purposes"] += ["media", {"id": "social", "title": "Networks"}]
    ready = {purpose.id: purpose for purpose in catalogue.default_purposes()}
    media, social = load_policy(declared).purposes[-2:]
    assert ready["media"] == media
    assert "Networks" == social.title
    assert ready["social"].text == social.text


def test_an_id_brings_the_ready_texts_in_the_language_of_the_policy(declared: Declared) -> None:
    """Owners are not asked to translate what is there in their language; what they wrote themselves stays."""
    declared["language"] = "de-AT"
    declared["purposes"] += ["media", {"id": "social", "title": "Netzwerke"}]
    ready = {purpose.id: purpose for purpose in catalogue.default_purposes("de")}
    media, social = load_policy(declared).purposes[-2:]
    assert ready["media"] == media
    assert ("Netzwerke", ready["social"].text) == (social.title, social.text)
    assert not [warning for warning in examine(declared).warnings if "ready texts" in warning.what]
    assert "Do Not Track" in load_policy(declared).dnt_response
    assert "Ohne Einwilligung" in load_policy(declared).dnt_response
    assert "Wir nicht." == load_policy({**declared, "dnt_response": "Wir nicht."}).dnt_response
    assert ["dnt"] == [problem.key for problem in check({**declared, "dnt": "deny"})]
    declared["language"] = "fi"
    assert "dnt_response" in [warning.key for warning in examine(declared).warnings]
    assert 2 == len([warning for warning in examine(declared).warnings if "ready texts" in warning.what])


def test_all_problems_at_once_in_file_order(tmp_path: Path) -> None:
    """Problems of all sorts come together: of keys, of values, and of what should agree between them."""
    near = " or ".join(repr(name) for name in catalogue.nearest("yuotube"))
    text = (
        LEAST.replace('version = "2026-11"', "version = 2026.11")
        .replace("www.brightwash.example", "https://WWW.brightwash.example/")
        .replace('["youtube"]', '["yuotube", "gravatar"]')
        .replace('name = "Brightwash Ltd"\n', "")
        .replace('"5 years"', '"five years"')
        + 'coulour = "green"\n\n[[cookies]]\nname = "basket"\nlifetime = "session"\ndescription = "…"\npurpose = "basket"\n'
        "third_party = false\n"
    )
    assert [
        'policy.toml:1: version: it is the number 2026.11, and texts stand in quotes: write version = "2026.11"',
        (
            "policy.toml:2: sites[0]: 'https://WWW.brightwash.example/' is no host: write the host alone: no scheme, no port, "
            'no path, small letters: "www.brightwash.example"'
        ),
        (
            f"policy.toml:3: services[0].id: no service 'yuotube' in the catalogue: did you mean {near}? One of your own "
            "needs name, provider, purposes as well"
        ),
        (
            "policy.toml:3: services[1].purposes: service 'gravatar' serves the purpose 'functional', which is not declared: "
            'declare it (a table [[purposes]] with id = "functional"), or write at the service purposes = ["media"]'
        ),
        'policy.toml:8: controller.name: [controller] lacks it: add a line such as: name = "Example Ltd"',
        (
            "policy.toml:18: retention.records: 'five years' is no duration: write a number and a unit (seconds … years), such "
            'as "13 months"'
        ),
        "policy.toml:20: retention.coulour: [retention] has no such key: remove it; [retention] may have records and text",
        (
            "policy.toml:26: cookies[0].purpose: cookie 'basket' serves the purpose 'basket', which is not declared: declare "
            'it (a table [[purposes]] with id = "basket"), or write purpose = "media"'
        ),
    ] == told(tmp_path, text)


def test_the_error_carries_the_problems(tmp_path: Path) -> None:
    """`load_policy` raises one error with all problems; its message has a line for each."""
    path = written(tmp_path, LEAST.replace("version", "vresion"))
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert check(path) == list(caught.value.problems)
    assert 2 == len(str(caught.value).splitlines())


def test_a_mapping_has_no_lines(declared: Declared) -> None:
    """Where there is no text, the key alone says where."""
    del declared["rights"]["authority"]
    assert [
        '<policy>: rights.authority: [rights] lacks it: add a line such as: authority = "Information Commissioner\'s Office"'
    ] == [str(problem) for problem in check(declared)]


def test_lines_of_json(tmp_path: Path, declared: Declared) -> None:
    """JSON has lines as well."""
    declared["prefix"] = "ck/"
    text = json.dumps(declared, indent=1)
    line = text[: text.index('"prefix"')].count("\n") + 1
    assert [f"policy.json:{line}: prefix: 'ck/' is no path: begin with /, do not end with it: \"/ck\""] == told(
        tmp_path, text, "policy.json"
    )


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("yuotube", "services[0].id: no service 'yuotube' in the catalogue: did you mean 'youtube'"),
        ({"id": "googleanalytics", "country": "US"}, "services[0].id: no service 'googleanalytics' in the catalogue: did you mean 'google-analytics'"),
        ("zzzzzzzz", "services[0].id: no service 'zzzzzzzz' in the catalogue: `consentkit services search WORD` finds what is there."),
        ({"name": "x", "provider": "y", "purposes": ["numbers"]}, "services[0].id: [[services]] 'x' lacks it: add a line such as: id = "),
        ({"id": 7}, 'services[0].id: it is the number 7, and texts stand in quotes: write id = "7"'),
        (7, "services[0]: it is the number 7 where a table must stand: write a table [[services]] with id, name, provider and purposes"),
    ],
)  # fmt: skip
def test_unknown_services(declared: Declared, entry: object, said: str) -> None:
    """An id that is not in the catalogue gets the nearest ones, and what a service of one's own would need."""
    declared["services"] = [entry]
    messages = [str(problem).removeprefix("<policy>: ") for problem in check(declared)]
    assert said == messages[0][: len(said)]
    assert not isinstance(entry, str) or 1 == len(messages)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("analitics", "there are no ready texts for a purpose 'analitics': did you mean 'analytics'? One of your own needs title, summary, text as well"),
        ("cars", "there are no ready texts for a purpose 'cars': ready are functional,"),
    ],
)  # fmt: skip
def test_unknown_purposes(declared: Declared, entry: str, said: str) -> None:
    """The same of a purpose that is named by id alone."""
    declared["purposes"].append(entry)
    (problem,) = check(declared)
    assert said == f"{problem.what}: {problem.mend}"[: len(said)]
    assert "purposes[3].id" == problem.key


def test_a_policy_with_warnings_is_a_policy(tmp_path: Path) -> None:
    """Warnings say what was hardly meant, with lines like problems, and do not stand in the way."""
    examination = examine(written(tmp_path, LEAST))
    assert examination.policy is not None
    assert () == examination.problems
    assert [(1, "minors"), (1, "policy_path"), (3, "services")] == [
        (problem.line, problem.key) for problem in examination.warnings if problem.key != "services[0]"
    ]


def test_no_warnings_while_there_are_problems(declared: Declared) -> None:
    """First things first."""
    del declared["version"]
    assert () == examine(declared).warnings


def test_naming_an_unsound_purpose_is_no_second_mistake(declared: Declared) -> None:
    """A service and a cookie may serve a purpose that is declared, though not soundly."""
    del declared["purposes"][0]["title"]
    declared["cookies"][0]["purpose"] = "numbers"
    assert ["purposes[0].title"] == [problem.key for problem in check(declared)]
