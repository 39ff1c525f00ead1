"""Loading a policy: what may be short, and every problem with its file, line, key and mend."""

from __future__ import annotations

import copy
import datetime
import json
import tomllib
from collections import OrderedDict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import consentkit
from consentkit.errors import PolicyError, Problem, UsageError
from consentkit.policy import catalogue, models, translate
from consentkit.policy.load import check, examine, load_policy
from consentkit.policy.models import Policy
from consentkit.policy.source import MAX_POLICY_BYTES
from consentkit.policy.translate import translated

Declared = dict[str, Any]

LEAST = """\
version = "2026-11"
sites = ["www.brightwash.example"]
services = ["youtube"]
purposes = ["media"]
mandatory_data = "You need not tell us anything."
automated_decisions = "There are none."

[controller]
name = "Brightwash Ltd"
address = "1 Glass Lane, Exampletown"
email = "privacy@brightwash.example"

[rights]
contact = "Write to us."
authority = "The authority"
authority_url = "https://dpa.example/"

[retention]
records = "5 years"
text = "Orders are kept for ten years."
"""


def written(folder: Path, text: str | bytes, name: str = "policy.toml") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def told(folder: Path, text: str | bytes, name: str = "policy.toml") -> list[str]:
    """What is said of a file with this text, without the folder's name."""
    path = written(folder, text, name)
    return [str(problem).removeprefix(str(folder) + "/") for problem in check(path)]


# --- what loads -------------------------------------------------------------------------------------------------------


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


# --- files that are no policy -----------------------------------------------------------------------------------------


def test_a_missing_file(tmp_path: Path) -> None:
    """A path that leads nowhere is told as such."""
    assert [
        Problem("no/policy.toml", None, "(file)", "there is no such file", "give the path of a TOML or JSON file")
    ] == check("no/policy.toml")
    assert "there is no such file" == check(str(tmp_path / "a\nb"))[0].what


def test_a_directory(tmp_path: Path) -> None:
    """A directory is not a file."""
    assert "it is a directory" == check(tmp_path)[0].what


def test_an_impossible_name() -> None:
    """A name that no file can have is a problem, not an exception."""
    assert "it cannot be read (embedded null byte)" == check("policy\0.toml")[0].what


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_an_empty_file(tmp_path: Path, text: str) -> None:
    """A file without anything names the command that writes a beginning."""
    assert ["policy.toml: (file): it is empty: begin with the lines that `consentkit policy init` writes"] == told(
        tmp_path, text
    )


def test_another_encoding(tmp_path: Path) -> None:
    """The line of the first byte that is not UTF-8 is named."""
    assert ["policy.toml:2: (file): it is not UTF-8: save the file as UTF-8"] == told(
        tmp_path, 'version = "1"\nname = "Café"\n'.encode("latin-1")
    )


def test_a_huge_file(tmp_path: Path) -> None:
    """A file far larger than any policy is another file; it is not read to its end."""
    assert [
        "policy.toml: (file): it is larger than 1024 KiB: give the path of a policy; this seems to be another file"
    ] == told(tmp_path, b"#" * (MAX_POLICY_BYTES + 1))
    assert "it is empty" not in told(tmp_path, b"#" * MAX_POLICY_BYTES)[0]


def test_what_is_neither_path_nor_mapping() -> None:
    """A caller's mistake is a usage error."""
    with pytest.raises(UsageError, match="list is none"):
        load_policy([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = yes\n", "policy.toml:2: (syntax): this is no TOML: Invalid value: texts stand in quotes"),
        (
            "a = 1\nb\n",
            "policy.toml:2: (syntax): this is no TOML: Expected '=' after a key in a key/value pair: write key",
        ),
        ('a = "x\nb = 1', "policy.toml:1: (syntax): this is no TOML: Illegal character '\\n': close the quotes"),
        ('a = """x\nb = 1', "policy.toml:2: (syntax): this is no TOML: Unterminated string: close the quotes"),
        ("a = 1\n\na = 2", "policy.toml:3: (syntax): this is no TOML: Cannot overwrite a value: the key stands twice"),
        ("[a]\n[a]\n", "policy.toml:2: (syntax): this is no TOML: Cannot declare ('a',) twice: the table stands twice"),
        (
            'a = ["b"]\n[[a]]\n',
            "policy.toml:2: (syntax): this is no TOML: Cannot mutate immutable namespace ('a',): it is a list",
        ),
        ("a = [1,\n\n", "policy.toml:1: (syntax): this is no TOML: Invalid value: "),
        (
            "[a\nb = 1",
            "policy.toml:1: (syntax): this is no TOML: Expected ']' at the end of a table declaration: close",
        ),
        ("a = 1979-02-30", "policy.toml:1: (syntax): this is no TOML: Invalid date or datetime: compare the line"),
        (f"a = {'9' * 5000}", "policy.toml: (syntax): a value cannot be read: Exceeds the limit"),
        (f"a = {'[' * 90_000}", "policy.toml: (syntax): it is nested too deeply: a policy has four levels at most"),
    ],
)
def test_broken_toml(tmp_path: Path, text: str, said: str) -> None:
    """A syntax error has its line and says how such a line is written."""
    (message,) = told(tmp_path, text)
    assert said == message[: len(said)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,\n"b" 2}', "policy.json:2: (syntax): this is no JSON: Expecting ':' delimiter: mend the line"),
        ("[1, 2]", "policy.json:1: (file): it holds no table: begin with { and the keys of a policy"),
        ('{"a": {"b": 1, "b": 2}}', "policy.json: b: the key stands twice in its table: remove one"),
        (f'{{"a": {"9" * 5000}}}', "policy.json: (syntax): a value cannot be read: Exceeds the limit"),
        ("[" * 90_000, "policy.json: (syntax): it is nested too deeply: a policy has four levels at most"),
    ],
)
def test_broken_json(tmp_path: Path, text: str, said: str) -> None:
    """The same of JSON; a key that stands twice, which JSON would forget, is told."""
    (message,) = told(tmp_path, text, "policy.json")
    assert said == message[: len(said)]


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    """Whatever a file holds, the answer is a list of problems."""
    for name in ("policy.toml", "policy.json"):
        assert check(written(tmp_path_factory.getbasetemp(), raw, name))


