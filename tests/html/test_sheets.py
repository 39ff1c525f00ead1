"""Style sheets that are read by their `url()`s alone are read as the tokenizer reads them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.css import CssKind, css_urls, unescape
from consentkit.html.restore import restore
from consentkit.html.sheets import (
    MAX_MARKS,
    MAX_ODD,
    MAX_URLS,
    SHORT,
    fetches_freely,
    in_font_face,
    simple_urls,
    urls_and_strings,
)
from tests.html.deciders import run

PIECES = [
    "@import url(//i/a);", '@import "/b";', '@import"c" screen;', '@IMPORT url( "d" )', "@import url('e')", "@import ",
    "url(", "URL(", '"', "'", ")", "(", "/*", "*/", "@media ", "@font-face{", "{", "}", ";", ":", "\\", "\\:", "\\9;",
    "--x:", "--x/**/:", "--", "var(--x)", "http://h/a", "//h", "a", " ", "\n", "src(", "image-set(", 'format("woff")', "calc(1px)",
    "<!--", "-->", "#x", "@namespace ", "@property --y{", "@function --f(", "--f(", "if(", "result:", '"//s/"', "'//t'", "data:x", "u", "\\75 rl(", ".md\\:w-1\\/2", "\\:url(",
    '@charset ";', "é", "furl(", ",", 'content:"\\f101"', "!", "\\0/;", "é\\url(",
]  # fmt: skip
sheets = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@given(sheets)
def test_plain_sheets_are_read_as_the_tokenizer_reads_them(text: str) -> None:
    """Where a sheet is plain, its URLs, their places and which are imported are those of the full tokenizer."""
    found = simple_urls(text.encode())
    if found is not None:
        expected = [
            (len(text[: url.start].encode()), url.url.encode(), url.kind is CssKind.IMPORT) for url in css_urls(text)
        ]
        assert expected == [tuple(url) for url in found]


@given(sheets)
def test_custom_properties_make_urls_of_strings_alone(text: str) -> None:
    """What the full tokenizer finds besides plain URLs, where only custom properties are odd, are strings."""
    found = urls_and_strings(text.encode())
    if found is not None:
        told = [(len(text[: url.start].encode()), url.url, url.kind) for url in css_urls(text)]
        plain = [(url.start, url.url.decode(), url.imported) for url in found[0]]
        strings = {unescape(string.decode()) for string in found[1]}
        assert {at for at, _, _ in plain} <= {at for at, _, _ in told}
        for at, url, kind in told:
            if (at, url, kind is CssKind.IMPORT) not in plain:
                assert url in strings
                assert kind is CssKind.IMAGE_SET


@pytest.mark.parametrize(
    ("sheet", "urls"),
    [
        (b"a{background:url(//v.test/a)}", [b"//v.test/a"]),
        (b"a{background:url( '/a b' )}/* url(//v.test/) */", [b"/a b"]),
        (b"@import url(//v.test/a.css);a{color:red}", [b"//v.test/a.css"]),
        (b".md\\:w-1\\/2{width:50%}a{content:'\\f101';background:url(x)}", [b"x"]),
        (b"a{--gap:1px;background:url(#p)}", []),
    ],
)
def test_common_sheets_are_plain(sheet: bytes, urls: list[bytes]) -> None:
    """What most sheets have does not make them odd."""
    found = simple_urls(sheet)

    assert found is not None
    assert urls == [url.url for url in found]


@pytest.mark.parametrize(
    "sheet",
    [
        b"a{background:\\75 rl(//v.test/)}", b"a{background:image-set('//v.test/' 1x)}", b"a{--x:'//v.test/'}",
        b"a{--x/**/:'//v.test/'}",
        b"@namespace url(//v.test/);", b"@charset ';@import url(//v.test/)';", b"a{background:url(//v.test/",
        b"a{background:src('//v.test/')}", b"@property --x{initial-value:'//v.test/'}", b"@function --f(){result:'//v.test/'}",
        b"a{b:--f('//v.test/')}", b"a{--x:if(media(print):1;else:'//v.test/')}",
    ],
)  # fmt: skip
def test_odd_sheets_are_left_to_the_tokenizer(sheet: bytes) -> None:
    """Nothing is said of a sheet in which more than plain URLs could fetch."""
    assert simple_urls(sheet) is None


def test_what_fetches_freely() -> None:
    """A sheet is free if each of its URLs is; in an attribute references stand for characters."""

    def free(url: bytes) -> bool:
        return not url.startswith(b"//")

    assert fetches_freely(b"a{color:red}", free, attribute=False)
    assert fetches_freely(b"a{background:url(/a)}", free, attribute=False)
    assert not fetches_freely(b"a{background:url(//v.test/)}", free, attribute=False)
    assert fetches_freely(b"background:url(&quot;/a&quot;)", free, attribute=True)
    assert not fetches_freely(b"background:url(&quot;//v.test/&quot;)", free, attribute=True)
    assert not fetches_freely(b"background:url(&#47;/v.test/)", free, attribute=True)
    assert not fetches_freely(b"@import url(data:text/css,a);", free, attribute=False)
    assert not fetches_freely(b"a{--x:'//v.test/'}", free, attribute=False)
    assert not fetches_freely(b"--x:&apos;//v.test/&apos;", free, attribute=True)


def test_fonts_are_told_from_images() -> None:
    """A URL in the block of an `@font-face` is a font's."""
    sheet = b"a{background:url(x)}@font-face /* 0 */ {src:url(y)}b{background:url(z)}"

    assert [False, True, False] == [in_font_face(sheet, sheet.index(name)) for name in (b"x)", b"y)", b"z)")]


