"""Character references in attribute values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.references import decode_attribute, decode_with_offsets
from consentkit.html.refresh import refresh_url


@pytest.mark.parametrize(("written", "meant"), [
    ("a&amp;b", "a&b"), ("&copy=2", "&copy=2"), ("&copy;=2", "©=2"), ("&copy 2", "© 2"), ("&notit;", "&notit;"), ("&notin;", "∉"),
    ("&#47;&#x2F;&sol;", "///"), ("&#47", "/"), ("&#0;&#xD800;&#x110000;", "\ufffd\ufffd\ufffd"), ("&#128;&#x9f;", "€Ÿ"),
    ("&#x81;", "\x81"), ("&;&#;&#x;", "&;&#;&#x;"), ("&nosuch;", "&nosuch;"), ("a\r\nb\rc", "a\nb\nc"), ("\0", "\ufffd"),
    ("&#" + "9" * 5000 + ";", "\ufffd"), ("&NotEqualTilde;", "≂̸"), ("&ampx", "&ampx"), ("&amp", "&"), ("&lt", "<"),
])  # fmt: skip
def test_references_are_decoded_as_in_attributes(written: str, meant: str) -> None:
    """Names without semicolon only where nothing follows that makes them part of a word."""
    assert meant == decode_attribute(written)


@given(st.text("a&#x;12cop=éltgm", max_size=30))
def test_offsets_lead_back_to_what_was_written(written: str) -> None:
    """Decoding with offsets gives the same text, and each offset where its character was written."""
    text, original = decode_with_offsets(written)
    assert decode_attribute(written) == text
    places = [original(at) for at in range(len(text) + 1)]
    assert sorted(places) == places
    assert len(written) == places[-1]
    for at, character in enumerate(text):
        assert written[places[at]] in {character, "&"}


@pytest.mark.parametrize(("value", "url"), [
    ("0;url=//a.test/", "//a.test/"), ("0; URL = '//a.test/' x", "//a.test/"), ("5", None), ("0 //a.test/", "//a.test/"),
    (' 0.5 , "//a.test/', "//a.test/"), (".5;//a.test", "//a.test"), ("x;url=//a.test", None), ("0;url=", None), ("0;", None),
])  # fmt: skip
def test_the_url_of_a_refresh(value: str, url: str | None) -> None:
    """With or without ``url=``, quotes and separators, as browsers read it."""
    assert url == refresh_url(value)
