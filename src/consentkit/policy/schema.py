"""The JSON Schema of policy files, for editors: what `load` takes, with the short forms.

Editors of TOML use the same schemas. Rules between values are not in it; `consentkit policy check` knows those.
"""

from __future__ import annotations

from typing import Any

from consentkit.policy.catalogue import default_purposes, services
from consentkit.policy.load import SCHEMA_KEY
from consentkit.policy.models import Policy
from consentkit.policy.walk import described

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema as plain data, ready for `json.dumps`."""
    schema = Policy.model_json_schema()
    schema["$schema"] = DIALECT
    schema["title"] = "consentkit policy"
    schema["properties"][SCHEMA_KEY] = {"type": "string", "description": "Where editors find this schema (JSON files)."}
    _allow_ids(schema, "services", "Service", [service.id for service in services()])
    _allow_ids(schema, "purposes", "Purpose", [purpose.id for purpose in default_purposes()])
    for model in schema["$defs"].values():
        _tidy(model)
    _tidy(schema)
    return schema


def _allow_ids(schema: dict[str, Any], key: str, model: str, known: list[str]) -> None:
    """A known id may stand for the whole table; a table with a known id needs nothing else."""
    schema["properties"][key]["items"] = {"anyOf": [{"enum": known}, {"$ref": f"#/$defs/{model}"}]}
    table = schema["$defs"][model]
    table["if"] = {"not": {"properties": {"id": {"enum": known}}, "required": ["id"]}}
    table["then"] = {"required": table["required"]}
    table["required"] = ["id"]
    table["properties"]["id"]["examples"] = known


def _tidy(table: dict[str, Any]) -> None:
    """Say null nowhere (TOML has none), no titles that only repeat the key, no numbers of ours."""
    table["description"] = described(table.get("description"))
    for field in table.get("properties", {}).values():
        field.pop("title", None)
        field["description"] = described(field.get("description"))
        if field.get("default", "") is None:
            del field["default"]
        options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
        if "anyOf" in field and len(options) == 1:
            del field["anyOf"]
            field |= options[0]