RULE = "a{b:url(/c)}"
FILLED = "d{e:f}" + " " * SHORT
ODD = "\\75rl(/g)"
PLACES = {
    "a style element": "<style>{}</style>", "a style attribute": "<p style='{}'>", "SVG's style": "<svg><style>{}</style></svg>",
    "a paint": "<svg><path fill='{}'/></svg>",
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("at", "over"), [
    (FILLED + RULE * MAX_URLS, FILLED + RULE * (MAX_URLS + 1)),
    (ODD + " " * (MAX_ODD - len(ODD)), ODD + " " * (MAX_ODD - len(ODD) + 1)),
    (FILLED + ODD + "(" * (MAX_MARKS - 1), FILLED + ODD + "(" * MAX_MARKS),
], ids=["URLs", "length", "marks"])  # fmt: skip
def test_sheets_are_judged_to_their_limits(place: str, at: str, over: str) -> None:
    """To each limit a harmless sheet stays as it is; with one more, it is blocked as a whole, and comes back."""
    judged, blocked = (f"<!doctype html><b>{PLACES[place].format(sheet)}" for sheet in (at, over))

    assert judged.encode() == run(judged)[0]
    output, rewriter = run(blocked)
    assert [""] == [line.block.host for line in rewriter.blocked]
    assert re.search(rb'<style data-ck[^>]* type="text/plain"[^>]*>ck\{\}|data-ck-(?:style|fill)=', output)
    assert output == run(blocked, chunk=20_011)[0]
    assert blocked.encode() == restore(output)


def test_what_a_sheet_beyond_the_limit_fetches_is_not_fetched() -> None:
    """Neither by an element nor by an attribute."""
    sheet = FILLED + "a{b:url(//third.test/c)}" * (MAX_URLS + 1)
    output = run(f"<style>@import '//third.test/i';{sheet}</style><p style='{sheet}'>")[0]

    assert b'type="text/plain"' in output
    assert b" style=" not in output
    assert b">ck{}@import" in output


def test_references_in_attributes_are_limited() -> None:
    """A style attribute of many references is not decoded."""
    at, over = (f"<p style='{FILLED}{'&lt;' * times}'>" for times in (MAX_MARKS, MAX_MARKS + 1))

    assert at.encode() == run(at)[0]
    assert b" data-ck-style=" in run(over)[0]


def test_short_sheets_are_judged_whatever_they_hold() -> None:
    """However many URLs are in it: each that may not be fetched is blocked by itself."""
    sheet = (ODD + "a{b:url(//x.test)}" * (SHORT // 18))[:SHORT]

    assert sheet.count("//x.test)") == run(f"<style>{sheet}</style>")[0].count(b"about:invalid#ck://x.test)")
