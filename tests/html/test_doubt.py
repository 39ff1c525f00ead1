"""What may be markup or text is read both ways, to limits beyond which nothing leaks either."""

from __future__ import annotations

import pytest

from consentkit.html.awaited import MAX_DOUBT
from consentkit.html.doubt import MAX_TRIALS
from consentkit.html.restore import restore
from tests.html.deciders import Everything, hosts, run

IMAGE = "<img src=//third.test/a>"
#: Text that is doubtful, how it ends, and whether the end is part of what is measured.
DOUBTFUL = {
    "noscript": ("<p><noscript>", "</noscript>"), "select": ("<select><xmp>", "</xmp>"), "frameset": ("<frameset><title>", "</title>"),
    "SVG": ("<svg><title>", "</title>"), "raw text in SVG": ("<svg><textarea>", "</textarea>"), "script in SVG": ("<svg><script>", "</script>"),
    "style in SVG": ("<svg><style>", "</style>"), "section": ("<svg><![CDATA[>", "]]>"), "MathML": ("<math><mi><style>", "</style>"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DOUBTFUL)
@pytest.mark.parametrize("more", [-20, -1, 0, 1, 200])
def test_what_is_in_doubt_is_read_both_ways_at_its_limit(kind: str, more: int) -> None:
    """Below, at and above `MAX_DOUBT`: an image that only one way sees is blocked, in any pieces, and comes back."""
    begin, end = DOUBTFUL[kind]
    inside = IMAGE + "<p title='"
    page = f"<!doctype html><b>{begin}{inside}{'x' * (MAX_DOUBT + more - len(inside))}{end}{IMAGE}'><img src=//late.test/b>"
    output = run(page)[0]

    assert b"<img src=" not in output
    unjudged = kind == "MathML" and more > 0  # a style sheet that is too long is blocked, whoever is allowed
    assert {"third.test", "late.test"} == hosts(page) - {""}  # a sheet with elements in it is blocked as a whole
    assert output == run(page, chunk=30_011)[0]
    assert output == run(page, chunk=MAX_DOUBT)[0]
    assert unjudged == (page.encode() != run(page, Everything())[0])
    assert page.encode() == restore(output)


@pytest.mark.parametrize("kind", DOUBTFUL)
def test_a_long_doubt_is_read_both_ways_where_all_is_there(kind: str) -> None:
    """In a document in an attribute, which is read at one go, an end beyond `MAX_DOUBT` is an end all the same."""
    begin, end = DOUBTFUL[kind]
    page = f"<iframe srcdoc=\"{begin}{IMAGE}<p title='{'x' * MAX_DOUBT}{end}{IMAGE}'>\"></iframe>"
    output = run(page)[0]

    assert b"<img src=" not in output
    assert page.encode() == restore(output)


@pytest.mark.parametrize("depth", [MAX_TRIALS - 1, MAX_TRIALS, MAX_TRIALS + 1, 3 * MAX_TRIALS])
def test_doubt_in_doubt_is_followed_to_a_depth(depth: int) -> None:
    """Sections in sections, and what each of them hides: nothing of it is fetched, however deep."""
    page = f"<svg>{'<![CDATA[>' * depth}{IMAGE}<!--]]>{IMAGE}--><img src=//late.test/b>"
    output = run(page)[0]

    assert b"<img src=" not in output
    assert output == run(page, chunk=7)[0]
    assert page.encode() == restore(output)


@pytest.mark.parametrize("more", [-1, 0, 1, 15, 16, 17, 5000])
def test_a_long_noscript_is_read_alike_however_it_comes(more: int) -> None:
    """Plain as it is, it is read both ways at once to `MAX_DOUBT`, and no further."""
    image = "<img src=//third.test/x>"
    page = f"<!doctype html><p><noscript>{' ' * (MAX_DOUBT + more - len(image))}{image}</noscript>"
    output = run(page)[0]

    assert (more <= 0) == (b'data-ck-purposes="" ' in output)
    assert output == run(page, chunk=1000)[0]
    assert output == run(page, chunk=MAX_DOUBT)[0]
