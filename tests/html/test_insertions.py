"""What is inserted stands where markup may stand, in the encoding of the page."""

from __future__ import annotations

from collections.abc import Mapping

from consentkit.html.decision import Block, Resource
from consentkit.html.marks import CLOSE
from consentkit.html.restore import restore
from tests.html.deciders import Banner, rewrite, run


def test_insertions_are_written_in_the_encoding_of_the_page() -> None:
    """What the encoding has is encoded, the rest becomes character references."""
    page = "<!doctype html><meta charset=windows-1252><body>\u20ac".encode("cp1252")
    output = run(page, inserter=Banner(), charset=None)[0]
    assert b'<div class="banner">&#8594; \xe9</div>' in output
    assert output.endswith(b"\x80")


def test_placeholders_stand_before_embeds_where_markup_may_stand() -> None:
    """Before a blocked embed in the body; not in a head, in SVG, for images, nor inside an object that has one."""
    page = (
        "<!doctype html><body><iframe title='A \"b\"' src=//third.test/></iframe><img src=//third.test/><svg><image href=//third.test/>"
        "</svg><object data=//third.test/><embed src=//third.test/></object><embed src=//third.test/>"
    )
    output = rewrite(page, inserter=Banner())
    assert 3 == output.count(b"<span>third.test")
    assert b'<span>third.test A "b"</span>' + CLOSE + b"<iframe" in output
    assert page.encode() == restore(output)


class Counts(Banner):
    """Says what it was given."""

    def placeholder(self, block: Block, resource: Resource, attributes: Mapping[str, str]) -> str:
        """All of it."""
        return f"<span>{len(attributes)} {' '.join(sorted(attributes))} {attributes['title']}</span>"


def test_a_placeholder_is_told_of_all_attributes_of_its_element() -> None:
    """Decoded, and the first of those that have one name."""
    page = "<!doctype html><body><iframe title='a&amp;b' TITLE=c src=//third.test/ allowfullscreen></iframe>"

    assert b"<span>3 allowfullscreen src title a&b</span>" in rewrite(page, inserter=Counts())
