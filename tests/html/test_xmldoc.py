"""Documents of XML are shown whole or not at all."""

from __future__ import annotations

import pytest

from consentkit.errors import UsageError
from consentkit.html.xmldoc import MAX_HELD, MAX_TOKEN, RefusedXmlError, XmlReader
from consentkit.html.xmlwritten import MAX_DECLARATION
from tests.html.deciders import URL, Everything, OnlyHosts

H = "xmlns='http://www.w3.org/1999/xhtml'"
S = "xmlns='http://www.w3.org/2000/svg'"
STRICT = "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd'>"
JAPANESE = "<?xml version='1.0' encoding='iso-2022-jp'?>"


def read(
    document: str | bytes, decider: OnlyHosts | Everything | None = None, *, step: int = 0, charset: str = ""
) -> bytes:
    """A document through a reader, whole or in pieces."""
    data = document.encode() if isinstance(document, str) else document
    reader = XmlReader(decider or OnlyHosts(), url=URL, charset=charset or None)
    step = step or max(1, len(data))
    pieces = [reader.feed(data[at : at + step]) for at in range(0, len(data), step)]
    return b"".join([*pieces, reader.finish()])


REFUSED = [
    f"<svg {S}><image href='https://third.test/a' width='9' height='9'/></svg>",
    f"<svg {S} xmlns:q='http://www.w3.org/1999/xlink'><use q:href='//third.test/a#b'/></svg>",
    f"<s:svg {S.replace('xmlns', 'xmlns:s')}><s:style>@import '//third.test/a';</s:style></s:svg>",
    f"<svg {S}><style>@im<!-- -->port <![CDATA['//third.test/a';]]></style></svg>",
    f"<svg {S}><script>track(1 &lt; 2)</script></svg>",
    f"<svg {S} onload='track(/a/)'/>",
    f"<html {H}><img srcset='data:image/png,x 1x, //third.test/a 2x'/></html>",
    f"<svg {S}><image><animate attributeName='href' values='data:image/png,x;//third.test/a'/></image></svg>",
    f"<svg {S}><rect style='fill:url(//third.test/a#b)'/></svg>",
    f"<svg {S} xmlns:h='http://www.w3.org/1999/xhtml'><h:meta http-equiv='refresh' content='0;url=//third.test/'/></svg>",
    f"<a><img {H} src='//third.test/a'/></a>",
    f"<html {H}><head><link rel='preconnect' href='//third.test/'/></head></html>",
    f"<html {H}><textarea/><title><iframe src='//third.test/'/></title></html>",
    f"<html {H}><body background='//third.test/a'/></html>",
    f"<html {H}><base href='https://third.test/'/><img src='a.gif'/></html>",
    "<math xmlns='http://www.w3.org/1998/Math/MathML'><mi style='background:url(//third.test/a)'>x</mi></math>",
    "<?xml-stylesheet href='//third.test/a.css'?><a/>",
    '<?xml-stylesheet type="text/xsl" href="//third.test/a.xsl"?><a/>',
    "<?xml-stylesheet type='text/xsl' href='#s'?><a/>",
    f"<!DOCTYPE a [<!ENTITY u 'https://third.test/a'>]><img {H} src='&u;'/>",
    f"<!DOCTYPE a [<!ENTITY u \"<img {H} src='//third.test/a'/>\">]><a>&u;</a>",
    f"<!DOCTYPE img [<!ATTLIST img src CDATA '//third.test/a'>]><img {H}/>",
    "<!DOCTYPE a [<!ENTITY % p SYSTEM 'a.dtd'>%p;]><a/>",
    f"<svg {S}><image href='//third.test/a'></svg>",  # it cannot be parsed to its end, and shows what comes before
    "<a xmlns:h='http://www.w3.org/1999/&#x78;html'><h:img src='//third.test/a'/><b></a>",
    f"{STRICT}<html {H}><img src='&sol;&sol;third.test/a'/></html>",  # browsers know the entities of HTML there
    f"{STRICT}<html {H}><style>&commat;import '//third.test/a';</style></html>",
    f"<!DOCTYPE html SYSTEM 'x.dtd'><html {H}><img src='/&zz;/third.test/a'/></html>",  # and drop others
    '<?xml-stylesheet title="href=\'/own.css\'" href="//third.test/a.css"?><a/>',
    "<?xml-stylesheet href='&#47;/third.test/a.css'?><a/>",
    "<?xml-stylesheet type='text/xsl' href=' &#35;s'?><a/>",
    f"<svg {S}><style><style>@import '//third.test/a';</style></style></svg>",
    f"<html {H}><script type='x'><b><style>@import '//third.test/a';</style></b></script></html>",
    f"<svg {S} xmlns:q='http://www.w3.org/1999/xlink'><image><set attributeName='q:href' to='//third.test/a'/></image></svg>",
    f"{JAPANESE}<img xmlns='http://www.w3.org/19\x1b(B99/xhtml' src='//third.test/a'/>",
    f"{JAPANESE}<svg {S}><image href='https:/\x1b(B/third.test/a'/></svg>",
    f"<?xml version='1.0' encoding='hz-gb-2312'?><svg {S}/>",
    f"<a><q:b/><img {H} src='//third.test/a'/><b></a>",  # a prefix that nobody declared stops only some
]


