"""The URL view of an attribute value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.urls import (
    MAX_HOST,
    UNRESOLVABLE,
    Url,
    external_host,
    matches_host,
    parse_host,
    parse_url,
)

BASE = parse_url("https://site.test/dir/page?query#fragment", None)
FILE = parse_url("file:///home/page.html", None)

HOSTS = [
    pytest.param("https://a.test/x", "a.test", id="absolute"),
    pytest.param("//a.test/x", "a.test", id="scheme-relative"),
    pytest.param("\\\\a.test\\x", "a.test", id="backslashes"),
    pytest.param("/\\a.test/x", "a.test", id="slash-backslash"),
    pytest.param("https:\\\\a.test", "a.test", id="backslashes-after-scheme"),
    pytest.param("///a.test/x", "a.test", id="three-slashes"),
    pytest.param("https:////a.test/x", "a.test", id="four-slashes-after-scheme"),
    pytest.param("http:a.test/x", "a.test", id="no-slashes-other-scheme"),
    pytest.param("https:a.test/x", "site.test", id="no-slashes-same-scheme"),
    pytest.param("https:/a.test/x", "site.test", id="one-slash-same-scheme"),
    pytest.param("ht\ntps:/\t/a.te\rst/x", "a.test", id="tab-and-newlines-inside"),
    pytest.param(" \x00\x1f//a.test/x\x0c ", "a.test", id="controls-and-spaces-around"),
    pytest.param("HTTPS://A.Test/X", "a.test", id="upper-case"),
    pytest.param("//site.test@a.test/x", "a.test", id="userinfo"),
    pytest.param("//site.test:443@a.test/x", "a.test", id="userinfo-that-looks-like-a-port"),
    pytest.param("//one@site.test@a.test/x", "a.test", id="two-at-signs"),
    pytest.param("//a.test\\@site.test/x", "a.test", id="backslash-before-at"),
    pytest.param("//a.test?@site.test/x", "a.test", id="question-mark-before-at"),
    pytest.param("//a.test#@site.test/x", "a.test", id="number-sign-before-at"),
    pytest.param("//a.test:8443/x", "a.test", id="port"),
    pytest.param("//a.test:/x", "a.test", id="empty-port"),
    pytest.param("//a.test:000000000443/x", "a.test", id="port-with-zeros"),
    pytest.param("//a.test./x", "a.test", id="final-dot"),
    pytest.param("//a%2Etest/x", "a.test", id="percent-encoded-dot"),
    pytest.param("//%61%2e%74est/x", "a.test", id="percent-encoded-letters"),
    pytest.param("//%EF%BD%81.test/x", "a.test", id="percent-encoded-wide-letter"),
    pytest.param("//a。test/x", "a.test", id="ideographic-stop"),
    pytest.param("//ａ.test/x", "a.test", id="wide-letter"),
    pytest.param("//a\u00ad.te\u200bst/x", "a.test", id="ignored-code-points"),
    pytest.param("//\u212aelvin.test/x", "kelvin.test", id="kelvin-sign"),
    pytest.param("//wasch-stra\u00dfe.test", "xn--wasch-strae-46a.test", id="sharp-s-is-itself"),
    pytest.param("//GL\u00c4SER.test", "xn--glser-hra.test", id="umlaut"),
    pytest.param("//\u2603.test", "xn--n3h.test", id="symbol-outside-idna-2008"),
    pytest.param("//xn--glser-hra.test", "xn--glser-hra.test", id="punycode"),
    pytest.param("//under_score.test", "under_score.test", id="underscore"),
    pytest.param("//a b.test/x", "a%20b.test", id="space"),
    pytest.param("//a%20b\u00a0.test/x", "a%20b%20.test", id="encoded-and-hard-space"),
    pytest.param("//a\uff052Etest/x", "a.test", id="wide-percent-sign"),
    pytest.param("//\uff05C3\uff05A9.test/x", "xn--9ca.test", id="wide-percent-signs-of-a-letter"),
    pytest.param("//203.0.113.7/x", "203.0.113.7", id="ipv4"),
    pytest.param("//0xCB.0.0161.7/x", "203.0.113.7", id="ipv4-hexadecimal-and-octal"),
    pytest.param("//3405803783/x", "203.0.113.7", id="ipv4-one-number"),
    pytest.param("//203.28935/x", "203.0.113.7", id="ipv4-two-numbers"),
    pytest.param("//0x7f.1/x", "127.0.0.1", id="ipv4-short"),
    pytest.param("//0x/x", "0.0.0.0", id="ipv4-empty-hexadecimal"),
    pytest.param("//203.0.113.7./x", "203.0.113.7", id="ipv4-final-dot"),
    pytest.param("//[2001:db8::1]/x", "[2001:db8::1]", id="ipv6"),
    pytest.param("//[2001:DB8:0:0:0:0:0:1]:8443/x", "[2001:db8::1]", id="ipv6-in-full-with-port"),
    pytest.param("//[::ffff:203.0.113.7]/x", "[::ffff:cb00:7107]", id="ipv6-with-ipv4"),
    pytest.param("//[1:0:0:2:0:0:0:3]/x", "[1:0:0:2::3]", id="ipv6-longest-run-of-zeros"),
    pytest.param("//[::]/x", "[::]", id="ipv6-zero"),
    pytest.param("//localhost/x", "localhost", id="one-label"),
    pytest.param("//site.test.a.test/x", "site.test.a.test", id="site-as-a-prefix"),
    pytest.param("/x", "site.test", id="path"),
    pytest.param("x//a.test", "site.test", id="slashes-in-a-path"),
    pytest.param("?//a.test", "site.test", id="query"),
    pytest.param("#//a.test", "site.test", id="fragment"),
    pytest.param("", "site.test", id="empty"),
    pytest.param("wss://a.test/x", "a.test", id="websocket"),
    pytest.param("data:text/html,//a.test", "", id="data"),
    pytest.param("javascript://a.test/%0aalert()", "a.test", id="javascript-with-authority"),
    pytest.param("about:blank", "", id="about"),
    pytest.param("blob:https://a.test/1", "", id="blob"),
    pytest.param("mailto:visitor@a.test", "", id="mailto"),
    pytest.param("1http://a.test", "site.test", id="no-scheme-begins-with-a-digit"),
    pytest.param(":https://a.test", "site.test", id="no-scheme-begins-with-a-colon"),
]


@pytest.mark.parametrize(("value", "host"), HOSTS)
def test_host(value: str, host: str) -> None:
    """The host is the one that a browser contacts, however it is written."""
    url = parse_url(value, BASE)

    assert url is not None
    assert host == url.host


@pytest.mark.parametrize(
    "value",
    [
        "//",
        "https://",
        "//@",
        "//a@/",
        "//:80/",
        "//a%25b/",
        "//a\u2100b/",
        "//a%00b/",
        "//a<b/",
        "//a|b/",
        "//a^b/",
        "//a%/",
        "//\u00ad/",
        "//a.test:65536/",
        "//a.test:80a/",
        "//a.test:0x50/",
        "//256.256.256.256/",
        "//4294967296/",
        "//1.2.3.4.5/",
        "//09.1/",
        "//a.1/",
        "//1..2/",
        "//0x1" + "0" * 99,
        "//[::1",
        "//[::1]a/",
        "//[1::2::3]/",
        "//[1:2:3:4:5:6:7]/",
        "//[1:2:3:4:5:6:7:8:9]/",
        "//[1:2:3:4::5:6:7:8]/",
        "//[::1.2.3]/",
        "//[::1.2.3.256]/",
        "//[::01.2.3.4]/",
        "//[1.2.3.4::]/",
        "//[::12345]/",
        "//[fe80::1%25eth0]/",
    ],
)
def test_failure(value: str) -> None:
    """What the standard refuses is no URL: no browser fetches it."""
    assert parse_url(value, BASE) is None


@pytest.mark.parametrize(
    ("value", "href"),
    [
        ("https://a.test", "https://a.test/"),
        ("//a.test:443/x", "https://a.test/x"),
        ("http://a.test:443/x", "http://a.test:443/x"),
        ("//a.test./x", "https://a.test./x"),
        ("//u:p@a.test/", "https://u:p@a.test/"),
        ("//u%40:@a.test/", "https://u%40@a.test/"),
        ("//u@p@a.test/", "https://u%40p@a.test/"),
        ("//a.test/./b/../c/%2e%2E/d", "https://a.test/d"),
        ("//a.test/b/..", "https://a.test/"),
        ("//a.test/../..", "https://a.test/"),
        ("//a.test/b/.", "https://a.test/b/"),
        ("//a.test/\\b\\..\\c", "https://a.test//c"),
        ('//a.test/ü "<>`{}^?ü\'"#ü `', "https://a.test/%C3%BC%20%22%3C%3E%60%7B%7D%5E?%C3%BC%27%22#%C3%BC%20%60"),
        ("sibling", "https://site.test/dir/sibling"),
        ("../up", "https://site.test/up"),
        ("/root?x", "https://site.test/root?x"),
        ("?x", "https://site.test/dir/page?x"),
        ("#x", "https://site.test/dir/page?query#x"),
        ("", "https://site.test/dir/page?query"),
        ("//a.test?x", "https://a.test/?x"),
        ("data:text/html,<b>#x", "data:text/html,<b>#x"),
        ("data:text/html,a?b", "data:text/html,a?b"),
        ("thing://Host:0/../x?q", "thing://Host:0/x?q"),
        ("thing:/.//x", "thing:/.//x"),
        ("thing:/x", "thing:/x"),
        ("file://server/x", "file://server/x"),
        ("file://localhost/x", "file:///x"),
        ("file:x", "file:///x"),
        ("//a\ud800.test/", "https://xn--a-q10i.test/"),
    ],
)
def test_href(value: str, href: str) -> None:
    """The whole URL is serialised as the standard says."""
    url = parse_url(value, BASE)

    assert url is not None
    assert href == url.href


@pytest.mark.parametrize(
    ("value", "href"),
    [
        ("//server/x", "file://server/x"),
        ("x", "file:///home/x"),
        ("/x", "file:///x"),
        ("?x", "file:///home/page.html?x"),
        ("", "file:///home/page.html"),
        ("file:?x", "file:///home/page.html?x"),
        ("https://a.test", "https://a.test/"),
    ],
)
def test_file_base(value: str, href: str) -> None:
    """A page opened as a file resolves against its folder."""
    url = parse_url(value, FILE)

    assert url is not None
    assert href == url.href


@pytest.mark.parametrize(
    ("base", "value", "href"),
    [
        ("data:text/html,x", "#y", "data:text/html,x#y"),
        ("data:text/html,x", "y", None),
        ("data:text/html,x", "//a.test", None),
        ("data:text/html,x", "https://a.test", "https://a.test/"),
        ("thing://host/a/b", "//other", "thing://other"),
        ("thing://host/a/b", "\\\\other", "thing://host/a/\\\\other"),
        ("thing://host/a/b", "c", "thing://host/a/c"),
        ("thing://ho st/", "", None),
    ],
)
def test_other_bases(base: str, value: str, href: str | None) -> None:
    """Bases without a hierarchy resolve fragments only; bases of unknown schemes know no backslash."""
    parsed = parse_url(base, None)
    url = parse_url(value, parsed)

    assert href == (url.href if url else None)


def test_without_base() -> None:
    """A relative reference without a base is no URL."""
    assert parse_url("x", None) is None
    assert parse_url("//a.test/", None) is None
    assert parse_url("https://a.test/", None) == Url("https", "a.test", "/")


def test_final_dot_is_remembered() -> None:
    """The final dot is off the host for matching and still in the URL."""
    url = parse_url("//a.test./", BASE)

    assert url is not None
    assert (url.host, url.final_dot, url.href) == ("a.test", True, "https://a.test./")


def test_refused_name_keeps_a_host() -> None:
    """A name that IDNA refuses is still a host, so that it can be blocked."""
    url = parse_url("//a\U000e0001.test/", BASE)

    assert url is not None
    assert url.host.startswith("xn--")


def test_endless_name() -> None:
    """A host longer than any name is one that no policy allows, found without quadratic work."""
    url = parse_url("//" + "ü" * (MAX_HOST + 1) + ".test/", BASE)

    assert url is not None
    assert url.host == UNRESOLVABLE


@pytest.mark.parametrize(
    ("host", "pattern", "expected"),
    [
        ("example.com", "example.com", True),
        ("a.b.example.com", "example.com", True),
        ("notexample.com", "example.com", False),
        ("example.com.a.test", "example.com", False),
        ("com", "example.com", False),
        ("127.0.0.1", "0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("[::1]", "[::1]", True),
        ("example.com", "", False),
    ],
)
def test_matches_host(host: str, pattern: str, expected: bool) -> None:
    """A pattern covers its host and whole labels before it, nothing else."""
    assert expected is matches_host(host, pattern)


@pytest.mark.parametrize(
    ("raw", "host"),
    [
        (b"https://a.test/x", b"a.test"),
        (b"//a.test", b"a.test"),
        (b"//a.test:8443/&amp;", b"a.test"),
        (b"//a.test?x", b"a.test"),
        (b"//A.test/", None),
        (b"//a.test&#46;b/", None),
        (b"//a.test@b.test/", None),
        (b"//a.test:80@b.test/", None),
        (b"//a.test./", None),
        (b"//a.0x7/", None),
        (b"//xn--a.test/", None),
        (b" //a.test/", None),
        (b"/x", None),
        (b"//localhost/", None),
    ],
)
def test_external_host(raw: bytes, host: bytes | None) -> None:
    """The short way knows the plain forms and says nothing of the others."""
    assert host == external_host(raw)


SOUP = st.text(st.sampled_from("a1.:/\\@?#%[]&-x0 \t\nZ_éß。\u00ad\ud800"), max_size=24)


@given(SOUP, st.sampled_from(["", "//", "https:", "https://", "http:\\", "//[", "data:", "thing://"]))
def test_never_raises(text: str, prefix: str) -> None:
    """Any text gives a URL or none, and a URL parses to itself."""
    url = parse_url(prefix + text, BASE)

    if url is not None:
        assert url == parse_url(url.href, None)


@given(st.text())
def test_never_raises_for_any_text(text: str) -> None:
    """Any text at all is survived, with a base and without."""
    parse_url(text, None)
    parse_url(text, BASE)
    parse_host(text)


@given(SOUP, st.sampled_from(["//", "https://", "http://", "//a.test"]))
def test_external_host_is_a_subset(text: str, prefix: str) -> None:
    """Where the short way gives a host, the full parser gives the same."""
    value = (prefix + text).encode(errors="replace").decode("latin-1")
    host = external_host(value.encode("latin-1"))

    if host is not None:
        url = parse_url(value, BASE)
        assert url is not None
        assert host.decode() == url.host


@given(st.from_regex(r"(https?:)?//[a-z0-9.\-]{1,9}(/[a-z.\\%@:]{0,9}){0,2}(\?[a-z']{0,3})?", fullmatch=True))
def test_plain_form_is_a_subset(text: str) -> None:
    """The short form inside the parser gives what the long one gives; a tab keeps to the long one."""
    assert parse_url(text, BASE) == parse_url(text[:1] + "\t" + text[1:], BASE)
