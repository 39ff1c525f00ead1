"""The key locator: every key on its right line, whatever the document looks like."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consentkit.policy.findings import Path
from consentkit.policy.locate import Locations, locate_json, locate_toml

DOCUMENT = '''\
# a comment = "not a key"
version = "1"  # version = "2"
sites = [
  "a.example",  # the "first]
  "b.example", "c.example",
]

[controller]
name = """
address = "in a string"
"""
"e-mail" = 'a@b'
dpo.name = "K"
dpo . email = "k@b"

[[purposes]]
id = "one"
[[ purposes ]]
id = "two"
text = \'\'\'
[[purposes]]
\'\'\'
[purposes.deep]
key = 1979-05-27 07:32:00
[[services]]
id = "s"
cookies = [ { name = "c", lifetime = "1 day" },
  { name = "d", "quoted \\u00e9" = {x = [[1], [2,
    3]]} } ]
[[services.cookies2]]
name = "e"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("version",), 2),
        (("sites",), 3),
        (("sites", 0), 4),
        (("sites", 2), 5),
        (("controller",), 8),
        (("controller", "name"), 9),
        (("controller", "e-mail"), 12),
        (("controller", "dpo", "name"), 13),
        (("controller", "dpo", "email"), 14),
        (("controller", "dpo"), 13),
        (("purposes",), 16),
        (("purposes", 0), 16),
        (("purposes", 0, "id"), 17),
        (("purposes", 1), 18),
        (("purposes", 1, "id"), 19),
        (("purposes", 1, "text"), 20),
        (("purposes", 1, "deep"), 23),
        (("purposes", 1, "deep", "key"), 24),
        (("services", 0, "cookies", 0, "lifetime"), 27),
        (("services", 0, "cookies", 1), 28),
        (("services", 0, "cookies", 1, "quoted é", "x", 1, 1), 29),
        (("services", 0, "cookies2", 0, "name"), 31),
    ],
)
def test_toml_lines(path: Path, line: int) -> None:
    """Headers, arrays of tables, dotted and quoted keys, inline tables and long strings are all followed."""
    assert line == locate_toml(DOCUMENT).lines[path]


def test_the_document_of_these_tests_is_toml() -> None:
    """The document above is one that the standard library accepts, and every key of it is located."""
    assert set(_paths(tomllib.loads(DOCUMENT))) <= set(locate_toml(DOCUMENT).lines)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("controller", "phone"), 8),
        (("purposes", 1, "title"), 18),
        (("rights",), 1),
        (("rights", "contact"), 1),
        (("services", 0, "cookies", 1, "type"), 28),
    ],
)
def test_missing_keys(path: Path, line: int) -> None:
    """A key that is not there is looked for at its table; a table that is not there, in the first line."""
    assert line == locate_toml(DOCUMENT).line(path)


def test_no_text_no_line() -> None:
    """A mapping has no lines."""
    assert Locations().line(("version",)) is None


def test_windows_line_ends_count_once() -> None:
    """A carriage return belongs to the line feed after it."""
    assert 3 == locate_toml('a = "x"\r\n\r\nb = 1\r\n').lines[("b",)]


def test_quotation_marks_before_the_closing_three() -> None:
    """A long string may end in one or two quotation marks of its own."""
    text = 'a = """\n"x""  """""\nb = \'\'\'\n\'y\'\'\'\'\'\nc = """"""\nd = 1\n'
    assert {"a": 1, "b": 3, "c": 5, "d": 6} == _top(locate_toml(text))
    assert ["a", "b", "c", "d"] == list(tomllib.loads(text))


@pytest.mark.parametrize("text", ["a = ", "[a", "= 1", 'a = "', "a = [1", "a = {b = 1", "]", "a = [" * 3000])
def test_what_is_no_toml_gets_no_lines(text: str) -> None:
    """A text that cannot be followed has no lines, and no exception either."""
    assert locate_toml(text).line(("a",)) is None


@pytest.mark.parametrize("text", ["", "[", "{", '{"a" 1}', '{"a": [1, }', "[" * 3000])
def test_what_is_no_json_gets_no_lines(text: str) -> None:
    """The same of JSON."""
    assert locate_json(text).line(("a",)) is None


def test_json_lines() -> None:
    """Keys and list members of JSON are found as well."""
    text = '{\n "a": [1,\n {"b": "x, \\"]",\n "c\\u00e9": {}}, []],\n "d": null}'
    lines = locate_json(text).lines
    assert {
        (): 1,
        ("a",): 2,
        ("a", 0): 2,
        ("a", 1): 3,
        ("a", 1, "b"): 3,
        ("a", 1, "cé"): 4,
        ("a", 2): 4,
        ("d",): 5,
    } == lines


@given(st.text(alphabet="[]{}\"'=.,# \n\tab1\\", max_size=60))
@example("a = {b = 1 c = 2}")
def test_any_text_is_survived(text: str) -> None:
    """Whatever the text is, the answer is lines, not an exception."""
    locate_toml(text)
    locate_json(text)


# --- generated documents ----------------------------------------------------------------------------------------------
# A writer that knows where it puts each key, and takes every liberty that TOML allows.

KEYS = st.one_of(
    st.from_regex(r"\A[A-Za-z0-9_-]{1,6}\Z"),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6),
)
STRINGS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\r"), max_size=20)
SCALARS = st.one_of(
    STRINGS, st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.dates(), st.datetimes()
)
TABLES = st.recursive(
    st.dictionaries(KEYS, SCALARS, max_size=4),
    lambda inner: st.dictionaries(
        KEYS,
        st.one_of(inner, st.lists(inner, min_size=1, max_size=3), SCALARS, st.lists(SCALARS, max_size=3)),
        max_size=4,
    ),
    max_leaves=12,
)


class Writer:
    """Writes a document in one of its many forms and notes the line of every key."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.out = ""
        self.lines: dict[Path, int] = {}

    def _flip(self) -> bool:
        return self.draw(st.booleans())

    def _note(self, path: Path) -> None:
        self.lines.setdefault(path, self.out.count("\n") + 1)

    def _gap(self) -> None:
        self.out += self.draw(st.sampled_from(["", " ", "\n", "\t", ' # [a] = "b" \n', "\n\n  "]))

    def _key(self, key: str) -> str:
        bare = key and key.isascii() and all(c.isalnum() or c in "-_" for c in key)
        if bare and self._flip():
            return key
        if "'" not in key and self._flip():
            return f"'{key}'"
        return '"' + self._basic(key) + '"'

    def _basic(self, text: str) -> str:
        return "".join(f"\\u{ord(c):04X}" if c in '"\\' or ord(c) < 32 or ord(c) == 127 else c for c in text)

    def _string(self, text: str) -> str:
        plain = all(ord(c) >= 32 and ord(c) != 127 for c in text.replace("\n", ""))
        forms = ['"' + self._basic(text) + '"']
        if plain and "\\" not in text and '"""' not in text:
            body = text if not text.endswith('"') else text[:-1] + '\\"'
            forms.append('"""\n' + body + '"""')
        if plain and "'''" not in text and not text.endswith("'"):
            forms.append("'''\n" + text + "'''")
        return self.draw(st.sampled_from(forms))

    def _value(self, value: Any, path: Path) -> None:
        if isinstance(value, dict):
            self.out += "{"
            for index, (key, inner) in enumerate(value.items()):
                self.out += ", " if index else " "
                self._pair((*path, key), key, inner)
            self.out += " }"
        elif isinstance(value, list):
            self.out += "["
            for index, inner in enumerate(value):
                self._gap()
                self._note((*path, index))
                self._value(inner, (*path, index))
                self._gap()
                if index < len(value) - 1 or self._flip():
                    self.out += ","
            self._gap()
            self.out += "]"
        elif isinstance(value, str):
            self.out += self._string(value)
        elif isinstance(value, bool):
            self.out += str(value).lower()
        elif hasattr(value, "isoformat"):
            stamp = value.isoformat()
            self.out += stamp.replace("T", " ") if self._flip() else stamp
        else:
            self.out += repr(value)

    def _pair(self, path: Path, key: str, value: Any) -> None:
        self._note(path)
        self.out += self._key(key) + self.draw(st.sampled_from([" = ", "=", "\t=  "]))
        self._value(value, path)

    def _table(self, data: dict[str, Any], path: Path, header: list[str]) -> None:
        later = {k: v for k, v in data.items() if _is_table(v) and (path == () or self._flip())}
        for key, value in data.items():
            if key in later:
                continue
            if isinstance(value, dict) and value and self._flip():  # dotted
                for inner, scalar in value.items():
                    self._note((*path, key))
                    self._note((*path, key, inner))
                    self.out += f"{self._key(key)} . {self._key(inner)} = "
                    self._value(scalar, (*path, key, inner))
                    self.out += "\n"
            else:
                self._pair((*path, key), key, value)
                self.out += self.draw(st.sampled_from(["\n", " # x = 1\n", "\n\n"]))
        for key, value in later.items():
            name = [*header, key]
            dotted = " . ".join(self._key(k) for k in name)
            for index, inner in enumerate(value if isinstance(value, list) else [value]):
                self._note((*path, key))
                place: Path = (*path, key, index) if isinstance(value, list) else (*path, key)
                self._note(place)
                self.out += f"[[{dotted}]]\n" if isinstance(value, list) else f"[ {dotted} ] # ]\n"
                self._table(inner, place, name)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and value != [] and isinstance(value[0], dict))


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[Path, int]]:
    """A TOML text, and the line of every key in it."""
    writer = Writer(draw)
    writer._table(draw(TABLES), (), [])
    return writer.out, writer.lines


@given(documents())
def test_every_key_is_found_on_its_line(document: tuple[str, dict[Path, int]]) -> None:
    """In any TOML document every key, table and list member is found, on the line where it stands, and nothing else."""
    text, lines = document
    tomllib.loads(text)
    found = locate_toml(text).lines
    assert {**lines, (): 1} == found


@given(TABLES, st.sampled_from([None, 0, 2]))
def test_every_key_of_json_is_found(data: dict[str, Any], indent: int | None) -> None:
    """In any JSON document every key is found, on the line where it stands."""
    text = json.dumps(data, indent=indent, default=str)
    lines = locate_json(text).lines
    rows = text.split("\n")
    for path in _paths(json.loads(text)):
        name = path[-1]
        assert isinstance(name, int) or json.dumps(name) in rows[lines[path] - 1]


def _paths(data: Any, at: Path = ()) -> list[Path]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path for key, value in items for path in [(*at, key), *_paths(value, (*at, key))]]


def _top(locations: Locations) -> dict[str, int]:
    return {str(path[0]): line for path, line in locations.lines.items() if path}
