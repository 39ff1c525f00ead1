"""What a browser would make of bytes, and where in them it stands."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.judge import one_by_one
from consentkit.html.restore import restore
from tests.html.deciders import Everything, run

SHEET = b'<style>*{content:"%s";background:url(//third.test/x)}/*"*/</style>'


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("shift_jis", b"\x83\x5c"),
        ("shift_jis", b"\xed\x40\x83\x5c"),  # the first is written in two ways
        ("big5", b"\xa1\xc3\xa1\xc5\xa2\xcc\xa1\x5c"),
        ("big5", b"\xa1\xc3\x5c\x5c\xa1\x5c"),
        ("gbk", b"\xa2\xa0\x81\x5c"),
        ("euc-kr", b"\x81\x5c\x5c" + b"a"),
        (None, b"\x83\x5c"),  # Chromium guesses, and a late `meta` element counts
        (None, b"\xa4\x5c\x5c\x5c"),
    ],
)
def test_half_a_character_escapes_no_quote(charset: str | None, text: bytes) -> None:
    r"""A backslash that is the second half of a character is none, whatever stands before it."""
    page = SHEET % text
    output = run(page, charset=charset)[0]

    assert b"url(about:invalid#ck://third.test/x)" in output
    assert page == restore(output, charset=charset)
    assert page == run(page, Everything(), charset=charset)[0]


@given(
    st.sampled_from(["cp932", "gb18030", "big5hkscs", "cp949", "euc_jp"]),
    st.lists(
        st.sampled_from([0x22, 0x30, 0x41, 0x5C, 0x81, 0x88, 0x8F, 0xA1, 0xC3, 0xED, 0xFA, 0xFF]), max_size=12
    ).map(bytes),
)
def test_character_by_character_is_the_same_text(codec: str, raw: bytes) -> None:
    """What stands where is known, whether or not the encoding writes it in one way."""
    text, offset_of = one_by_one(raw, codec)
    offsets = [offset_of(at) for at in range(len(text) + 1)]

    assert raw.decode(codec, "surrogateescape") == text
    assert sorted(offsets) == offsets
    assert len(raw) == offsets[-1]
    assert all(
        raw[at : at + 1] == character.encode()
        for at, character in zip(offsets, text, strict=False)
        if character < "\x80"
    )


def coded(kind: str, text: str, codec: str) -> bytes:
    """A ``data:`` URL of some text in an encoding."""
    return f"data:{kind};base64,".encode() + base64.b64encode(text.encode(codec))


RULE = "p{background:url(https://third.test/a)}"


@pytest.mark.parametrize(
    "page",
    [
        b"<link rel=stylesheet href='%s'>" % coded("text/css", RULE, "utf-16"),
        b"<link rel=stylesheet charset=utf-16be href='%s'>" % coded("text/css", RULE, "utf-16-be"),
        b"<style>@import '%s';</style>" % coded("text/css", RULE, "utf-16"),
        b"<script src='%s'></script>" % coded("text/javascript;charset=utf-16le", "track(1)", "utf-16-le"),
        b"<script type=module>import s from '%s' with {type:'css'}</script>" % coded("text/css", RULE, "utf-8"),
        b"<iframe src=\"data:text/html;charset=iso-2022-jp,<img alt='%1b$B%27%1b(B' src=https://third.test/a>\"></iframe>",
        b"<iframe src='data://text/html,<img src=https://third.test/a>'></iframe>",
    ],
)
def test_what_data_urls_hold_is_read_in_every_encoding(page: bytes) -> None:
    """A style sheet, script or document in a URL is judged as what it would be in each encoding it may be read in."""
    output = run(page)[0]

    assert b"data-ck-purposes" in output
    assert page == restore(output)
    assert page == run(page, Everything())[0]


@pytest.mark.parametrize(
    "specifier",
    [
        rb"/\n/third.test/a",
        rb"/\t\\third.test/a",
        b" https://third.test/a",
        rb"\x01https:third.test",
        rb"h\tttps:third.test/a",
    ],
)
def test_specifiers_are_urls_as_their_parser_has_them(specifier: bytes) -> None:
    """What the URL parser takes away hides no host in the import of an inline module."""
    page = b"<script type=module>import '%s'</script>" % specifier

    assert b'type="text/plain"' in run(page)[0]
    assert page == run(page, Everything())[0]


@pytest.mark.parametrize("between", [b"/*%s*/" % (b"x" * 50_000), b"/**/" * 40, b"//%s\n" % (b"x" * 3000)])
def test_imports_behind_endless_comments_are_not_allowed_unseen(between: bytes) -> None:
    """Comments that are too long or too many to be passed over let no import of an inline module through."""
    page = b"<script type=module>import%s'https://third.test/a'</script>" % between

    assert b'type="text/plain"' in run(page)[0]
    assert page == run(page, Everything())[0]


@pytest.mark.parametrize(
    "code", [b"import /* a */ b from './b.js'", b"import b from './b.js' // done", b"// from // to"]
)
def test_comments_at_imports_alone_block_nothing(code: bytes) -> None:
    """An inline module that imports from its own host is left as it is, comments and all."""
    page = b"<script type=module>%s</script>" % code

    assert page == run(page)[0]


def test_an_import_map_knows_no_scheme_of_the_page() -> None:
    """A URL without slashes in an import map is absolute, whatever the page's own scheme."""
    page = b'<script type=importmap>{"imports":{"a":"https:third.test/a","b":"./b.js"}}</script>'
    output = run(page)[0]

    assert b'"about:invalid#ck:https:third.test/a"' in output
    assert b'"./b.js"' in output
    assert page == restore(output)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:'<img src=https:&amp;#47;/third.test/a>'",
        r"javascript:'<img src=https:\\\\third.test/a>'",
        r"javascript:'<p style=&quot;background:\\75rl(\\2f\\2f third.test)&quot;>'",
    ],
)
def test_what_a_javascript_url_says_is_a_document(url: str) -> None:
    """Markup in the string that a frame's ``javascript:`` URL gives is judged as markup."""
    page = f'<iframe src="{url}"></iframe>'.encode()

    assert b"data-ck-src" in run(page)[0]
    assert page == run(page, Everything())[0]


@pytest.mark.parametrize("code", ["init('/a/b//c')", "this.classList.add('a//b')", "x = 1.//2"])
def test_two_slashes_in_a_path_are_no_host(code: str) -> None:
    """A handler that names a path with an empty folder is left as it is."""
    page = f'<img src=/a.png onload="{code}">'.encode()

    assert page == run(page)[0]


@pytest.mark.parametrize(
    "code", ["f('///third.test')", "f('/'+'x', '//third.test')", "f(`//third.test`)", "f('a https://third.test')"]
)
def test_hosts_in_handlers_are_found(code: str) -> None:
    """Whatever stands before a URL in a handler, it counts."""
    assert b"data-ck-onload" in run(f'<img src=/a.png onload="{code}">')[0]


def test_the_document_that_a_form_leads_to_is_judged() -> None:
    """A form may lead to a document in its own address."""
    page = b"<form action='data:text/html,<img src=https://third.test/a>'></form>"

    assert b"data-ck-action" in run(page)[0]
    assert page == run(page, Everything())[0]