@pytest.mark.parametrize("step", [0, 1, 7])
@pytest.mark.parametrize("document", REFUSED)
def test_what_would_contact_anybody_is_not_shown(document: str, step: int) -> None:
    """Whatever in a document makes a browser fetch is found, however it is spelt; with everything allowed all of it is shown."""
    with pytest.raises(RefusedXmlError):
        read(document, step=step)
    unread = "<b></a>" in document or "'></svg>" in document or "encoding=" in document
    if "%" not in document and not unread:
        assert document.encode() == read(document, Everything(), step=step)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "<",
        "no XML at all",
        "<?xml version='1.0'?><rss><channel><link>https://third.test/</link><description>&lt;img src=//third.test/a></description></channel></rss>",
        "<rss><description>a &nbsp; feed that is broken: <img src='//third.test/a'></rss>",
        "<urlset xmlns:x='http://www.w3.org/1999/xhtml'><x:link rel='alternate' hreflang='de' href='https://third.test/de'/></urlset>",
        "<?xml-stylesheet type='text/xsl' href='/main-sitemap.xsl'?><urlset/>",
        f"<svg {S} xmlns:cc='http://creativecommons.org/ns#'><a href='https://third.test/'><path d='M0 0h9' fill='url(#a)'/></a><!-- //third.test --></svg>",
        f"<!DOCTYPE svg PUBLIC 'x' 'http://www.w3.org/a.dtd' [<!ENTITY ns 'http://third.test/ns'>]><svg {S} xmlns:x='&ns;'/>",
        f"<svg {S}><image href='data:image/gif;base64,R0lGODlhAQABAAAAACw='/><image href='/own.gif'/></svg>",
        f"{STRICT}<html {H}><p>&nbsp;&copy;&lt;&unknown;</p><img src='/&nbsp;/a'/></html>",
        f"<!DOCTYPE svg [<!ENTITY e SYSTEM '//third.test/'>]><svg {S}><style>g{{fill:red}}</style><text>&e;</text></svg>",
        "<?xml version='1.0' encoding='nobody-knows'?><a>\x80</a>",
        "<?xml-stylesheet title='&quot;' media=\"(href='//third.test/')\"?><a/>",
    ],
)
def test_what_contacts_nobody_is_shown_as_it_is(document: str) -> None:
    """Feeds, maps of sites and pictures pass byte for byte, whatever links they hold, even if they are broken."""
    assert document.encode() == read(document)
    assert document.encode() == read(document, step=1)


@pytest.mark.parametrize(
    ("document", "charset"),
    [
        (f"<svg {S}><image href='//third.test/é'/></svg>".encode("utf-16"), ""),
        (f"<?xml version='1.0' encoding='windows-1252'?><svg {S}><image href='//third.test/é'/></svg>".encode("cp1252"), ""),
        (f"<?xml version='1.0' encoding='utf-8'?><svg {S}><image href='//third.test/é'/></svg>".encode("cp1252"), "windows-1252"),
        (f"<svg {S}><image href='//third.test/日'/></svg>".encode("shift_jis"), "shift_jis"),
        (f"<?xml version='1.0' encoding='shift_jis'?><svg {S}><image href='//third.test/日'/></svg>".encode("shift_jis"), ""),
        (f"<svg {S}><image href='//third.test/é'/></svg>".encode(), "utf8"),
        (f"<svg {S}><image href='//third.test/é'/></svg>".encode(), "nobody-knows"),
        (f"<svg {S}><image href='//third.test/é'/></svg>".encode("utf-8-sig"), "shift_jis"),
        (f"<svg {S}><image href='//third.test/é'/></svg>".encode("utf-16"), "shift_jis"),
        (f"<?xml version='1.0'?><svg {S}><image href='//third.test/é'/></svg>".encode("utf-16-le"), ""),
        (f"<?xml version='1.0' encoding='us-ascii'?><svg {S}><image href='//third.test/é'/></svg>".encode("cp1252"), ""),
        (f"<?xml version='1.0' encoding='utf-16'?><svg {S}><image href='//third.test/é'/></svg>".encode(), ""),
        (b"<a/>", "iso-2022-jp"),
    ],
)  # fmt: skip
def test_documents_are_read_in_their_encoding(document: bytes, charset: str) -> None:
    """What Content-Type says comes before the declaration; what cannot be read is not shown."""
    with pytest.raises(RefusedXmlError):
        read(document, charset=charset)


