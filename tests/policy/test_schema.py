"""The schema for editors: it takes what `load` takes, short forms included, and refuses what a schema can."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from consentkit.policy.load import check
from consentkit.policy.models import Policy
from consentkit.policy.schema import json_schema

Declared = dict[str, Any]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """The schema, itself checked against its dialect."""
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize(
    "change",
    [
        lambda declared: None,
        lambda declared: declared.update({"$schema": "https://x.example/schema.json"}),
        lambda declared: declared.update(
            services=["youtube", {"id": "vimeo"}], purposes=[*declared["purposes"], "media"]
        ),
        lambda declared: declared["services"].append(
            {"id": "youtube", "purposes": ["numbers"], "placeholder": "video"}
        ),
        lambda declared: declared["purposes"].append({"id": "analytics", "title": "Figures"}),
        lambda declared: declared.update(
            minors={"age": 18, "text": "Not for you."}, policy_path="/privacy", mode="shared"
        ),
        lambda declared: declared.update(changes=[{"version": "1", "date": "2026-11-22", "summary": "The first."}]),
    ],
)
def test_what_loads_fits(
    validator: Draft202012Validator, declared: Declared, change: Callable[[Declared], None]
) -> None:
    """A policy that loads fits the schema."""
    change(declared)
    assert [] == check(declared)
    validator.validate(declared)


@pytest.mark.parametrize(
    "change",
    [
        lambda declared: declared.pop("version"),
        lambda declared: declared.update(colour="green"),
        lambda declared: declared.update(services=["yuotube"]),
        lambda declared: declared.update(services=[{"id": "yuotube"}]),
        lambda declared: declared.update(services=[{"name": "YouTube"}]),
        lambda declared: declared.update(purposes=["analitics"]),
        lambda declared: declared.update(purposes=[{"id": "analitics", "title": "Figures"}]),
        lambda declared: declared.update(sites=[]),
        lambda declared: declared.update(sites=["https://x.example"]),
        lambda declared: declared.update(unknown="perhaps"),
        lambda declared: declared["cookies"][0].pop("third_party"),
    ],
)
def test_what_does_not_fit_does_not_load(
    validator: Draft202012Validator, declared: Declared, change: Callable[[Declared], object]
) -> None:
    """What the schema refuses is refused by `load` as well."""
    change(declared)
    assert not validator.is_valid(declared)
    assert check(declared)


def test_every_key_is_described(validator: Draft202012Validator) -> None:
    """An editor can say of every key what it means."""
    assert [] == [path for path, field in _fields(validator.schema) if not field.get("description")]


def test_nothing_may_be_null(validator: Draft202012Validator) -> None:
    """TOML has no null, so no editor should offer it."""
    text = json.dumps(validator.schema)
    assert '"null"' not in text
    assert ": null" not in text


def test_every_example_loads(declared: Declared) -> None:
    """The examples beside the keys, which the messages repeat, are sound values."""
    schema = json_schema()
    required = Policy.model_json_schema()["$defs"]
    for name, table in schema["$defs"].items():
        fields = {key: field["examples"][0] for key, field in table["properties"].items() if field.get("examples")}
        assert set(fields) >= {
            key for key in required[name].get("required", ()) if not _holds_tables_or_words(table["properties"][key])
        }
        Draft202012Validator({**table, "$defs": schema["$defs"], "required": []}).validate(fields)
    for key, field in schema["properties"].items():
        if field.get("examples"):
            changed = {**copy.deepcopy(declared), key: field["examples"][0]}
            assert [] == check(changed)


def _fields(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, table in [("Policy", schema), *schema["$defs"].items()]:
        for key, field in table["properties"].items():
            yield f"{name}.{key}", field


def _holds_tables_or_words(field: dict[str, Any]) -> bool:
    return "enum" in field or "$ref" in field or "$ref" in field.get("items", {})
