"""What is SVG, MathML or HTML in them is read as a tree would have it, or as both."""

from __future__ import annotations

import pytest

from consentkit.html.foreign import MAX_FOREIGN
from consentkit.html.restore import restore
from tests.html.deciders import Everything, run

IMAGE = "<img src=//third.test/a>"


@pytest.mark.parametrize("depth", [MAX_FOREIGN - 1, MAX_FOREIGN, MAX_FOREIGN + 1, 3 * MAX_FOREIGN])
def test_svg_in_svg_is_followed_to_a_depth(depth: int) -> None:
    """Deeper, what may be markup or text is in doubt to the end of the page."""
    page = f"{'<svg><desc>' * (depth // 2)}<style><p title='</style>{IMAGE}'></style>{'</desc></svg>' * (depth // 2)}{IMAGE}"
    output = run(page)[0]

    assert b"<img src=" not in output
    assert output == run(page, chunk=11)[0]
    assert page.encode() == restore(output)


@pytest.mark.parametrize(
    ("attributes", "breaks"),
    [
        ('x=" size "', False),
        ("a=x/size=1", False),
        ("colors", False),
        ("/SIZE=1", True),
        ('x="y"face', True),
        ("color", True),
    ],
)
def test_a_font_ends_svg_by_the_names_of_its_attributes(attributes: str, breaks: bool) -> None:
    """What is in their values does not count: behind such a font, a section is still a section."""
    page = f'<svg><font {attributes}><![CDATA[><p title="]]>{IMAGE}">'

    assert breaks == (b"<img src=" in run(page)[0])
    assert page.encode() == restore(run(page)[0])


@pytest.mark.parametrize(
    "inside", ["<video src=/x>", "<form action=/x>", "<b><svg></svg>", "<select>", "<noscript></noscript><b>"]
)
def test_what_is_opened_in_an_integration_point_leaves_it_open(inside: str) -> None:
    """An end tag in front of an open element is ignored there, so that a style is HTML's, with no elements in it."""
    page = f'<svg><desc>{inside}</desc><style>*{{content:"<style>";background:url(//third.test/x)}}/*"*/</style>'
    output = run(page)[0]

    assert b"type=" in output.partition(b"<style")[2].partition(b">")[0]
    assert page.encode() == restore(output)
    section = f'<svg><desc>{inside}</desc></svg><![CDATA[><p title="]]>{IMAGE}">'
    assert b"<img src=" not in run(section)[0]
    assert page.encode() == run(page, Everything())[0]
