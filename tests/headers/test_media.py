"""What a browser takes a Content-Type field for."""

from __future__ import annotations

import pytest

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
