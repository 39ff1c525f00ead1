"""What is wrong, in the words of somebody who writes a policy file."""

from __future__ import annotations

import datetime
import tomllib
from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.policy import models, translate
from consentkit.policy.load import check, examine
from consentkit.policy.models import Policy
from consentkit.policy.translate import translated
from tests.policy.files import LEAST, Declared


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
