"""Writes the reference in policy-file.md from the models; a test keeps both the same.

Run it after a change of the models: python docs/policy_reference.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from consentkit.policy.models import Model, Policy
from consentkit.policy.walk import described, shape

PAGE = Path(__file__).with_name("policy-file.md")
BEGIN = "<!-- reference: written by policy_reference.py -->\n"
END = "<!-- end of reference -->\n"


def main() -> None:
    """Put the present reference into the page."""
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def updated(page: str) -> str:
    """The page with the present reference."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{reference()}{END}{rest.partition(END)[2]}"


def reference() -> str:
    """A section for each table, in the order in which the tables are first named."""
    return "".join(_section(header, model) for header, model in tables().items())


def tables() -> dict[str, type[Model]]:
    """The tables of a file: how each is headed, and its model."""
    found: dict[str, type[Model]] = {}

    def walk(model: type[Model], path: str) -> None:
        nested = []
        for name, field in model.model_fields.items():
            held = shape(field.annotation)
            if held.model:
                key = f"{path}.{name}" if path else name
                nested.append((f"[[{key}]]" if held.many else f"[{key}]", key, held.model))
        for header, key, inner in nested:
            found[header] = inner
            walk(inner, key)

    found["Top level"] = Policy
    walk(Policy, "")
    return found


def _section(header: str, model: type[Model]) -> str:
    title = header if header == "Top level" else f"`{header}`"
    lines = [
        f"### {title}",
        "",
        described(model.__doc__),
        "",
        "| key | value | meaning |",
        "|---|---|---|",
    ]
    schema = model.model_json_schema()["properties"]
    for name, field in model.model_fields.items():
        lines.append(f"| `{name}` | {'; '.join(_value(field, schema[name]))} | {_cell(described(field.description))} |")
    return "\n".join(lines) + "\n\n"


def _value(field: Any, schema: dict[str, Any]) -> Iterator[str]:
    """What may stand there, as phrases."""
    held = shape(field.annotation)
    options = [schema, *schema.get("anyOf", ())]
    if held.model:
        yield "tables" if held.many else "table"
    elif held.choices:
        words = ", ".join(f"`{json.dumps(choice)}`" for choice in held.choices)
        yield f"list of {words}" if held.many else _cell(words)
    elif held.many:
        yield "list of texts"
    elif schema.get("type") == "boolean":
        yield "`true` or `false`"
    elif schema.get("type") == "integer":
        yield f"whole number, {schema['minimum']} to {schema['maximum']}"
    elif any(option.get("format") == "date" for option in options):
        yield "date"
    else:
        yield "text"
    if field.is_required():
        yield "**required**"
    elif field.default not in (None, ()):
        yield f"default `{_cell(json.dumps(field.default, ensure_ascii=False))}`"
    if field.examples and not held.choices:
        yield f"e.g. `{_cell(json.dumps(field.examples[0], ensure_ascii=False))}`"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


if __name__ == "__main__":
    main()
