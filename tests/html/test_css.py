"""URLs in CSS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.css import CssKind, _exact, _plain, css_urls, unescape

URL, IMPORT, FONT, SET = CssKind.URL, CssKind.IMPORT, CssKind.FONT, CssKind.IMAGE_SET


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a{background:url(//h.test/a)}", [("//h.test/a", URL)], id="unquoted"),
        pytest.param("background:url( //h.test/a )", [("//h.test/a", URL)], id="spaces"),
        pytest.param("background:url('//h.test/a b')", [("//h.test/a b", URL)], id="single-quotes"),
        pytest.param('background:url("//h.test/(a")', [("//h.test/(a", URL)], id="double-quotes"),
        pytest.param("background:URL(//h.test/a)", [("//h.test/a", URL)], id="upper-case"),
        pytest.param("background:url(a) , url(b)", [("a", URL), ("b", URL)], id="two"),
        pytest.param(r"background:u\72l(//h.test/a)", [("//h.test/a", URL)], id="escape-in-name"),
        pytest.param(r"background:\75 \72 \6c (//h.test/a)", [("//h.test/a", URL)], id="escaped-name-with-spaces"),
        pytest.param(r"background:\000075rl(//h.test/a)", [("//h.test/a", URL)], id="six-digits"),
        pytest.param(r"background:url(\2f\2fh.test/a)", [("//h.test/a", URL)], id="escape-in-url"),
        pytest.param('background:url("//h.te\\\nst/a")', [("//h.test/a", URL)], id="continued-string"),
        pytest.param(r"background:url(a\)b)", [("a)b", URL)], id="escaped-parenthesis"),
        pytest.param("background:url(/**/a)", [("/**/a", URL)], id="no-comments-in-url-tokens"),
        pytest.param("background:url/**/(a)", [], id="comment-before-the-parenthesis"),
        pytest.param("background:url (a)", [], id="space-before-the-parenthesis"),
        pytest.param("background:furl(a)", [], id="longer-name"),
        pytest.param("background:1url(a)", [], id="dimension"),
        pytest.param("background:#url(a)", [], id="hash"),
        pytest.param("background:@url(a)", [], id="at-keyword"),
        pytest.param("background:-url(a)", [], id="hyphen"),
        pytest.param("background:\u00fcurl(a)", [], id="letter-before"),
        pytest.param("background:\u00d7url(a)", [("a", URL)], id="sign-that-is-no-letter-before"),
        pytest.param("background:1 url(a)", [("a", URL)], id="number-before"),
        pytest.param("a{}<!--url(a)", [("a", URL)], id="cdo-before"),
        pytest.param("a{}-->url(a)", [("a", URL)], id="cdc-before"),
        pytest.param("/* url(a) */ b{c:url(d)}", [("d", URL)], id="comment"),
        pytest.param("/* url(a)", [], id="comment-without-end"),
        pytest.param("/*/ url(a) */ url(b)", [("b", URL)], id="comment-that-seems-to-end"),
        pytest.param("content:'url(a)'", [], id="string"),
        pytest.param("content:'/*';background:url(a)/*'*/", [("a", URL)], id="comment-in-a-string"),
        pytest.param("content:'\\'url(a)'", [], id="escaped-quote"),
        pytest.param("content:'x\nbackground:url(a)", [("a", URL)], id="string-ends-at-a-newline"),
        pytest.param("background:url(//h.test/a", [("//h.test/a", URL)], id="url-without-end"),
        pytest.param("background:url('//h.test/a", [("//h.test/a", URL)], id="string-without-end"),
        pytest.param("background:url(//h.test/a b)", [("//h.test/a b", URL)], id="bad-url"),
        pytest.param("background:url(a'b) url(c)", [("a'b", URL), ("c", URL)], id="bad-url-with-a-quote"),
        pytest.param("background:url()", [], id="empty"),
        pytest.param("filter:url(#f) url('#g')", [], id="inside-the-document"),
        pytest.param("filter:url(//h.test/a#f)", [("//h.test/a#f", URL)], id="fragment-elsewhere"),
        pytest.param("background:src('a')", [("a", URL)], id="src-function"),
        pytest.param("background:url('a' crossorigin(anonymous))", [("a", URL)], id="url-modifier"),
        pytest.param("@import 'a';", [("a", IMPORT)], id="import-string"),
        pytest.param("@import url(a) print;", [("a", IMPORT)], id="import-url"),
        pytest.param("@import url('a') supports(display:grid);", [("a", IMPORT)], id="import-quoted-url"),
        pytest.param("@IMPORT/**/'a'", [("a", IMPORT)], id="import-upper-case-comment"),
        pytest.param(r"@\69mport 'a';", [("a", IMPORT)], id="import-escaped"),
        pytest.param(r"@import '\2f/h.test/a';", [(r"\2f/h.test/a", IMPORT), ("//h.test/a", IMPORT)],
                     id="import-escaped-url"),
        pytest.param(r"a{} @import '\2f/h.test/a';", [("//h.test/a", IMPORT)], id="import-escaped-url-later"),
        pytest.param("p{}@media x{@import 'a'}", [("a", IMPORT)], id="import-nested"),
        pytest.param("@import 'a", [("a", IMPORT)], id="import-without-end"),
        pytest.param("@import '#a'", [("#a", IMPORT)], id="import-fragment"),
        pytest.param("@import; 'a' url(b)", [("b", URL)], id="import-of-nothing"),
        pytest.param("@imports 'a'", [], id="another-rule"),
        pytest.param("@namespace 'a'; b{c:url(d)}", [("d", URL)], id="namespace-string"),
        pytest.param("@namespace svg url(a); b{c:url(d)}", [("d", URL)], id="namespace-url"),
        pytest.param("@namespace svg url('a')", [], id="namespace-quoted-url"),
        pytest.param("@font-face{font-family:x;src:local('y'),url(a) format('woff2'),url('b')}c{d:url(e)}",
                     [("a", FONT), ("b", FONT), ("e", URL)], id="font-face"),
        pytest.param("image-set('a' 1x, \"b\" 2x type('image/png'), url(c) 3x)", [("a", SET), ("b", SET), ("c", URL)],
                     id="image-set"),
        pytest.param("-webkit-image-set(url(a) 1x)", [("a", URL)], id="prefixed-image-set"),
        pytest.param(r"im\61ge-set('a' 1x)", [("a", SET)], id="escaped-image-set"),
        pytest.param("--icon/**/:'//h.test/a'", [("//h.test/a", SET)], id="comment-before-the-colon"),
        pytest.param("a{--icon /*:*/ /* b */\n:/**/'//h.test/a'}", [("//h.test/a", SET)], id="comments-around-the-colon"),
        pytest.param("a{--icon/*:'//h.test/a'}", [], id="comment-without-end-for-a-colon"),
        pytest.param("--icon:'//h.test/a';background:image-set(var(--icon) 1x)", [("//h.test/a", SET)],
                     id="string-in-a-custom-property"),
        pytest.param("a{--b:'c' x('d');e:'f'}g{--h/**/:'i';--j:url(k)}", [("c", SET), ("d", SET), ("i", SET), ("k", URL)],
                     id="end-of-a-custom-property"),
        pytest.param("image-set(var(--a,'b') 1x,env(c,'d')1x)e:'f'", [("b", SET), ("d", SET)], id="functions-in-image-set"),
        pytest.param("image-set(if(media(print):'a';else:'b') 1x)", [("a", SET), ("b", SET)], id="conditions-in-image-set"),
        pytest.param("a{--b:if(media(print):'c';else:'d');e:'f'}", [("c", SET), ("d", SET)], id="condition-in-a-custom-property"),
        pytest.param("@property --a{syntax:'*';initial-value:'b'}c{d:'e'}", [("*", SET), ("b", SET)], id="initial-value"),
        pytest.param("@function --a(--b:'c'){@media x{result:'d'}}e{f:'g'}", [("c", SET), ("d", SET)], id="result-of-a-function"),
        pytest.param("a:--b('c',{'d'}) e('f')", [("c", SET), ("d", SET)], id="arguments-of-an-own-function"),
        pytest.param("a[href='b']{c:d}", [], id="selector"),
        pytest.param('@charset ";@import url(//h.test/a);";', [("//h.test/a", IMPORT)], id="preload-in-a-string"),
        pytest.param("@import url(a b;@import '//h.test/a';)", [("a b;@import '//h.test/a';", IMPORT), ("//h.test/a", IMPORT)],
                     id="preload-in-a-bad-url"),
        pytest.param("@layer/*;@import '//h.test/a';*/a;", [("//h.test/a", IMPORT)], id="preload-in-a-comment"),
        pytest.param("/x'@import \"//h.test/a\";'", [], id="preload-ends-at-other-text"),
        pytest.param("/'@import \"//h.test/a\";'", [("//h.test/a", IMPORT)], id="preload-behind-a-stroke"),
        pytest.param("@'@import \"//h.test/a\";'", [("//h.test/a", IMPORT)], id="preload-behind-an-at-sign"),
        pytest.param("/*;@import 'a';*/b{}", [], id="preload-knows-comments"),
        pytest.param("@i\0mport '//h.t\0est/a';", [("//h.test/a", IMPORT)], id="preload-drops-nuls"),
        pytest.param("@import '//h.t\0est/a';", [("//h.t\0est/a", IMPORT), ("//h.test/a", IMPORT)], id="nul-in-an-import"),
    ],
)  # fmt: skip
def test_urls(text: str, expected: list[tuple[str, CssKind]]) -> None:
    """Each URL is found where CSS or a browser's preloading sees one, with its purpose."""
    assert expected == [(url.url, url.kind) for url in css_urls(text)]


