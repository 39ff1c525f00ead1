"""The keys under which header fields stand in an environ."""

from __future__ import annotations

import pytest

from consentkit.wsgi.names import key_of, name_of


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("HTTP_COOKIE", "cookie"),
        ("HTTP_X_FORWARDED_FOR", "x-forwarded-for"),
        ("CONTENT_TYPE", "content-type"),
        ("CONTENT_LENGTH", "content-length"),
    ],
)
def test_each_field_has_one_key(key: str, name: str) -> None:
    """The two that PEP 3333 names alone stand without the prefix, all the others behind it, and back again."""
    assert (name, key) == (name_of(key), key_of(name.title()))


@pytest.mark.parametrize(
    "key", ["HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "SERVER_NAME", "wsgi.input", "PATH_INFO", ""]
)
def test_other_keys_hold_no_field(key: str) -> None:
    """Nor does a field of a name that a server gives without the prefix: whoever sent one so would forge it."""
    assert "" == name_of(key)
