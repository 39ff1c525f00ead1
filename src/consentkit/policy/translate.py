"""pydantic's errors in the words of somebody who writes a policy file: what is wrong, and a line that mends it."""

from __future__ import annotations

import datetime
import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import idna
from pydantic_core import ErrorDetails

from consentkit.policy import models, values
from consentkit.policy.findings import ERROR_TYPE, Finding, Path, dotted
from consentkit.policy.regimes import PLACE_PATTERN
from consentkit.policy.walk import field_at, model_at, required, shape

SHOWN = 40  # characters of a wrong value that a message repeats: enough to find it by
LIKENESS = 0.6  # of difflib, where 1 is equal: a misspelt key finds its own, another word does not
ABOVE_TABLES = "add above the first [table]"  # at the end of the file a line would belong to the last table

PATTERNS = {
    values.LINE_PATTERN: ("has a line break or another control character", "write it on one line"),
    values.COOKIE_DOMAIN_PATTERN: ("is no domain", "write the host alone, small letters"),
    values.COOKIE_PATH_PATTERN: ("is no path", "begin with / and leave out ; and spaces"),
    values.ID_PATTERN: ("is no id", 'write small letters, digits, "-" and "_"'),
    values.COUNTRY_PATTERN: ("is no country", "write the two capital letters of ISO 3166-1"),
    values.URL_PATTERN: ("is no web address", "write it whole, with https://"),
    values.EMAIL_PATTERN: ("is no e-mail address", "write the address alone"),
    values.HOST_PATTERN: ("is no host", "write the host alone: no scheme, no port, no path, small letters"),
    values.HOST_PATH_PATTERN: ("is no host", "write a host, or a host and the beginning of a path, without scheme"),
    values.LANGUAGE_PATTERN: ("is no language tag", 'write a BCP 47 tag, such as "en" or "pt-BR"'),
    values.PATH_PATTERN: ("is no path", "begin with / and leave out ? and #"),
    values.PREFIX_PATTERN: ("is no path", "begin with /, do not end with it"),
    PLACE_PATTERN: ("is no place", "write the code of a country or of its part, as ISO 3166 has it"),
    values.HEADER_PATTERN: ("is no header field", "write its name, such as X-Geo-Country"),
    values.FIELD_PATTERN: ("is no value of a header field", "write it on one line, in letters without accents"),
    values.SHARE_URL_PATTERN: ("is no address that shares a page", "write it whole, with https:// and {url} in it"),
    values.WIDGET_PATTERN: ("is no rule for an element", "write ELEMENT[ATTRIBUTE] -> URL, or -> json"),
    values.COOKIE_NAME_PATTERN: ("is no cookie name", 'write letters, digits, "-" and "_"'),
}


def translated(errors: Sequence[ErrorDetails], data: Mapping[str, Any]) -> Iterator[tuple[ErrorDetails, Finding]]:
    """Each error with what it means for the file; an error can mean several things.

    Args:
        errors: from `pydantic.ValidationError.errors`.
        data: what was validated.
    """
    for error in errors:
        path = tuple(error["loc"])
        if error["type"] == "too_short" and error["input"]:
            continue  # pydantic counts sound members only; the unsound ones have errors of their own
        if error["type"] == ERROR_TYPE:
            for finding in error["ctx"]["findings"]:
                yield error, Finding((*path, *finding.path), finding.what, finding.mend)
        else:
            what, mend = _clauses(error, path, data)
            yield error, Finding(path, what, mend)


def table_name(path: Path, data: Mapping[str, Any]) -> str:
    """How people call the table at a path: ``[controller]``, ``[[services]] 'maps'``."""
    if not path:
        return "the top level of the file"
    if not isinstance(path[-1], int):
        return f"[{dotted(path)}]"
    entry = _at(path, data)
    name = (entry.get("id") or entry.get("name")) if isinstance(entry, Mapping) else None
    called = f"[[{'.'.join(str(part) for part in path if isinstance(part, str))}]]"
    return f"{called} {shown(name)}" if isinstance(name, str) else f"{called} number {path[-1] + 1}"


