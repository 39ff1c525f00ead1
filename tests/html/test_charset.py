"""Which encoding a page is in, and what happens to those that cannot be read."""

from __future__ import annotations

import pytest

from consentkit.html.charset import PRESCAN, Shifts, UnreadableEncodingError, content_type_charset, encoding_of, sniff
from consentkit.html.marks import OPEN
from consentkit.html.restore import restore
from tests.html.deciders import Banner, OnlyHosts, hosts, run


def name(data: bytes, charset: str | None = None) -> str | None:
    """The name of the encoding of a whole page."""
    encoding = sniff(data, charset, final=True)
    return encoding.name if encoding else None


@pytest.mark.parametrize(("data", "charset", "expected"), [
    (b"", None, "windows-1252"),
    (b"<p>", "utf-8", "utf-8"),
    (b"\xef\xbb\xbf<p>", "windows-1251", "utf-8"),
    (b"<meta charset=shift_jis>", None, "shift_jis"),
    (b"<meta charset=shift_jis>", "utf-8", "utf-8"),
    (b"<meta charset=shift_jis>", "no-such-charset", "shift_jis"),
    (b"<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=\"KOI8-R\"'>", None, "koi8-r"),
    (b"<!-- <meta charset=koi8-r> --><meta charset=gb2312>", None, "gbk"),
    (b"<meta name=x content='charset=koi8-r'>", None, "windows-1252"),
    (b"<?xml version='1.0' encoding='shift_jis'?><p>", None, "shift_jis"), (b'<?xml encoding = "utf-16" ?>', None, "utf-8"),
    (b"<?xml encoding='shift_jis'?><meta charset=koi8-r>", None, "koi8-r"), (b"<?xml version='encoding' encoding='koi8-r'?>", None, "windows-1252"),
    (b"<?xml encoding='shift_jis'?>", "utf-8", "utf-8"), (b"<?xml encoding=koi8-r?>", None, "windows-1252"), (b" <?xml encoding='koi8-r'?>", None, "windows-1252"),
    (b"<meta charset=utf-16>", None, "utf-8"),
    (b"<meta charset=x-user-defined>", None, "windows-1252"),
    (b" " * PRESCAN + b"<meta charset=koi8-r>", None, "windows-1252"),
    (b"<p title='<meta charset=koi8-r>'>", None, "windows-1252"), (b"<meta name='>' charset=koi8-r>", None, "koi8-r"),
    (b"<!--><meta charset=koi8-r>-->", None, "koi8-r"), (b'<!x " <meta charset=koi8-r> ">', None, "windows-1252"),
    (b"</p title='<meta charset=koi8-r>'><meta/charset=gbk>", None, "gbk"), (b"<metax charset=koi8-r>", None, "windows-1252"),
    (b"<meta charset=replacement-x><meta charset=big5>", None, "big5"), (b"\xef\xbb\xbf<meta charset=iso-2022-jp>", None, "utf-8"),
    (b"<meta charset=iso-2022-jp>", "utf-8", "utf-8"), (b"<p>", "x-user-defined", "x-user-defined"),
    (b"<p>", "latin1", "windows-1252"),
    (b"<p>", " ISO-8859-9 ", "windows-1254"),
])  # fmt: skip
def test_the_order_of_what_says_the_encoding(data: bytes, charset: str | None, expected: str) -> None:
    """A byte order mark, then Content-Type, then a meta element within 1024 bytes, then windows-1252."""
    assert expected == name(data, charset)


@pytest.mark.parametrize(("data", "charset"), [
    ("<p>".encode("utf-16-le"), "utf-16le"), (b"\xff\xfe<\0", None), (b"\xfe\xff\0<", "utf-8"), (b"<p>", "iso-2022-jp"),
    (b"<meta charset=iso-2022-jp>", None), (b"<p>", "hz-gb-2312"), ("<?xml version='1.0'?><p>".encode("utf-16-le"), None),
    ("<?xml version='1.0'?><p>".encode("utf-16-be"), None), (b"<?xml encoding='iso-2022-jp'?>", None),
])  # fmt: skip
def test_what_is_not_ascii_compatible_is_refused_before_any_output(data: bytes, charset: str | None) -> None:
    """UTF-16, ISO-2022-JP and the encodings that browsers replace raise, whole or byte by byte, with nothing handed on."""
    for chunk in (0, 1):
        with pytest.raises(UnreadableEncodingError, match="on_unreadable"):
            run(data, charset=charset, chunk=chunk)


