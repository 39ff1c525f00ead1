"""What may be markup or text is read both ways, to limits beyond which nothing leaks either."""

from __future__ import annotations

import pytest

from consentkit.html.reading import MAX_DOUBT, MAX_FOREIGN, MAX_INLINE, MAX_TRIALS
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


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("script", [False, True])
def test_a_doubtful_sheet_or_script_is_judged_to_the_limit(script: bool, more: int) -> None:
    """With more than `MAX_DOUBT` it is blocked without being judged."""
    text = "track()/*" if script else "@import '//third.test/a';/*"
    text += "x" * (MAX_DOUBT + more - len(text) - 2) + "*/"
    page = f"<frameset><script>{text}</script>" if script else f"<select><style>{text}</style>"
    output, rewriter = run(page)

    assert (more > 0) == (rewriter.blocked[0].block.service == "" and rewriter.blocked[0].block.host == "")
    assert (more > 0) == (b">ck{}@import" in output) or script
    assert b"@import '//" not in output.replace(b">ck{}@import '//third", b"")
    assert output == run(page, chunk=20_011)[0]


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize(("begin", "end"), [("<script>", "</script>"), ("<style>", "</style>")])
def test_code_is_held_to_its_limit(begin: str, end: str, more: int) -> None:
    """An inline script or sheet of `MAX_INLINE` is judged, harmless as it is; a longer one is blocked."""
    page = f"<!doctype html>{begin}{' ' * (MAX_INLINE + more - 1)}x{end}{IMAGE}".encode()
    output = run(page, chunk=1 << 16)[0]

    assert (more > 0) == (b"type=" in output)
    assert output == run(page, chunk=page.index(end.encode()) + 3)[0]  # cut in the end tag
    assert output == run(page)[0]
    assert b"<img data-ck-" in output


@pytest.mark.parametrize("depth", [MAX_TRIALS - 1, MAX_TRIALS, MAX_TRIALS + 1, 3 * MAX_TRIALS])
def test_doubt_in_doubt_is_followed_to_a_depth(depth: int) -> None:
    """Sections in sections, and what each of them hides: nothing of it is fetched, however deep."""
    page = f"<svg>{'<![CDATA[>' * depth}{IMAGE}<!--]]>{IMAGE}--><img src=//late.test/b>"
    output = run(page)[0]

    assert b"<img src=" not in output
    assert output == run(page, chunk=7)[0]
    assert page.encode() == restore(output)


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


@pytest.mark.parametrize("chunk", [0, 1, 50, 65_600])
def test_sheets_in_a_doubtful_text_are_judged_alike_however_it_is_cut(chunk: int) -> None:
    """Where the first is too long to be waited for, how much of it was there does not count for those in it."""
    page = f"<select><style>{'x' * (MAX_DOUBT + 40)}<style>a{{}}<style>b{{}}</style>{IMAGE}"

    assert run(page)[0] == run(page, chunk=chunk)[0]


@pytest.mark.parametrize("more", [-1, 0, 1, 15, 16, 17, 5000])
def test_a_long_noscript_is_read_alike_however_it_comes(more: int) -> None:
    """Plain as it is, it is read both ways at once to `MAX_DOUBT`, and no further."""
    image = "<img src=//third.test/x>"
    page = f"<!doctype html><p><noscript>{' ' * (MAX_DOUBT + more - len(image))}{image}</noscript>"
    output = run(page)[0]

    assert (more <= 0) == (b'data-ck-purposes="" ' in output)
    assert output == run(page, chunk=1000)[0]
    assert output == run(page, chunk=MAX_DOUBT)[0]


@pytest.mark.parametrize("more", [0, 1, 8, 16, 17])
def test_a_script_beyond_its_limit_opens_no_comment(more: int) -> None:
    """Blocked as it is, it writes none; so it is the same whether its end was at hand or not."""
    text = "document.write('<!--')"
    page = f"<!doctype html><p><script>{text}{' ' * (MAX_INLINE + more - len(text))}</script>{IMAGE}".encode()
    output = run(page)[0]

    assert (more == 0) == (b"<img data-ck-service data-ck-host" in output)
    assert output == run(page, chunk=page.index(b"</script") + 3)[0]
    assert output == run(page, chunk=100_000)[0]
    assert page == restore(output)