# --- policies with problems -------------------------------------------------------------------------------------------


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
    ("table", "key", "value", "said"),
    [
        # another type
        (None, "version", 1, 'it is the number 1, and texts stand in quotes: write version = "1"'),
        (None, "version", datetime.date(2026, 11, 22), 'it is the date 2026-11-22, and texts stand in quotes: write version = "2026-11-22"'),
        (None, "version", True, 'it is true, and texts stand in quotes: write version = "true"'),
        (None, "version", ["1"], 'it is a list where a text must stand: write something such as: version = "2026-11"'),
        (None, "security", {}, 'it is a table where a text must stand: write something such as: security = "All pages are served over TLS."'),
        (None, "version", None, 'it is nothing where a text must stand: write something such as: version = "2026-11"'),
        (None, "version", 1j, 'it is a value of Python\'s type complex where a text must stand: write something such as: version = "2026-11"'),
        (None, "sites", "a.example", 'it is the text \'a.example\' where a list must stand: write sites = ["a.example"]'),
        (None, "sites", 1, 'it is the number 1 where a list must stand: write something such as: sites = ["www.example.com"]'),
        (None, "sites", [], 'it is empty: write something such as: sites = ["www.example.com"]'),
        (None, "purposes", {}, "it is a table where a list must stand: write [[purposes]] with id, title, summary and text"),
        (None, "controller", "me", "it is the text 'me' where a table must stand: write a table [controller] with name, address and email"),
        (None, "csp_widen", "sure", "it is the text 'sure', neither true nor false: write csp_widen = true, or false, without quotes"),
        (None, "reprompt_after", "often", "it is the text 'often' where a whole number must stand: write a whole number from 182 to 730, without quotes"),
        (None, "reprompt_after", 200.5, "it is the number 200.5 where a whole number must stand: write a whole number from 182 to 730, without quotes"),
        (None, "reprompt_after", float("inf"), "it is the number inf where a whole number must stand: write a whole number from 182 to 730, without quotes"),
        (None, "reprompt_after", 7, "7 is too small: write a whole number from 182 to 730, without quotes"),
        (None, "reprompt_after", 9999, "9999 is too large: write a whole number from 182 to 730, without quotes"),
        # words
        (None, "unknown", "Blocked", 'did you mean "block"? It may be "block", "ask" or "allow"'),
        (None, "mode", "", '\'\' is none of the words known here: write "per-visitor" or "shared"'),
        (None, "csp", False, 'false is none of the words known here: write "enforce", "report-only" or "off"'),
        # patterns
        (None, "policy_path", "privacy", "'privacy' is no path: begin with / and leave out ? and #: \"/privacy\""),
        (None, "language", "English", "'English' is no language tag: write a BCP 47 tag, such as \"en\" or \"pt-BR\""),
        (None, "cookie_name", "a b", "'a b' is no cookie name: write letters, digits, \"-\" and \"_\""),
        (None, "sites", ["bücher.example:8000"], 'small letters: "xn--bcher-kva.example"'),
        (None, "sites", ["ü" * 64], 'small letters, such as "www.example.com"'),
        (None, "sites", ["http://[::1"], 'is no host: write the host alone: no scheme, no port, no path, small letters, such as "www.example.com"'),
        ("controller", "email", "mailto:me@a.example", 'write the address alone: "me@a.example"'),
        ("controller", "email", "me at home", 'write the address alone, such as "privacy@example.com"'),
        ("controller", "name", " ", 'it is empty: write something such as: name = "Example Ltd"'),
        ("controller", "name", "Bright\nwash", "'Bright wash' has a line break or another control character: write it on one line, such as \"Example Ltd\""),
        ("controller", "name", "x" * 201, "it has 201 characters: shorten it to 200"),
        ("rights", "authority_url", "dpa.example/complain", 'write it whole, with https://: "https://dpa.example/complain"'),
        ("rights", "authority_url", "javascript:1", "'javascript:1' is no web address: write it whole, with https://, such as \"https://ico.org.uk/make-a-complaint/\""),
        # keys
        (None, "unknwon", "block", "the top level of the file has no such key: did you mean `unknown`?"),
        (None, "address", "1 Lane", "the top level of the file has no such key: it belongs into [controller]: move the line there"),
        (None, "provider", "Me", "the top level of the file has no such key: it belongs into [[services]]: move the line there"),
        ("retention", "csp", "off", "[retention] has no such key: it belongs to the top level: move the line above the first [table]"),
        ("retention", "colour", "off", "[retention] has no such key: remove it; [retention] may have records and text"),
    ],
)  # fmt: skip
def test_sentences(declared: Declared, table: str | None, key: str, value: object, said: str) -> None:
    """Each kind of mistake has a sentence that says what stands there, and a line that could stand there."""
    (declared[table] if table else declared)[key] = value
    messages = [
        str(problem) for problem in check(declared) if f"{problem.key}.".startswith(f"{table}.{key}" if table else key)
    ]
    assert 1 == len(messages)
    assert messages[0].endswith(said)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("id", "Counter!", "services[0].id: 'Counter!' is no id: write small letters, digits, \"-\" and \"_\": \"counter\""),
        ("country", "us", "services[0].country: 'us' is no country: write the two capital letters of ISO 3166-1: \"US\""),
        ("hosts", ["https://Counter.example/js"], "services[0].hosts[0]: 'https://Counter.example/js' is no host: write a host, or a host and the beginning of a path, without scheme: \"counter.example/js\""),
        ("hosts", ["*"], "services[0].hosts[0]: it is empty"),
        ("transfers", [{"country": "US"}], 'services[0].transfers[0].safeguard: [[services.transfers]] number 1 lacks it: add a line such as: safeguard = "standard contractual clauses"'),
        ("transfers", ["US"], "services[0].transfers[0]: it is the text 'US' where a table must stand: write a table [[transfers]] with country and safeguard"),
        ("verified", "lately", "services[0].verified: it is the text 'lately' where a date must stand: write verified = 2026-11-22 (year-month-day)"),
        ("cokies", [], "services[0].cokies: [[services]] 'counter' has no such key: did you mean `cookies`?"),
        ("watch_url", "x", "services[0].watch_url: there is no arrow in it: write REGULAR EXPRESSION -> REPLACEMENT"),
    ],
)  # fmt: skip
def test_sentences_of_services(declared: Declared, key: str, value: object, said: str) -> None:
    """The same within lists of tables, which are named by their ids."""
    declared["services"][0][key] = value
    assert said in [str(problem).removeprefix("<policy>: ")[: len(said)] for problem in check(declared)]


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


