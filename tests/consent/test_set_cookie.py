"""Cookies as we write them, and the cutting of Cookie fields."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.set_cookie import LIFETIME_CAP, cookie_pairs, dump_set_cookie, prefix_faults
from consentkit.errors import UsageError

GRAMMAR = re.compile(r"[!#-'*+.0-9A-Z^_`a-z|~-]+=[!#-+\--:<-\[\]-~]*(?:; [ -:<-~]+)*")


def test_the_whole_field() -> None:
    """Every attribute once, in a fixed order, SameSite always."""
    field = dump_set_cookie("a", "b", max_age=3, domain="x.example", path="/p", partitioned=True, same_site="None")
    assert "a=b; Max-Age=3; Domain=x.example; Path=/p; Secure; HttpOnly; SameSite=None; Partitioned" == field


@pytest.mark.parametrize("value", [" ", ",", ";", "\\", "\0", "a\nb", "é", '"', '"a', 'a"', "a b", "\x7f"])
def test_values_outside_the_grammar(value: str) -> None:
    """A value with a space, comma, semicolon, backslash, control or other alphabet is refused (R110)."""
    with pytest.raises(UsageError, match="base64url"):
        dump_set_cookie("a", value)


def test_quotes_are_part_of_the_value() -> None:
    """A value in quotes is within the grammar."""
    assert dump_set_cookie("a", '"b"').startswith('a="b";')


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a;b", "é", "a\tb", "(a)", "[a]"])
def test_names_that_are_no_tokens(name: str) -> None:
    """A name that is no token is refused, the empty one too (R110, R111)."""
    with pytest.raises(UsageError, match="token"):
        dump_set_cookie(name, "b")


def test_size_is_limited() -> None:
    """Name and value have 4,096 bytes together and an attribute 1,024: browsers drop more (R112)."""
    assert dump_set_cookie("a", "b" * 4095)
    with pytest.raises(UsageError, match="4096"):
        dump_set_cookie("a", "b" * 4096)
    with pytest.raises(UsageError, match="too long"):
        dump_set_cookie("a", "b", path="/" + "p" * 1024)


@pytest.mark.parametrize("age", [-1, LIFETIME_CAP + 1])
def test_lifetime_is_limited(age: int) -> None:
    """Max-Age has no minus sign and ends at 400 days (R114, R115)."""
    with pytest.raises(UsageError, match="Max-Age"):
        dump_set_cookie("a", "b", max_age=age)


@pytest.mark.parametrize("attribute", [{"path": "/;x"}, {"domain": "a\r\nb"}, {"expires": "a;b"}, {"path": "/é"}])
def test_attributes_cannot_break_out(attribute: dict[str, str]) -> None:
    """An attribute's value cannot begin another attribute or another field."""
    with pytest.raises(UsageError, match="controls"):
        dump_set_cookie("a", "b", **attribute)  # type: ignore[arg-type]


@pytest.mark.parametrize("attributes", [{"same_site": "None"}, {"partitioned": True}])
def test_what_needs_secure(attributes: dict[str, Any]) -> None:
    """SameSite=None and Partitioned without Secure are refused (R120, R121)."""
    assert dump_set_cookie("a", "b", **attributes)
    with pytest.raises(UsageError, match="Secure"):
        dump_set_cookie("a", "b", secure=False, **attributes)


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("x", []),
        ("__Secure-x", ["Secure"]),
        ("__SECURE-x", ["Secure"]),
        ("__Host-x", ["Secure", "Path", "Domain"]),
        ("__hOST-x", ["Secure", "Path", "Domain"]),
        ("__Http-x", ["Secure", "HttpOnly"]),
        ("__Host-Http-x", ["Secure", "HttpOnly", "Path", "Domain"]),
        ("__host-HTTP-x", ["Secure", "HttpOnly", "Path", "Domain"]),
        ("_Host-x", []),
        ("__Host", []),
    ],
)
def test_prefix_rules(name: str, faults: list[str]) -> None:
    """Each prefix asks for its attributes in any case of its letters, and its breach is refused (R117)."""
    assert faults == prefix_faults(name, secure=False, http_only=False, path="/p", domain="d.example")
    assert [] == prefix_faults(name, secure=True, http_only=True, path="/", domain=None)
    if faults:
        with pytest.raises(UsageError, match=", ".join(faults)):
            dump_set_cookie(name, "b", secure=False, http_only=False, path="/p", domain="d.example")


@given(
    st.text(max_size=8), st.text(max_size=8), st.none() | st.integers(-5, 40_000_000), st.none() | st.text(max_size=8),
    st.text(max_size=8), st.booleans(), st.sampled_from(["Strict", "Lax", "None"]),
)  # fmt: skip
def test_what_is_written_is_within_the_grammar(
    name: str, value: str, age: int | None, domain: str | None, path: str, secure: bool, same_site: Any
) -> None:
    """Whatever is asked for, the result is within the grammar or a UsageError."""
    try:
        field = dump_set_cookie(name, value, max_age=age, domain=domain, path=path, secure=secure, same_site=same_site)
    except UsageError:
        return
    assert GRAMMAR.fullmatch(field)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("a=b", [("a", "b")]),
        ("a=b; c=d;e = f ", [("a", "b"), ("c", "d"), ("e", "f")]),
        ("token", [("token", "")]),
        ("=v", [("", "v")]),
        ("", [("", "")]),
        ("a=b=c", [("a", "b=c")]),
        ('a="b; c"', [("a", '"b'), ('c"', "")]),
        ("a=%20", [("a", "%20")]),
        ("a=1; a=2", [("a", "1"), ("a", "2")]),
        ("\xe9=\xff", [("\xe9", "\xff")]),
    ],
)
def test_cookie_pairs(header: str, expected: list[tuple[str, str]]) -> None:
    """A field is cut at semicolons and at the first `=`; nothing is decoded, nothing is lost (R122)."""
    pairs = list(cookie_pairs(header))
    assert expected == [(name, value) for _, name, value in pairs]
    assert header == ";".join(text for text, _, _ in pairs)
