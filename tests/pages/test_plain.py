"""The policy as plain text."""

from __future__ import annotations

from consentkit.pages.plain import WIDTH
from consentkit.pages.render import Pages
from tests.pages.policies import full_policy

PAGES = Pages(full_policy())


def test_plain_text_says_what_the_json_says() -> None:
    """Every fact of the document that is a sentence or a name stands in the text, too."""
    words = " ".join(PAGES.policy_plain().split())
    document = PAGES.document
    for fact in (
        *(purpose.title for purpose in document.purposes),
        *(" ".join(purpose.text.split()) for purpose in document.purposes),
        *(item.name for item in document.items),
        *(entry.name for entry in document.recipients),
        *(change["summary"] for change in document.changes),
        document.rights, document.authority, document.retention, document.dnt_response,
    ):  # fmt: skip
        assert fact in words


def test_lines_are_short_and_hold_no_markup() -> None:
    """No line is longer than a terminal is wide, and nothing is escaped."""
    text = PAGES.policy_plain()
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert "\\_" not in text
    assert "_c_*" in text
    assert text.endswith("\n")


def test_plain_text_speaks_the_language() -> None:
    """Our words are in the language that was asked for."""
    assert "Datenschutzerklärung" in PAGES.policy_plain("de")
