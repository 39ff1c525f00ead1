"""What is inserted stands where markup may stand, in the encoding of the page."""

from __future__ import annotations

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
