"""In which language the words are: the page's, the visitor's, the policy's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.pages.languages import NAMES, PageLanguage, accepted, lookup
from consentkit.pages.texts import languages, load


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("zh-TW, en;q=0.5", "en"),
        ("zh-Hant", None),
        ("zh-CN", "zh-Hans"),
        ("zh-Hans-SG", "zh-Hans"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("pt-br", "pt-BR"),
        ("pt-AO", "pt"),
        ("iw", "he"),
        ("en;q=0.1, fr;q=0.7, de;q=0.7", "fr"),
        ("fr;q=0, de", "de"),
        ("fr;q=nan, de;q=1.5, sv", "sv"),
        ("*", None),
        ("x-klingon, de", "de"),
        ("de-x-private", "de"),
        ("", None),
        (None, None),
    ],
)
def test_the_visitors_language(field: str | None, expected: str | None) -> None:
    """The best language by weight; a region finds its language, and no script is given to readers of another."""
    known = ("de", "en", "fr", "he", "nb", "pt", "pt-BR", "sv", "zh-Hans")
    assert lookup(accepted(field), known) == expected


@given(st.one_of(st.text(), st.text(alphabet="adefghnstxzHT-;,=q.019 *\t")))
def test_any_field_gives_a_known_language_or_none(field: str) -> None:
    """Whatever a visitor's program sends, nothing breaks and nothing unknown comes out."""
    assert lookup(accepted(field), languages()) in {None, *languages()}
    assert lookup([field], languages()) in {None, *languages()}


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([b'<!doctype html><html lang="de">'], "de"),
        ([b"<!doctype html><ht", b"ml class=x la", b"ng=pt-BR><head>"], "pt-BR"),
        ([b"<html data-lang=fr>"], None),
        ([b"<html><body><p>&lt;html lang=de>", b"<html lang=de>"], None),
        ([b"x" * 5_000, b"<html lang=de>"], None),
    ],
)
def test_the_pages_language(chunks: list[bytes], expected: str | None) -> None:
    """The html element says it, however the bytes are cut; other places do not."""
    page = PageLanguage()
    for chunk in chunks:
        page.feed(chunk)
    assert page.tag == expected


def test_languages_call_themselves_what_the_cldr_says() -> None:
    """The names that are known without reading the languages' files are those in the files."""
    assert NAMES == {tag: load(tag).all["meta.name"] for tag in NAMES}
