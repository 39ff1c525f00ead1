"""From a file or a mapping to plain data and the lines of its keys. What cannot be read is a problem, no exception."""

from __future__ import annotations

import json
import os
import pathlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from consentkit.errors import Problem, UsageError
from consentkit.policy.locate import Locations, locate_json, locate_toml

# A policy is texts for people: the longest are some tens of kilobytes. More than this is another file
# (a log, a database), and not worth the memory.
MAX_POLICY_BYTES: Final = 1024 * 1024

NO_FILE: Final = "<policy>"  # where the problems of a mapping are
FILE_KEY: Final = "(file)"  # stands for a key where the whole file is meant
SYNTAX_KEY: Final = "(syntax)"

_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_TOML_NAME = re.compile(r"\((?:'[^']+',? ?)+\)")  # a table as tomllib names it: ('services',), ('a', 'b')

# What tomllib says -> how people mend it; `[[…]]` is the table that it names.
_TOML_MENDS: Final = (
    ("Expected '=' after a key", 'write key = "value", texts in quotes'),
    ("Invalid value", 'texts stand in quotes: key = "value"; true, false and numbers do not'),
    ("Illegal character", 'close the quotes; a text of several lines stands between three: key = """ … """'),
    ("Unterminated string", 'close the quotes; a text of several lines stands between three: key = """ … """'),
    ("Expected \"'''\"", "close the text with three quotes"),
    ("Unescaped '\\'", "double the backslash, or put the text in single quotes"),
    ("Cannot overwrite a value", "the key stands twice in its table: remove one"),
    ("Duplicate inline table key", "the key stands twice in its table: remove one"),
    ("Cannot declare", "the table stands twice: join the two, or write both as [[…]] if it is a list"),
    (
        "Cannot mutate immutable namespace",
        "it is a list or a table in braces already: add to it, or write each entry as a table of its own, [[…]]",
    ),
    ("Unclosed array", "close the list with ]"),
    ("Unclosed inline table", "close the table with }"),
    ("Expected ']'", "close the header: [table], or [[list of tables]]"),
    ("Expected newline or end of document", "begin a new line here; texts stand in quotes"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """What was read.

    Attributes:
        where: the file as the caller named it, or `NO_FILE`.
        data: the outermost table.
        locations: the lines of its keys.
        problems: why it could not be read; then `data` is empty.
    """

    where: str
    data: Mapping[str, Any] = field(default_factory=dict)
    locations: Locations = field(default_factory=Locations)
    problems: tuple[Problem, ...] = ()


def read(source: str | os.PathLike[str] | Mapping[str, Any]) -> Source:
    """Read a policy: a TOML file, a JSON file (by the suffix ``.json``), or a mapping.

    Raises:
        UsageError: if the source is something else.
    """
    if isinstance(source, Mapping):
        return Source(NO_FILE, source)
    if not isinstance(source, (str, os.PathLike)):
        raise UsageError(
            f"a policy is the path of a TOML or JSON file, or a mapping; {type(source).__name__} is none: "
            "load text with tomllib.loads first"
        )
    where = os.fspath(source)
    raw = _bytes(where)
    if isinstance(raw, Problem):
        return Source(where, problems=(raw,))
    try:
        # Windows editors begin a file with a mark that TOML and JSON do not know.
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _failed(where, line, FILE_KEY, "it is not UTF-8", "save the file as UTF-8")
    if not text.strip():
        return _failed(
            where, None, FILE_KEY, "it is empty", "begin with the lines that `consentkit policy init` writes"
        )
    try:
        return _json(where, text) if pathlib.PurePath(where).suffix.lower() == ".json" else _toml(where, text)
    except RecursionError:
        return _failed(where, None, SYNTAX_KEY, "it is nested too deeply", "a policy has four levels at most")


def _failed(where: str, line: int | None, key: str, what: str, mend: str) -> Source:
    return Source(where, problems=(Problem(where, line, key, what, mend),))


def _bytes(where: str) -> bytes | Problem:
    try:
        with pathlib.Path(where).open("rb") as file:
            raw = file.read(MAX_POLICY_BYTES + 1)
    except FileNotFoundError:
        what, mend = "there is no such file", "give the path of a TOML or JSON file"
    except IsADirectoryError:
        what, mend = "it is a directory", "give the path of a TOML or JSON file in it"
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = error.strerror if isinstance(error, OSError) else None
        what, mend = f"it cannot be read ({reason or error})", "make it readable for this program"
    else:
        if len(raw) <= MAX_POLICY_BYTES:
            return raw
        what = f"it is larger than {MAX_POLICY_BYTES // 1024} KiB"
        mend = "give the path of a policy; this seems to be another file"
    return Problem(where, None, FILE_KEY, what, mend)


def _toml(where: str, text: str) -> Source:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _TOML_PLACE.search(message)
        line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
        what = f"this is no TOML: {_TOML_PLACE.sub('', message)}"
        mend = next((mend for said, mend in _TOML_MENDS if said in message), "compare the line with https://toml.io")
        if named := _TOML_NAME.search(message):
            table = ".".join(re.findall("'([^']+)'", named[0]))
            mend = mend.replace("[[…]]", f"[[{table}]]")
        return _failed(where, line, SYNTAX_KEY, what, mend)
    except ValueError as error:  # a number beyond Python's limits, the 30th of February
        return _failed(where, None, SYNTAX_KEY, f"a value cannot be read: {error}", "write a smaller or a real one")
    return Source(where, data, locate_toml(text))


def _json(where: str, text: str) -> Source:
    twice: list[str] = []

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) < len(pairs):
            keys = [key for key, _ in pairs]
            twice.extend(key for key in out if keys.count(key) > 1)
        return out

    try:
        data = json.loads(text, object_pairs_hook=table)
    except json.JSONDecodeError as error:
        return _failed(
            where, error.lineno, SYNTAX_KEY, f"this is no JSON: {error.msg}", "mend the line, or name a TOML file .toml"
        )
    except ValueError as error:  # a number beyond Python's limits
        return _failed(where, None, SYNTAX_KEY, f"a value cannot be read: {error}", "write a smaller one")
    if not isinstance(data, dict):
        return _failed(where, 1, FILE_KEY, "it holds no table", "begin with { and the keys of a policy")
    problems = tuple(Problem(where, None, key, "the key stands twice in its table", "remove one") for key in twice)
    return Source(where, {} if problems else data, locate_json(text), problems)
