"""Of a query string only a bounded part is read, and bad input reads as nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.endpoints.query import MAX_FIELDS, MAX_QUERY, fields, single
from tests.endpoints.shop import request


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("lang=de", "de"),
        ("a=1&lang=de&b=2", "de"),
        ("lang=d%65", "de"),
        ("lang=%ff", "\ufffd"),
        ("lang=de&lang=fr", None),
        ("lang=de&lang=de", None),
        ("lang=", None),
        ("LANG=de", None),
        ("", None),
    ],
)
def test_a_parameter_that_is_there_once(query: str, value: str | None) -> None:
    """Of two values nobody knows which was meant: only one that stands alone is read."""
    assert value == single(request("GET", "/_ck/preferences", query=query), "lang")


def test_what_is_too_long_or_too_much_is_not_read() -> None:
    """Behind the longest query that is read nothing counts, and of too many parameters none does."""
    longest = "a=" + "x" * (MAX_QUERY - len("a=&lang=de")) + "&lang=de"
    assert MAX_QUERY == len(longest)
    assert "de" == single(request("GET", "/", query=longest), "lang")
    assert single(request("GET", "/", query="x" + longest), "lang") == "d"
    most = "&".join(f"p{number}=1" for number in range(MAX_FIELDS))
    assert MAX_FIELDS == len(fields(request("GET", "/", query=most)))
    assert {} == fields(request("GET", "/", query=f"{most}&lang=de"))


@given(st.text(st.characters(max_codepoint=0xFF), max_size=60))
def test_any_query_is_read(query: str) -> None:
    """Whatever a server lets through is read without an error, and holds no more parameters than are read."""
    assert len(fields(request("GET", "/", query=query))) <= MAX_FIELDS
