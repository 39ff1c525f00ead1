"""The policy document as Markdown."""

from __future__ import annotations

import json

from consentkit.pages.render import Pages
from tests.pages.documents import PAGES, words
from tests.policies import make_policy


def test_markdown_and_json_say_the_same() -> None:
    """Every text of the JSON document stands in the Markdown page, escapes aside."""
    page = PAGES.policy_markdown().replace("\\", "")
    for word in words(json.loads(PAGES.policy_json())):
        assert word in page


def test_markup_in_texts_stays_text_in_markdown() -> None:
    """A text with Markdown or HTML in it neither breaks a table nor makes a link or a heading."""
    nasty = "# no heading | [no link](http://x.example) <b>*no*</b> `x` &amp;"
    page = Pages(make_policy(mandatory_data=nasty, changes=[{"version": "1", "date": "2026-01-02", "summary": nasty}]))
    lines = page.policy_markdown().splitlines()
    cells = next(line for line in lines if line.startswith("| 2 January 2026"))
    assert cells.replace("\\|", "").count("|") == 4
    text_line = next(line for line in lines if line.startswith("\\# no heading"))
    assert "\\[no link\\]" in text_line
    assert "\\<b\\>" in text_line
    assert "\\&amp;" in text_line