def test_what_is_declared_in_two_bytes_is_read() -> None:
    """A picture in an encoding that the parser does not know, but browsers do, is shown if it contacts nobody."""
    picture = f"<?xml version='1.0' encoding='shift_jis'?><svg {S}><text>日本</text></svg>".encode("shift_jis")
    assert picture == read(picture)
    assert picture == read(picture, step=1)


@pytest.mark.parametrize("step", [0, 1 << 10])
def test_a_declaration_without_end_is_not_waited_for_for_ever(step: int) -> None:
    """What is said of the encoding beyond a limit is not known, so that nothing is shown."""
    with pytest.raises(RefusedXmlError):
        read(b"<?xml version='1.0'" + b" " * MAX_DECLARATION + b"?><a/>", step=step)
    declared = b"<?xml version='1.0'" + b" " * (MAX_DECLARATION - 32) + b"?><a/>"
    assert declared == read(declared, step=step)


def test_a_long_document_leaves_as_it_is_judged() -> None:
    """No more than `MAX_HELD` is held back; what comes behind what may not be fetched never leaves."""
    reader = XmlReader(OnlyHosts(), url=URL)
    begin = f"<svg {S}>".encode()
    filling = b"<path d='M0 0'/>" * (MAX_HELD // 16)

    assert b"" == reader.feed(begin)
    assert begin + filling == reader.feed(filling)
    assert b"<path/>" == reader.feed(b"<path/>")
    with pytest.raises(RefusedXmlError):
        reader.feed(b"<path/><image href='//third.test/a'/>")


def test_a_style_sheet_without_end_is_not_waited_for_for_ever() -> None:
    """A long document that is in the midst of a style sheet is held back, to a limit."""
    reader = XmlReader(OnlyHosts(), url=URL)
    reader.feed(f"<svg {S}><style>".encode())

    assert b"" == reader.feed(b"p{}" * (MAX_HELD // 3))
    with pytest.raises(RefusedXmlError):
        reader.feed(b"p{}" * (MAX_HELD // 2))


@pytest.mark.parametrize("before", [b"", b"<path d='M0 0h9'/>" * (MAX_HELD // 16)])
def test_a_picture_with_a_photograph_in_it_is_shown(before: bytes) -> None:
    """A long attribute is read in time that grows with it, wherever it stands, and to a limit."""
    picture = (
        f"<svg {S}>".encode() + before + b"<image href='data:image/png;base64," + b"AAAA" * MAX_HELD + b"'/></svg>"
    )

    assert picture == read(picture, step=1 << 14)
    with pytest.raises(RefusedXmlError):
        read(picture.replace(b"<image", b"<image href='//third.test/a'/><image"), step=1 << 14)
    with pytest.raises(RefusedXmlError):
        read(picture.replace(b"/></svg>", b"/><image href='//third.test/a'/></svg>"), step=1 << 14)


def test_a_tag_beyond_every_limit_is_not_shown() -> None:
    """Nothing is waited for for ever."""
    with pytest.raises(RefusedXmlError):
        read(f"<svg {S}><image href='".encode() + b"a" * (2 * MAX_TOKEN), step=1 << 20)


def test_a_long_document_that_breaks_is_not_shown_to_its_end() -> None:
    """Where the beginning has left, what cannot be parsed does not."""
    with pytest.raises(RefusedXmlError):
        read(b"<a>" + b"<b/>" * MAX_HELD + b"</b></a>", step=1 << 16)


def test_a_long_document_that_is_broken_is_not_waited_for_for_ever() -> None:
    """What nobody can parse is held back, to a limit."""
    with pytest.raises(RefusedXmlError):
        read(b"<a></b>" + b"<b/>" * MAX_HELD, step=1 << 16)


def test_a_reader_is_for_one_document() -> None:
    """Nothing can be fed behind the end, and the URL has to be absolute."""
    reader = XmlReader(OnlyHosts(), url=URL)
    reader.finish()

    with pytest.raises(UsageError):
        reader.feed(b"<a/>")
    with pytest.raises(UsageError):
        reader.finish()
    with pytest.raises(UsageError):
        XmlReader(OnlyHosts(), url="/a")
    assert [] == reader.blocked
