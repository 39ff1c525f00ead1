"""Style sheets that are read by their `url()`s alone are read as the tokenizer reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.css import CssKind, css_urls, unescape
from consentkit.html.sheets import fetches_freely, in_font_face, simple_urls, urls_and_strings

PIECES = [
    "@import url(//i/a);", '@import "/b";', '@import"c" screen;', '@IMPORT url( "d" )', "@import url('e')", "@import ",
    "url(", "URL(", '"', "'", ")", "(", "/*", "*/", "@media ", "@font-face{", "{", "}", ";", ":", "\\", "\\:", "\\9;",
    "--x:", "--", "var(--x)", "http://h/a", "//h", "a", " ", "\n", "src(", "image-set(", 'format("woff")', "calc(1px)",
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