def test_what_is_inserted_into_a_page_of_no_known_encoding_is_ascii() -> None:
    """Chromium guesses the encoding of such a page by its text: what means one letter here would mean another there."""
    guessed, told = sniff(b"<p>", None, final=True), sniff(b"<p>", "windows-1252", final=True)
    assert guessed is not None
    assert told is not None
    assert (b"&#252;", b"\xfc") == (guessed.encode("\xfc"), told.encode("\xfc"))


LATE = b"<head><title>x</title>" + b"<!-- long -->" * 99 + b"<meta charset=iso-2022-jp>"


@pytest.mark.parametrize("start", [
    LATE, b"<meta charset=utf-8 charset=iso-2022-jp>", b"<meta charset='iso-2022-&#106;p'>", b"<!-- --!><meta charset=iso-2022-jp>-->",
])  # fmt: skip
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_escape_sequences_of_iso_2022_jp_are_refused(start: bytes, size: int) -> None:
    """Chromium finds that encoding where the prescan does not, and there `<p title="` may be five letters."""
    page = start + b'\x1b$B<p title="\x1b(B<img src=//third.test/a>'
    with pytest.raises(UnreadableEncodingError):
        _shifted(page, None, size)


@pytest.mark.parametrize(("page", "charset"), [
    (b"\x1b$B<p>", "utf-8"), (b"\xef\xbb\xbf\x1b$B<p>", None), (b"\x1b[31m\x1b(B<p>", None), (b"<p>\x1b", None), (b"", None),
])  # fmt: skip
def test_escape_sequences_without_that_meaning_pass(page: bytes, charset: str | None) -> None:
    """Where Content-Type or a byte order mark says the encoding no browser looks for another; terminals' sequences mean nothing."""
    for size in (1, 4096):
        _shifted(page, charset, size)


def _shifted(page: bytes, charset: str | None, size: int) -> None:
    shifts = Shifts(charset)
    for at in range(0, len(page), size):
        shifts.feed(page[at : at + size])


def test_the_encoding_is_waited_for_no_longer_than_needed() -> None:
    """With a charset from Content-Type only a byte order mark is waited for; without, a meta element or 1024 bytes."""
    assert sniff(b"<", "utf-8", final=False) is not None
    assert sniff(b"\xef", "utf-8", final=False) is None
    assert sniff(b"<p>", None, final=False) is None
    assert sniff(b"<meta charset=utf-8>", None, final=False) is not None
    assert sniff(b"x" * PRESCAN, None, final=False) is not None
    for page in (
        b"<p title='><meta charset=koi8-r>",
        b'<p title="<a><meta charset=koi8-r>',
        b"<!-- <meta charset=koi8-r>",
    ):
        assert sniff(page, None, final=False) is None


@pytest.mark.parametrize(("value", "expected"), [
    ("text/html; charset=utf-8", "utf-8"), ('text/html;charset="Shift_JIS"; x=y', "Shift_JIS"), ("text/html", None),
    ("text/html; CHARSET = koi8-r", "koi8-r"),
])  # fmt: skip
def test_the_charset_of_a_content_type(value: str, expected: str | None) -> None:
    """Quoted or not, in any case."""
    assert expected == content_type_charset(value)


@pytest.mark.parametrize(
    "label", ["utf-8", "windows-1251", "shift_jis", "gb18030", "big5", "euc-jp", "euc-kr", "x-user-defined"]
)
def test_hosts_are_read_in_the_encoding_of_the_page(label: str) -> None:
    """In every ASCII-compatible encoding a plain URL is found, and what cannot be written is referred to."""
    encoding = encoding_of(label)
    assert encoding is not None
    assert b"&#128512;" == encoding.encode("\U0001f600") or label in {"utf-8", "gb18030"}
    assert {"third.test"} == hosts(b"<img alt='\xb0\xa1' src=//third.test/a>", charset=label)


