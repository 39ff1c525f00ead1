"""What a browser takes a Content-Type field for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.headers.media import media
from consentkit.headers.treatment import charset_of, media_type


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/html; charset=utf-8", "utf-8"),
        ('text/html; a=b; Charset="windows-1252"', "windows-1252"),
        ("text/html; charset=", None),
        ("text/html; charset = windows-1252", "windows-1252"),
        ("text/html; charset=windows-1252(x)", "windows-1252"),
        ("text/html; charset='windows-1252'", "windows-1252"),
        ('text/html; charset="windows\\-1252"', "windows-1252"),
        ('text/html; x="; charset=utf-8"; charset=windows-1252', "windows-1252"),
        ("text/html; charset=windows-1252; charset=utf-8", "windows-1252"),
        ("text/html; charset=windows-1252, text/html", "windows-1252"),
        ("text/html; charset=windows-1252, */*; charset=utf-8", "windows-1252"),
        ("text/plain; charset=windows-1252, text/html", None),
        ("text/html", None),
        (None, None),
    ],
)
def test_the_charset_parameter_is_read(content_type: str | None, charset: str | None) -> None:
    """The charset of Content-Type is found however it is written (R164)."""
    assert charset_of(content_type) == charset


def test_the_media_type_has_no_parameters() -> None:
    """The media type is lower case and alone."""
    assert media_type("Text/HTML ; charset=x") == "text/html"


@pytest.mark.parametrize(
    ("field", "essence", "charset"),
    [
        (None, "", None),
        ("text/html", "text/html", None),
        ("TEXT/HTML;Charset=UTF-8", "text/html", "UTF-8"),
        ("text/plain, text/html", "text/html", None),
        ("text/html, charset=utf-8", "text/html", None),
        ("text/html;charset=a, text/html;charset=b", "text/html", "b"),
        ("text/html;charset=a, text/html", "text/html", "a"),
        ("text/plain;charset=a, text/html", "text/html", None),
        ("text/html, */*", "text/html", None),
        ("*/*", "", None),
        ("text/html, unknown/unknown", "", None),
        ("application/unknown", "", None),
        ("nonsense", "", None),
        ("text/html(a comment)", "text/html", None),
        ("text/html charset=x", "text/html", None),
        ('text/html; a="; charset=no"; charset=yes', "text/html", "yes"),
        ('text/html; charset="a\\"b"', "text/html", 'a"b'),
        ('text/html; charset="open', "text/html", "open"),
        ("text/html; charset='quoted'", "text/html", "quoted"),
        ("text/html; charset=", "text/html", None),
        ("text/html; charset=first; charset=second", "text/html", "first"),
        ('text/html; x="a, b/c", image/png', "image/png", None),
    ],
)
def test_what_a_browser_takes_the_field_for(field: str | None, essence: str, charset: str | None) -> None:
    """The last type counts, a type that says nothing is passed over, and what is in quotes is no parameter."""
    assert (essence, charset) == media(field)


@given(st.text(st.sampled_from("text/hml;,=\"\\'( *charset"), max_size=60))
def test_any_field_is_read(field: str) -> None:
    """Whatever an app sends is one type in small letters, or none."""
    essence, charset = media(field)
    assert essence == essence.lower()
    assert essence == "" or "/" in essence
    assert charset != ""