@pytest.mark.parametrize(
    "text",
    ["a:url(//h.test/a)", "a:url(  //h.test/a  )", "a:url('//h.test/a')", '@import "//h.test/a";', "a:url(//h.test/a",
     "a:url('//h.test/a", "a:image-set('//h.test/a' 1x)"],
)  # fmt: skip
def test_prefix_in_place(text: str) -> None:
    """Text put before a URL becomes the beginning of that URL, in every form."""
    (found,) = css_urls(text)
    changed = text[: found.start] + "about:invalid" + text[found.start :]

    assert text[found.start : found.end] == "//h.test/a"
    assert [url.url for url in css_urls(changed)] == ["about:invalid//h.test/a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        (r"\41 b", "Ab"),
        (r"\000041b", "Ab"),
        ("\\41\r\nb", "Ab"),
        (r"\0 \d800 \110000 ", "\ufffd\ufffd\ufffd"),
        ("a\\\nb", "ab"),
        (r"\'\g", "'g"),
        ("end\\", "end"),
    ],
)
def test_unescape(text: str, expected: str) -> None:
    """Escapes are decoded as CSS says."""
    assert expected == unescape(text)


SOUP = st.lists(
    st.sampled_from(
        ["url(", "URL(", ")", "(", "'", '"', "/*", "*/", "@import", "@import ", "@font-face", "@namespace ", "@property --y{", "--f(", "if(", "{", "}", "[", "]",
         ";", ":", "'\\'", "url(\\66 '", "<!--", "<!-- ", "image-set(", "type(", "//h.test/a", " ", "\n", "--x", "a", "1", "#", "@", ",", "\u00fc", "src("]
    ),
    max_size=24,
).map("".join)  # fmt: skip
ESCAPES = st.text(st.sampled_from("ul()r\\72 \n'\"@/*;{}<!->"), max_size=24)


@given(SOUP | ESCAPES | st.text())
def test_any_text(text: str) -> None:
    """Any text is survived; what is found is in order and spelt at its offsets."""
    found = css_urls(text)

    assert found == sorted(found)
    for url in found:
        assert url.url.strip() in {
            unescape(text[url.start : url.end]).strip(),
            text[url.start + 1 : url.end].strip(),
        } or (text[url.start : url.end].endswith(url.url))


@pytest.mark.parametrize(
    "text", [r"@import '//h.te\73t/a';", r"@import url( '//h.te\73t/a' );", r"@import url(//h.te\73t/a);"]
)
def test_prefix_makes_an_escaped_import_void(text: str) -> None:
    """Text put before both spellings of an import leaves nothing to be fetched, by whatever parser."""
    for url in reversed(css_urls(text)):
        text = text[: url.start] + "about:invalid#ck:" + text[url.start :]

    assert text.count("about:invalid#ck:") == 2
    assert all(url.url.startswith("about:invalid#ck:") for url in css_urls(text))


@given(SOUP)
def test_two_ways_agree(text: str) -> None:
    """The quick walk finds what the exact walk finds."""
    plain = _plain(text)

    assert plain is None or plain == _exact(text)