def test_a_name_in_the_encoding_of_the_page_is_the_host_that_a_browser_contacts() -> None:
    """A host in letters of the page's encoding is decoded and mapped before anybody is asked."""
    page = "<img src=//пример.test/a>".encode("koi8-r")
    assert {"xn--e1afmkfd.test"} == hosts(page, charset="koi8-r")
    assert page == run(page, OnlyHosts("xn--e1afmkfd.test"), charset="koi8-r")[0]


@pytest.mark.parametrize(
    ("label", "text"), [("shift_jis", "ソ表"), ("gbk", "中文"), ("big5", "功許"), ("utf-8", "ソé")]
)
def test_style_sheets_are_edited_at_the_right_byte_in_any_encoding(label: str, text: str) -> None:
    """Characters of several bytes, the second a backslash perhaps, do not move the place of an edit."""
    encoding = encoding_of(label)
    assert encoding is not None
    page = f"<style>/*{text}*/a{{content:'{text}';b:url(//third.test/{text})}} c{{d:url(//x.test)}}</style>".encode(
        encoding.codec
    )
    output = run(page, charset=label)[0]
    assert 2 == output.count(b"(about:invalid#ck://")


@pytest.mark.parametrize("label", ["shift_jis", "gbk", "big5", "euc-jp", "euc-kr"])
@pytest.mark.parametrize("chunk", [0, 1, 3])
def test_what_a_broken_character_may_swallow_is_read_both_ways(label: str, chunk: int) -> None:
    """A lead byte before a quote or a tag: with the quote and without it, nothing third-party is left."""
    lead = b"\xa4" if label == "euc-jp" else b"\x82"
    page = (
        b'<img alt="' + lead + b'" src=//one.test/a x="><img src=//two.test/b>"><p>' + lead + b"<img src=//three.test/>"
    )
    output, rewriter = run(page, charset=label, chunk=chunk)
    assert {"one.test", "two.test", "three.test"} == {line.block.host for line in rewriter.blocked}
    assert page == restore(output, charset=label)
    assert output == run(page, charset=label)[0]


@pytest.mark.parametrize("label", ["shift_jis", "gbk", "big5", "euc-jp", "euc-kr"])
def test_whole_characters_swallow_nothing(label: str) -> None:
    """Proper text is read one way, also when it is cut inside a character."""
    encoding = encoding_of(label)
    assert encoding is not None
    page = ("<p title='" + "日本" * 20 + "'><iframe src=//third.test/></iframe>").encode(encoding.codec)
    for chunk in (0, 1, 2, 5):
        assert b'data-ck-service=""' in run(page, charset=label, chunk=chunk)[0]


@pytest.mark.parametrize("chunk", [0, 1, 700])
def test_what_is_inserted_does_not_push_the_declaration_out_of_reach(chunk: int) -> None:
    """A browser looks for ``meta charset`` in the first 1,024 bytes: where that is what counts, it is said again first."""
    page = b"<!doctype html><html><head><title>" + b"x" * 950 + b'</title><meta charset="Shift-JIS">'
    output, _ = run(page, charset=None, inserter=Banner(), chunk=chunk)
    assert output.startswith(b"<!doctype html><html><head>" + OPEN + b'<meta charset="shift_jis"><script')
    assert page == restore(output)


@pytest.mark.parametrize(("page", "charset"), [
    (b'<!doctype html><head><meta charset="utf-8">', "utf-8"), (b'\xef\xbb\xbf<!doctype html><head><meta charset="utf-8">', None),
    (b"<!doctype html><head><title>x</title>", None),
])  # fmt: skip
def test_what_need_not_be_said_again_is_not(page: bytes, charset: str | None) -> None:
    """With a header field, a byte order mark or no declaration at all, nothing is added to what is inserted."""
    assert run(page, charset=charset, inserter=Banner())[0].count(b"<meta") == page.count(b"<meta")
