"""Header fields that make browsers contact somebody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.headers.links import FETCHING_RELS, filter_headers, filter_link
from consentkit.html.decision import Kind
from consentkit.html.urls import parse_url
from tests.headers.judged import BASE, OneHost, field


def link(value: str) -> str | None:
    """The Link field without what may not be contacted."""
    return filter_link(value, OneHost(), url=BASE)


@pytest.mark.parametrize("rel", sorted(FETCHING_RELS))
def test_every_fetching_relation_is_judged(rel: str) -> None:
    """A link that makes browsers fetch goes for a third party and stays for the site (R150)."""
    assert link(f"<https://cdn.test/x>; rel={rel}") is None
    assert link(f'<//cdn.test/x>;REL = "{rel.upper()}"') is None
    assert f"</x>; rel={rel}" == link(f"</x>; rel={rel}")


@pytest.mark.parametrize("rel", ["canonical", "alternate", "license", "author", "help", "me"])
def test_links_for_people_stay(rel: str) -> None:
    """A link that fetches nothing stays, wherever it goes."""
    assert f"<https://cdn.test/x>; rel={rel}" == link(f"<https://cdn.test/x>; rel={rel}")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<https://cdn.test/a,b>; rel=preload; as=script, </x>; rel=preload", "</x>; rel=preload"),
        (
            '</x>; rel=preload; title="a, <https://cdn.test/>; rel=preload"',
            '</x>; rel=preload; title="a, <https://cdn.test/>; rel=preload"',
        ),
        (
            '<https://cdn.test/>; title="a;b\\", c"; rel="preload license"; x=y',
            '<https://cdn.test/>; title="a;b\\", c"; rel="license"; x=y',
        ),
        ('<https://cdn.test/>; rel="alternate stylesheet"', None),
        ('<https://cdn.test/>; rel="shortcut icon"', None),
        ('<https://cdn.test/>; rel="dns-prefetch preconnect"', None),
        ('<https://cdn.test/>; rel=preconnect,</b>;rel=preload , <//cdn.test>;rel="preload"', "</b>;rel=preload"),
        ("<https://cdn.test/>; rel=license; rel=preload", "<https://cdn.test/>; rel=license; rel=preload"),
        ("<https://cdn.test/>", "<https://cdn.test/>"),
        ('</i>; rel=preload; as=image; imagesrcset="/a 1x, https://cdn.test/b 2x"', None),
        (
            '</i>; rel=preload; as=image; imagesrcset="/a 1x, /b 2x"',
            '</i>; rel=preload; as=image; imagesrcset="/a 1x, /b 2x"',
        ),
        ("<https:\\\\cdn.test\\x>; rel=preload", None),
        ("<HTTPS://CDN.TEST>;rel=preload", None),
        ("< \thttps://cdn.test >; rel=preload", None),
        ("<data:text/css,x>; rel=stylesheet", "<data:text/css,x>; rel=stylesheet"),
        ("<b>; rel=preload, ,, <c>; rel=next", "<b>; rel=preload, ,, <c>; rel=next"),
        ("", ""),
    ],
)
def test_links(value: str, expected: str | None) -> None:
    """Commas in URLs and quotes do not cut links, allowed relations stay, and URLs are what browsers make of them."""
    assert expected == link(value)


@pytest.mark.parametrize(
    "value",
    [
        "<https://cdn.test/",
        "https://cdn.test/; rel=preload",
        '</a>; title="x, <https://cdn.test/>; rel=preload',
        "</a> x; rel=preload",
        "</a> <https://cdn.test/>; rel=preload",
    ],
)
def test_links_that_browsers_read_differently_go(value: str) -> None:
    """A link with an open bracket or quote, or with text where none belongs, is taken out, the good one behind it stays."""
    assert link(value) is None
    assert "</good>; rel=preload" == link(f"</good>; rel=preload, {value}")


pieces = st.sampled_from(
    [
        "<https://cdn.test/x>",
        "</x>",
        "; rel=preload",
        '; rel="preload license"',
        ",",
        ";",
        '"',
        "\\",
        "<",
        ">",
        "=",
        " ",
        "rel",
        '; title="a,b"',
        "; as=image",
    ]
)


@given(st.text(max_size=80) | st.lists(pieces, max_size=10).map("".join))
def test_any_link_is_read(value: str) -> None:
    """No Link field is an error, and what is left is stable and asks for nothing that is refused."""
    once = link(value)
    if once is not None:
        decider = OneHost()
        assert once == filter_link(once, decider, url=BASE)
        urls = [parse_url(url, None) for url, _, _ in decider.asked]
        assert all(url is not None and url.host in {"shop.example", ""} for url in urls)


def test_long_links_are_linear() -> None:
    """A field of a megabyte is judged at once."""
    assert link("<" * 500_000 + '"' * 500_000) is None
    assert link("</a>; rel=preload, " * 50_000) is not None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Refresh", "5; url=https://other.test/", None),
        ("refresh", "0;URL='//other.test'", None),
        ("Refresh", "5; url=/next", "5; url=/next"),
        ("Refresh", "5", "5"),
        ("Refresh", "0; url=data:text/html,<img src=//cdn.test>", None),
        ("Refresh", "0; url=data:text/html;base64,PGltZyBzcmM9aHR0cHM6Ly9jZG4udGVzdC8+", None),
        ("Refresh", "0; url=data:text/html,<p>wait", "0; url=data:text/html,<p>wait"),
        ("Link", "<data:text/css,@import%20%22https:cdn.test%22>; rel=stylesheet", None),
        (
            "Link",
            "<data:text/css,@import%20%22https:cdn.test%22>; rel=icon",
            "<data:text/css,@import%20%22https:cdn.test%22>; rel=icon",
        ),
        ("X-DNS-Prefetch-Control", "on", "off"),
        ("X-DNS-Prefetch-Control", "off", "off"),
        ("Speculation-Rules", '"https://cdn.test/r.json", "/r.json"', '"/r.json"'),
        ("Speculation-Rules", '"//cdn.test/r.json"', None),
        ("Speculation-Rules", '"/r.json"; x', '"/r.json"; x'),
        ("Reporting-Endpoints", 'a="https://log.test/r", b="/r";x', 'b="/r";x'),
        ("Reporting-Endpoints", 'a="https://log.test/r"', None),
        ("Reporting-Endpoints", 'a="/r",  b=1', 'a="/r",  b=1'),
        (
            "Content-Security-Policy",
            "default-src 'self'; report-uri https://log.test/ /own ;img-src *",
            "default-src 'self'; report-uri /own;img-src *",
        ),
        ("content-security-policy-report-only", "report-uri https://log.test/", None),
        ("Content-Security-Policy", "img-src *;REPORT-URI https://log.test/, font-src *", "img-src *, font-src *"),
        (
            "Content-Security-Policy",
            "img-src https://cdn.test; report-uri /r",
            "img-src https://cdn.test; report-uri /r",
        ),
        ("Content-Security-Policy", "x-report-uri https://log.test", "x-report-uri https://log.test"),
        ("Location", "https://other.test/", "https://other.test/"),
        ("Refresh", "1; url=https://[/", "1; url=https://[/"),
        ("Speculation-Rules", '"/r.json", "https://cdn.test/?', '"/r.json"'),
        ("Reporting-Endpoints", 'a="/r", b="https://log.test/?', 'a="/r"'),
        ("Link", "<https://cdn.test/a.js>; rel='preload'; as=script", None),
    ],
)
def test_other_fields(name: str, value: str, expected: str | None) -> None:
    """Each field loses what may not be contacted and keeps the rest as it was."""
    assert expected == field(name, value)


def test_fields_that_say_nothing_are_the_same_object() -> None:
    """Nothing is copied, and nobody asked, where nothing would be contacted."""
    for headers in ((("Content-Type", "text/html"),), (("Link", "</a>; rel=preload"), ("NEL", "{}"))):
        assert filter_headers(headers, OneHost(), url=BASE) is headers


def test_what_the_decider_is_asked() -> None:
    """The decider sees the resolved URL, what for, and where it stood."""
    decider = OneHost()
    headers = (("Link", "<x>; rel=preconnect"), ("Refresh", "1; url=y"), ("Speculation-Rules", '"z"'))
    filter_headers(headers, decider, url=BASE)
    assert [
        ("https://shop.example/a/x", Kind.HINT, "href"),
        ("https://shop.example/a/y", Kind.NAVIGATION, "refresh"),
        ("https://shop.example/a/z", Kind.PRELOAD, "speculation-rules"),
    ] == decider.asked


@pytest.mark.parametrize(
    "values",
    [
        ("0", "url=https://other.test/"),
        ("0", "0; url=https://other.test/", "url=//other.test/"),
        ("5; url=/next", "0; url=https://other.test/"),
    ],
)
def test_several_refreshes_are_one(values: tuple[str, ...]) -> None:
    """Browsers join several fields with commas: where any reading leads to somebody else, none of them stays."""
    headers = tuple(("Refresh", value) for value in values)
    assert () == filter_headers(headers, OneHost(), url=BASE)
    same = (("Refresh", "0"), ("Refresh", "url=/next"))
    assert filter_headers(same, OneHost(), url=BASE) is same


def test_fields_in_between_stay() -> None:
    """Taking one field out leaves those around it as they were."""
    headers = (("A", "1"), ("Link", "<//cdn.test>; rel=preload"), ("B", ""), ("link", "</x>; rel=preload"))
    assert (("A", "1"), ("B", ""), ("link", "</x>; rel=preload")) == filter_headers(headers, OneHost(), url=BASE)
