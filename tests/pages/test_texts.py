"""The words that visitors read."""

from __future__ import annotations

import datetime

import pytest

from consentkit.errors import UsageError
from consentkit.pages.texts import languages, load, with_overrides

EN = load("en")


def test_english_is_there_and_is_the_reference() -> None:
    """English comes with the package; a language that does not come falls back to it and says so."""
    assert "en" in languages()
    assert load("tlh").language == "en"


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "No other company"), (1, "One other company"), (2, "2 other companies")]
)
def test_numbers_take_their_plural(number: int, expected: str) -> None:
    """None, one and many are worded as people word them."""
    assert str(EN.count("banner.companies", number)).startswith(expected)


@pytest.mark.parametrize(
    ("lifetime", "expected"),
    [
        ("session", "until you close the browser"),
        ("1 month", "1 month"),
        ("13 months", "13 months"),
        ("90 seconds", "90 seconds"),
    ],
)
def test_lifetimes_in_words(lifetime: str, expected: str) -> None:
    """A policy's lifetime is told in words, whichever number its unit has."""
    assert str(EN.lifetime(lifetime)) == expected


def test_dates_as_people_write_them() -> None:
    """Day, month by name, year."""
    assert str(EN.date(datetime.date(2026, 11, 2))) == "2 November 2026"


def test_countries_by_name() -> None:
    """A country's code becomes its name; a code without one stays."""
    assert EN.country("DE") == "Germany"
    assert EN.country("QQ") == "QQ"


def test_what_is_filled_in_is_escaped_in_html_alone() -> None:
    """The same text is escaped for HTML and left alone for plain text; the owner's words are text, too."""
    texts = with_overrides("en", {"banner.lead": "<b>{controller}</b>"})
    assert str(texts.html("banner.lead", controller='"&')) == "&lt;b&gt;&#34;&amp;&lt;/b&gt;"
    assert texts.plain("banner.lead", controller='"&') == '<b>"&</b>'


def test_a_text_that_does_not_exist_cannot_be_replaced() -> None:
    """A wrong key names the nearest right one."""
    with pytest.raises(UsageError, match=r"no text 'banner.titel'.*'banner.title'"):
        with_overrides("en", {"banner.titel": "x"})


def test_a_name_that_is_not_filled_in_is_refused() -> None:
    """A text that would show its braces to visitors is refused, and says which names there are."""
    with pytest.raises(UsageError, match=r"uses \{company\}.*knows controller"):
        with_overrides("en", {"banner.lead": "{company} asks"})