def example_line(path: Path) -> str:
    """A line that could stand at this key, or the table that it needs; for a list's member, the list."""
    while isinstance(path[-1], int):
        path = path[:-1]
    key = str(path[-1])
    field = field_at(path)
    held = shape(field.annotation if field else None)
    if held.model:
        header = f"[[{key}]]" if held.many else f"[{key}]"
        return f"{header} with {_listed(required(held.model))}"
    examples = (field.examples if field else None) or held.choices or ("…",)
    return f"{key} = {toml(examples[0])}"


def shown(value: str) -> str:
    """A wrong value, quoted, shortened, on one line."""
    line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in " ".join(value.split()))
    return f"'{line if len(line) <= SHOWN else line[:SHOWN] + '…'}'"


def toml(value: Any) -> str:
    """A plain value as TOML writes it."""
    return json.dumps(value, ensure_ascii=False)


def _clauses(error: ErrorDetails, path: Path, data: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong, and how to mend it."""
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "missing":
        line = example_line(path)
        if line.startswith("["):
            mend = f"add a table {line}"
        elif path[:-1]:
            mend = f"add a line such as: {line}"
        else:
            mend = f"{ABOVE_TABLES} a line such as: {line}"
        return f"{table_name(path[:-1], data)} lacks it", mend
    if kind in {"extra_forbidden", "invalid_key"}:
        return _unknown_key(path, data)
    if kind == "string_pattern_mismatch":
        return _pattern(context["pattern"], value, path)
    if kind in {"string_too_short", "too_short"}:
        return "it is empty", f"write something such as: {example_line(path)}"
    if kind == "string_too_long":
        return f"it has {len(value)} characters", f"shorten it to {context['max_length']}"
    if kind == "literal_error":
        return _choice(value, path)
    if kind in {"greater_than_equal", "less_than_equal"}:
        return f"{value} is too {'small' if kind.startswith('greater') else 'large'}", _bounds(path)
    if kind.startswith("string_"):
        if isinstance(value, (bool, int, float, datetime.date, datetime.time)):
            return f"it is {_kind(value)}, and texts stand in quotes", f'write {path[-1]} = "{_plain(value)}"'
        return f"it is {_kind(value)} where a text must stand", f"write something such as: {example_line(path)}"
    if kind.startswith("bool_"):
        return f"it is {_kind(value)}, neither true nor false", f"write {path[-1]} = true, or false, without quotes"
    if kind.startswith("int_") or kind == "finite_number":
        return f"it is {_kind(value)} where a whole number must stand", _bounds(path)
    if kind.startswith("date_"):
        return f"it is {_kind(value)} where a date must stand", f"write {path[-1]} = 2026-11-22 (year-month-day)"
    if kind == "tuple_type":
        return f"it is {_kind(value)} where a list must stand", _as_list(path, value)
    if kind in {"model_type", "model_attributes_type"}:
        line = example_line(path) if isinstance(path[-1], str) else _entry_line(path)
        return f"it is {_kind(value)} where a table must stand", f"write a table {line}"
    return error["msg"], "compare the reference of this key, or what `consentkit policy schema` says of it"


def _unknown_key(path: Path, data: Mapping[str, Any]) -> tuple[str, str]:
    key = str(path[-1])
    model = model_at(path[:-1])
    known = list(model.model_fields) if model else []
    place = table_name(path[:-1], data)
    what = f"{place} has no such key"
    if close := difflib.get_close_matches(key, known, n=1, cutoff=LIKENESS):
        return what, f"did you mean `{close[0]}`?"
    if path[:-1] and key in models.Policy.model_fields:
        return what, "it belongs to the top level: move the line above the first [table]"
    homes = [
        name
        for name, field in models.Policy.model_fields.items()
        if (held := shape(field.annotation)).model and key in held.model.model_fields
    ]
    if not path[:-1] and len(homes) == 1:
        many = shape(models.Policy.model_fields[homes[0]].annotation).many
        return what, f"it belongs into {f'[[{homes[0]}]]' if many else f'[{homes[0]}]'}: move the line there"
    return what, f"remove it; {place} may have {_listed(known)}"


def _pattern(pattern: str, value: str, path: Path) -> tuple[str, str]:
    if not value:
        return "it is empty", f"write something such as: {example_line(path)}"
    what, mend = PATTERNS[pattern]
    value = str(value)  # pydantic takes bytes for text, too
    better = _better(pattern, value)
    if better and re.search(pattern, better) and better != value:
        return f"{shown(value)} {what}", f'{mend}: "{better}"'
    if "such as" in mend:
        return f"{shown(value)} {what}", mend
    examples = getattr(field_at(path), "examples", None)
    example = examples[0][0] if examples and isinstance(examples[0], list) else examples[0] if examples else None
    return f"{shown(value)} {what}", f"{mend}, such as {toml(example)}" if example else mend


def _better(pattern: str, value: str) -> str:
    """What the author may have meant: the same value, tidied up."""
    if pattern == values.ID_PATTERN:
        return re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
    if pattern == values.COUNTRY_PATTERN:
        return value.upper()
    if pattern == values.URL_PATTERN:
        return f"https://{value.removeprefix('//')}" if "." in value and ":" not in value else ""
    if pattern == values.EMAIL_PATTERN:
        return value.removeprefix("mailto:").rpartition("<")[2].rstrip(">")
    if pattern in {values.HOST_PATTERN, values.HOST_PATH_PATTERN}:
        host, slash, rest = value.partition("://")[2].partition("/") if "://" in value else value.partition("/")
        try:
            host = host.rpartition("@")[2].partition(":")[0].strip().rstrip(".").lower()
            host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
        except UnicodeError:
            return ""
        return host + slash + rest if pattern == values.HOST_PATH_PATTERN and rest else host
    if pattern in {values.PATH_PATTERN, values.PREFIX_PATTERN}:
        return "/" + value.strip("/")
    return ""


def _choice(value: Any, path: Path) -> tuple[str, str]:
    field = field_at(path)
    choices = shape(field.annotation).choices if field else ()
    close = difflib.get_close_matches(str(value).lower().replace(" ", "_"), choices, n=1, cutoff=LIKENESS)
    what = f"{shown(value) if isinstance(value, str) else _kind(value)} is none of the words known here"
    listed = _listed([toml(choice) for choice in choices], "or")
    return what, f"did you mean {toml(close[0])}? It may be {listed}" if close else f"write {listed}"


def _bounds(path: Path) -> str:
    """The numbers that a key may hold."""
    bounds: dict[str, int] = {}
    for limit in getattr(field_at(path), "metadata", ()):
        for side in ("ge", "le"):
            if (bound := getattr(limit, side, None)) is not None:
                bounds[side] = bound
    return f"write a whole number from {bounds['ge']} to {bounds['le']}, without quotes"


def _as_list(path: Path, value: Any) -> str:
    line = example_line(path)
    if line.startswith("["):
        return f"write {line}"
    return f"write {path[-1]} = [{toml(value)}]" if isinstance(value, str) else f"write something such as: {line}"


def _entry_line(path: Path) -> str:
    """The header of a list's tables, and what must stand in them."""
    name = next(str(part) for part in reversed(path) if isinstance(part, str))
    model = model_at(path)
    return f"[[{name}]] with {_listed(required(model))}" if model else f"[[{name}]]"


def _at(path: Path, data: Any) -> Any:
    for part in path:
        data = data[part]
    return data


def _kind(value: Any) -> str:
    """A value as people call it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {_plain(value)}"
    if isinstance(value, (datetime.date, datetime.time)):
        return f"the date {_plain(value)}"
    if isinstance(value, str):
        return f"the text {shown(value)}" if value else "an empty text"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, Sequence):
        return "a list"
    return "nothing" if value is None else f"a value of Python's type {type(value).__name__}"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _listed(names: Sequence[str], joint: str = "and") -> str:
    return f"{', '.join(names[:-1])} {joint} {names[-1]}" if len(names) > 1 else "".join(names)
