"""Strings in JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.jsontext import Members, objects, strings

VALUES = st.recursive(
    st.text(max_size=6) | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":"b"}', ["a", "b"]),
        (r'"\u0061\/\\\"\n\t\f\b\r"', ['a/\\"\n\t\f\b\r']),
        ('"a', ["a"]),
        ("x", []),
        (r'"\x"', ["x"]),
    ],
)
def test_strings(text: str, expected: list[str]) -> None:
    """Escapes are decoded, and a string that nobody closes goes to the end."""
    assert expected == [each.value for each in strings(text)]
    assert all(text[each.start - 1] == '"' for each in strings(text))


@given(VALUES, st.booleans())
def test_every_string_of_a_value_is_found(value: object, escaped: bool) -> None:
    """Whatever is written as JSON is read as it is, and every object of it is found."""
    text = json.dumps(value, ensure_ascii=escaped)
    found: list[object] = []
    json.loads(text, object_hook=found.append)

    members = objects(text)

    assert members is not None
    assert len(found) == len(members)
    assert {each.value for each in strings(text)} >= {name.value for one in members for name, _ in one.pairs}


def test_keys_may_come_twice() -> None:
    """Each value of a key is given, with the places of strings."""
    (inner, outer) = objects('{"a":[{"b":"c"}],"a":"d"}') or []

    assert [[inner], "d"] == [value if isinstance(value, list) else value.value for value in outer.each("a")]
    assert isinstance(inner, Members)
    assert [(8, "b", 12, "c")] == [(*name, *value) for name, value in inner.pairs]


@pytest.mark.parametrize("text", ["{", "{'a':1}", "[" * 100_000, '{"a":"b}', "", "{1:2}"])
def test_what_is_no_json_has_no_objects(text: str) -> None:
    """Nothing is said of it."""
    assert objects(text) is None
