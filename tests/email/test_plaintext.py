"""In plain text a link ends where a reader sees it end."""

from __future__ import annotations

import pytest

from consentkit.email.addresses import MAX_URL
from consentkit.email.plaintext import text_edits
from consentkit.email.report import Report
from consentkit.email.rules import rules_for
from consentkit.html.edits import apply_edits
from tests.email.letters import POLICY


def cleaned(text: bytes) -> tuple[bytes, Report]:
    """The text without what tells of its reader, and what was found."""
    report = Report()
    return apply_edits(text, len(text), text_edits(text, rules_for(POLICY), report, part="1.1")), report


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (b"https://shop.example/a?utm_source=x.", b"https://shop.example/a."),
        (b"Buy! https://shop.example/a?utm_source=x!?", b"Buy! https://shop.example/a!?"),
        (b"(see https://shop.example/a?utm_source=x)", b"(see https://shop.example/a)"),
        (b"(https://shop.example/a_(b)?utm_source=x)", b"(https://shop.example/a_(b))"),
        (b"https://shop.example/a_(b)?c=(d)&utm_source=x", b"https://shop.example/a_(b)?c=(d)"),
        (b"https://shop.example/a?b=1&utm_source=(x)", b"https://shop.example/a?b=1"),
        (b"HTTPS://shop.example/a?utm_source=x&b=1", b"HTTPS://shop.example/a?b=1"),
        ("https://shop.example/a?utm_source=xさらに".encode(), "https://shop.example/aさらに".encode()),
        (b"<https://shop.example/a?utm_source=x>", b"<https://shop.example/a>"),
    ],
)
def test_a_link_ends_where_a_reader_sees_its_end(text: bytes, clean: bytes) -> None:
    """Neither the punctuation of a sentence nor the bracket around a link is the link's, and a bracket within it is."""
    assert clean == cleaned(text)[0]


def test_a_link_that_no_program_would_make_stays() -> None:
    """What is longer than any link is text: it is not looked into, and nothing is said of it."""
    short = b"https://shop.example/?utm_source=x&a="
    longest, longer = (short + b"b" * (length - len(short)) for length in (MAX_URL, MAX_URL + 1))
    assert longest != cleaned(longest)[0]
    text, report = cleaned(longer)
    assert (longer, 0) == (text, len(report))


def test_what_was_taken_out_says_where() -> None:
    """Each finding names the part that the text is."""
    assert [("parameter", "utm_source", "1.1")] == [
        (finding.kind, finding.what, finding.part)
        for finding in cleaned(b"https://shop.example/?utm_source=x")[1].removed
    ]