def test_keys_that_are_no_text(declared: Declared) -> None:
    """A mapping from Python may have stranger keys than a file."""
    declared[7] = "seven"  # type: ignore[index]
    assert ["<policy>: [7]: the top level of the file has no such key"] == [
        str(problem).partition(": remove")[0] for problem in check(declared)
    ]
    assert [] == check(OrderedDict(list(declared.items())[:-1]))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(Policy.model_fields)), VALUES)
def test_any_value_anywhere_is_a_problem_or_a_policy(key: str, value: object) -> None:
    """Whatever stands at a key, the answer is problems in sentences, or a policy."""
    data = {**tomllib.loads(LEAST), key: value}
    examination = examine(data)
    assert (examination.policy is None) == bool(examination.problems)
    assert all(problem.what and problem.mend and "\n" not in str(problem) for problem in examination.problems)


@given(st.data())
def test_any_value_in_a_service_is_a_problem_or_a_policy(data: st.DataObject) -> None:
    """The same within tables."""
    policy = tomllib.loads(LEAST)
    table = data.draw(st.sampled_from(["services", "purposes", "cookies", "recipients", "sections", "changes"]))
    shapes = {"services": "Service", "purposes": "Purpose", "cookies": "OwnCookie"}
    model = getattr(models, shapes.get(table, table.removesuffix("s").capitalize()))
    keys = st.sampled_from(sorted(model.model_fields))
    policy[table] = [data.draw(st.dictionaries(keys, VALUES, max_size=4))]
    examination = examine(policy)
    assert (examination.policy is None) == bool(examination.problems)


# --- warnings ---------------------------------------------------------------------------------------------------------


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


def test_errors_that_we_do_not_know_yet() -> None:
    """A kind of error that a later pydantic may bring is passed on in its own words."""
    error: Any = {"type": "novelty", "loc": ("version",), "msg": "Input is out of fashion", "input": "1"}
    ((_, finding),) = translated([error], {})
    assert ("version",) == finding.path
    assert "Input is out of fashion" == finding.what


def test_every_pattern_of_the_schema_has_words() -> None:
    """Whatever a pattern refuses is told in words: no key is forgotten where a new pattern is made."""

    def patterns(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
            return own.union(*map(patterns, node.values()))
        return set().union(*map(patterns, node)) if isinstance(node, list) else set()

    assert set() == patterns(Policy.model_json_schema()) - set(translate.PATTERNS)
