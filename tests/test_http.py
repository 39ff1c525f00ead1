"""The neutral HTTP values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.http import Head, Headers, Request, header_values, list_items, replaced, without

names = st.sampled_from(["Vary", "vary", "Set-Cookie", "X-A", "x-a"])
fields = st.lists(st.tuples(names, st.text(max_size=5)), max_size=8).map(tuple)


def test_request_joins_fields() -> None:
    """Several fields of one name are one value with commas, cookies with semicolons, and a missing one is None."""
    request = Request(
        "GET", "https", "h", "/", headers=(("Accept", "a"), ("accept", "b"), ("Cookie", "a=b"), ("cookie", "c=d"))
    )
    assert ("a, b", "a=b; c=d", None) == (request.header("ACCEPT"), request.header("Cookie"), request.header("Range"))


@pytest.mark.parametrize(
    ("request_", "url"),
    [
        (Request("GET", "https", "h.example:8000", "/a b", "q=1"), "https://h.example:8000/a%20b?q=1"),
        (Request("GET", "http", "h", "/\xe9?#", root_path="/app"), "http://h/app/%C3%A9%3F%23"),
        (Request("GET", "http", "h", ""), "http://h/"),
        (Request("OPTIONS", "http", "h", "*"), "http://h/*"),
        (Request("GET", "https", "h", "@other.test/", "a"), "https://h/@other.test/?a"),
        (Request("GET", "https", "h", ":99999"), "https://h/:99999"),
    ],
)
def test_request_url(request_: Request, url: str) -> None:
    """The URL is what the browser asked for: mount point, escaped path, the query as it was; no path changes the host."""
    assert url == request_.url


def test_head_joins_fields() -> None:
    """Several fields of an answer are one value with commas."""
    head = Head(200, (("Vary", "a"), ("vary", "b")))
    assert ("a, b", None) == (head.header("VARY"), head.header("ETag"))


@given(fields, names)
def test_without_and_values(headers: Headers, name: str) -> None:
    """Taking a field out takes out all of it in any case of letters, and leaves the others in their order."""
    left = without(headers, name)
    assert [] == header_values(left, name)
    assert [pair for pair in headers if pair[0].lower() != name.lower()] == list(left)
    assert len(headers) == len(left) + len(header_values(headers, name))


@given(fields, names, st.text(max_size=3))
def test_replaced(headers: Headers, name: str, value: str) -> None:
    """Replacing leaves one value, in the place of the first or at the end, and the others in their order."""
    out = replaced(headers, name, value)
    assert [value] == header_values(out, name)
    assert without(headers, name) == without(out, name)
    positions = [index for index, (key, _) in enumerate(headers) if key.lower() == name.lower()]
    assert (positions[0] if positions else len(headers)) == [key.lower() for key, _ in out].index(name.lower())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []), (" ,, ,", []), ("a", ["a"]), (" a ,\tb ,", ["a", "b"]), ('"a,b", c', ['"a,b"', "c"]), ('a="x\\",y", b', ['a="x\\",y"', "b"]),
        ('"open, b', ['"open, b']), ("a b,c", ["a b", "c"]),
    ],
)  # fmt: skip
def test_list_items(value: str, expected: list[str]) -> None:
    """A list is cut at commas outside quotes, empty members are none, white space around members goes."""
    assert expected == list(list_items(value))


@given(st.lists(st.from_regex(r'[a-z]{1,4}|"[a-z, ]{0,5}"', fullmatch=True), max_size=6))
def test_list_items_round_trip(items: list[str]) -> None:
    """Members joined with commas are the same members again."""
    assert items == list(list_items(", ".join(items)))


def test_names() -> None:
    """A request tells which fields it has, whatever their case."""
    request = Request("GET", "https", "h", "/", headers=(("ACCEPT", "*/*"), ("Cookie", "a=1"), ("cookie", "b=2")))
    assert {"accept", "cookie"} == set(request.fields)
    assert set() == set(Request("GET", "https", "h", "/").fields)
