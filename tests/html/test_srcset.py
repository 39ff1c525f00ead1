"""The srcset grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.srcset import parse_srcset


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("", []),
        (" \t\n\f\r", []),
        (",, ,", []),
        ("a.png", ["a.png"]),
        ("a.png 1x, b.png 2x", ["a.png", "b.png"]),
        ("a.png,b.png", ["a.png,b.png"]),
        ("a.png, b.png", ["a.png", "b.png"]),
        ("a.png,,, b.png", ["a.png", "b.png"]),
        ("a.png 1x,b.png 2x", ["a.png", "b.png"]),
        ("a.png 100w 50h , b.png", ["a.png", "b.png"]),
        ("a.png type(x, y) 1x, b.png", ["a.png", "b.png"]),
        ("a.png type(x, y", ["a.png"]),
        ("a.png )1x, b.png", ["a.png", "b.png"]),
        ("a.png wrong, b.png", ["a.png", "b.png"]),
        ("\n//a.test/a,b.png\n2x,\n//b.test/c.png\n", ["//a.test/a,b.png", "//b.test/c.png"]),
        ("data:image/png;base64,AAAA= 1x, b.png 2x", ["data:image/png;base64,AAAA=", "b.png"]),
        ("a\u00a0b.png 1x", ["a\u00a0b.png"]),
        (",a.png", ["a.png"]),
    ],
)
def test_candidates(value: str, urls: list[str]) -> None:
    """Commas end a candidate behind descriptors and at the end of a URL, nowhere else."""
    candidates = parse_srcset(value)

    assert urls == [candidate.url for candidate in candidates]
    assert urls == [value[candidate.start : candidate.end] for candidate in candidates]


@given(st.text(st.sampled_from("a,() \n2x"), max_size=40))
def test_any_value(value: str) -> None:
    """Any value is survived; candidates come in order, do not overlap and hold no white space."""
    position = 0
    for candidate in parse_srcset(value):
        assert position <= candidate.start < candidate.end
        assert candidate.url == value[candidate.start : candidate.end]
        assert not set(candidate.url) & set(" \n")
        position = candidate.end
