"""The JSON Schema of the policy's JSON."""

from __future__ import annotations

import json

import jsonschema
import pytest

from consentkit.pages.render import Pages
from consentkit.pages.schema import DIALECT, document_schema
from tests.pages.policies import full_policy
from tests.policies import make_policy

SCHEMA = json.loads(document_schema())


@pytest.mark.parametrize("policy", [full_policy(), make_policy()])
def test_the_json_follows_its_schema(policy: object) -> None:
    """Whatever a policy declares or leaves out, what is served fits the schema that is served."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(Pages(policy).policy_json()), SCHEMA)  # type: ignore[arg-type]


def test_the_schema_lets_nothing_else_through() -> None:
    """It says which dialect it is in, and what is unknown or missing does not fit."""
    document = json.loads(Pages(make_policy()).policy_json())
    assert SCHEMA["$schema"] == DIALECT
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert not validator.is_valid({**document, "more": 1})
    assert not validator.is_valid({key: value for key, value in document.items() if key != "rights"})
    assert not validator.is_valid({**document, "format": "2"})
