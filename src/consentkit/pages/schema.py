"""One rule: the JSON Schema of the policy page's JSON is made from the structure that the JSON is made from."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from consentkit.pages.document import JSON_VERSION, PolicyDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def document_schema() -> str:
    """The schema of `/policy.json` as JSON text (JSON Schema 2020-12), ending with a newline."""
    made: dict[str, Any] = TypeAdapter(PolicyDocument).json_schema(mode="serialization")
    made["properties"] = {"format": {"const": JSON_VERSION, "type": "string"}, **made["properties"]}
    made["required"] = ["format", *made["required"]]
    for table in (made, *made["$defs"].values()):
        table["additionalProperties"] = False
    made = {"$schema": DIALECT, **made, "title": "Privacy policy"}
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"
