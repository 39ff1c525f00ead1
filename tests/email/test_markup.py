"""HTML bodies: what reports back is cut out, and nothing that a reader would miss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.email import clean_html
from tests.policies import make_policy

POLICY = make_policy(sites=["shop.example"], email={"tracking": "none", "text": "We do not track."})
TOKEN = "a1b2c3d4e5f6a7b8"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('a<img src="https://x.list-manage.com/track/open.php?u=1" width=600>b', "ab"),
        ("a<IMG SRC=http://q.example/p WIDTH=1 HEIGHT=1>b", "ab"),
        ('a<img src="//q.example/p" style="width:1px;height:1px">b', "ab"),
        ('a<img src="https://q.example/p" style="display: none">b', "ab"),
        ('a<img src="https://q.example/p" style="max-height:0;max-width:0">b', "ab"),
        ('a<img src="https://q.example/p" width="0">b', "ab"),
        ('a<img alt="" src="https://q.example/p" height=2 width="2px" />b', "ab"),
        ("<table background='https://emltrk.com/x' width=9><tr>", "<table width=9><tr>"),
        (f'<td background="https://q.example/p.gif?r={TOKEN}">', "<td>"),
        (f'<div style="background:url(https://q.example/p.gif?r={TOKEN})">x', '<div style="background:url(data:,)">x'),
        ("<p style='background:#fff url(&quot;https://emltrk.com/x&quot;) no-repeat'>", "<p style='background:#fff url(&quot;data:,&quot;) no-repeat'>"),
        ('<style>@import "https://fonts.googleapis.com/css?family=Inter";</style>', '<style>@import "data:,";</style>'),
        ("<style>@font-face{font-family:A;src:url(https://f.example/a.woff2)}</style>", "<style>@font-face{font-family:A;src:url(data:,)}</style>"),
        ("<style>@media print{#a{background-image:url('https://abc.emltrk.com/abc?p')}}</style>", "<style>@media print{#a{background-image:url('data:,')}}</style>"),
        ('<link rel="stylesheet" href="https://fonts.googleapis.com/css">x', "x"),
        ('<link rel=preconnect href=https://q.example><link rel="dns-prefetch" href="//q.example">x', "x"),
        ('<link rel=prefetch href="https://q.example/next">x', "x"),
        ('<video poster="https://emltrk.com/x" controls><source src="https://emltrk.com/y"></video>', "<video controls></video>"),
        ('<a href="https://shop.example/" ping="https://q.example/p">x</a>', '<a href="https://shop.example/">x</a>'),
        ('<img srcset="https://emltrk.com/x 2x" src="cid:logo">', '<img src="cid:logo">'),
        ('<iframe src="https://q.example/f"></iframe>', "<iframe></iframe>"),
        ('<script src="https://q.example/s.js"></script>', "<script></script>"),
        ('<!--[if mso]><v:fill src="https://emltrk.com/x" type="tile"/><img width=1 height=1 src="https://q.example/p"><![endif]-->', '<!--[if mso]><v:fill type="tile"/><![endif]-->'),
        ('<!--[if !mso]><!--><img width=1 height=1 src="https://q.example/p"><!--<![endif]-->', "<!--[if !mso]><!--><!--<![endif]-->"),
        ('<svg><image href="https://emltrk.com/x"/></svg>', "<svg></svg>"),
        ('<body background="https://shop.example/_ck/mail/open?t=abc">', "<body>"),
        ('<img src="https://www.shop.example/app/_ck/mail/open?t=abc" width=9 height=9>x', "x"),
        ('<meta http-equiv="refresh" content="0;url=https://q.example/r">', '<meta http-equiv="refresh">'),
        ('<iframe srcdoc="&lt;img src=https://emltrk.com/x&gt;"></iframe>', "<iframe></iframe>"),
        ('<base href="https://emltrk.com/"><img src="x.png">', '<base href="https://emltrk.com/">'),
        ('<amp-pixel src="https://q.example/p"></amp-pixel>', "</amp-pixel>"),
        ('<!--[if mso]><v:fill o:href="https://emltrk.com/x"/><![endif]-->', "<!--[if mso]><v:fill /><![endif]-->"),
    ],
)  # fmt: skip
def test_what_reports_back_goes(given: str, expected: str) -> None:
    """Open pixels, backgrounds, fonts, style sheets, hints: each is gone, what stands around it is as it was."""
    cleaned, report = clean_html(given, policy=POLICY)
    assert expected == cleaned
    assert report.removed


@pytest.mark.parametrize("html", [
    '<img src="https://cdn.example/hero.png" width="600" height="200">',
    '<img src="https://cdn.example/line.gif" width="600" height="1">',
    '<img src="https://cdn.example/line.gif" width="100%" height="1">',
    '<img src="cid:part1.abc@brightwash.example" width="1" height="1">',
    '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" width=1 height=1>',
    '<td background="https://cdn.example/wood.jpg">',
    '<div style="background:url(https://cdn.example/wood.jpg)">',
    "<style>.a{background:url(https://cdn.example/wood.jpg)}</style>",
    '<link rel="stylesheet" href="https://www.shop.example/mail.css">',
    "<style>@font-face{src:url(https://shop.example/a.woff2)}</style>",
    '<form action="https://poll.example/vote" method="post"><button>Yes</button></form>',
    '<a href="https://elsewhere.example/page?id=7&amp;x=1#part">x</a>',
    '<a href="mailto:ada@pub.example?subject=utm_source">x</a>',
    '<a href="https://shop.example/unsubscribe?mkt_tok=1&utm_source=2">x</a>',
    '<a href="/relative?utm=1">x</a><a href="#top">y</a><a name=top>z</a>',
    "<p>https://x.list-manage.com/track/open.php stands in the text</p>",
    "<!-- <img src='https://emltrk.com/x' width=1 height=1> -->",
    "<textarea><img src=https://emltrk.com/x></textarea>",
    "<plaintext><img src=https://emltrk.com/x>",
    "<p title='<img src=https://emltrk.com/x>'>",
    "", "<", "<a", "<a href", "\r\n \r\n",
])  # fmt: skip
def test_what_is_the_readers_stays(html: str) -> None:
    """Pictures, lines, forms, pictures in the mail itself and links stay, byte for byte; text is no markup."""
    cleaned, report = clean_html(html, policy=POLICY)
    assert html == cleaned
    assert [] == report.removed


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<a href=https://shop.example/?utm_id=1>x</a>", '<a href="https://shop.example/">x</a>'),
        (
            "<a href = 'https://shop.example/?a=&quot;&utm_id=1'>x</a>",
            "<a href = 'https://shop.example/?a=&quot;'>x</a>",
        ),
        ('<a href="https://shop.example/?q=é&amp;utm_id=1">é</a>', '<a href="https://shop.example/?q=&#233;">é</a>'),
        ('<AREA HREF="//shop.example/?utm_id=1">', '<AREA HREF="https://shop.example/">'),
        ('<v:roundrect href="https://shop.example/?utm_id=1">', '<v:roundrect href="https://shop.example/">'),
        (
            '<a href="https://shop.example/_ck/mail/go?u=https%3A%2F%2Fa.example%2F%3Fx%3D1&t=abc">x</a>',
            '<a href="https://a.example/?x=1">x</a>',
        ),
        (
            '<a href="https://shop.example/app/_ck/mail/go?t=abc&u=https%3A%2F%2Fa.example%2F">x</a>',
            '<a href="https://a.example/">x</a>',
        ),
    ],
)
def test_links_lead_straight_on(given: str, expected: str) -> None:
    """Links lose wrappers and decoration, our own counting links too; how they are quoted stays."""
    assert expected == clean_html(given, policy=POLICY)[0]


def test_a_cut_makes_no_tag() -> None:
    """What stands on both sides of what was cut out does not become a tag, or another character, together."""
    pixel = '<img src="https://emltrk.com/x">'
    for before, after in (
        ("<", "img src=https://q.example/y>"),
        ("<", "/p>"),
        ("a &am", "p;"),
        ("&lt", ";"),
        ("&#6", "0;"),
    ):
        cleaned, _ = clean_html(before + pixel + after, policy=POLICY)
        assert f"{before}<!---->{after}" == cleaned


def test_what_ends_svg_still_does() -> None:
    """An image ends SVG; where it is cut out an empty one stands, or what was text would be markup."""
    pixel = '<img src="https://emltrk.com/x">'
    assert f"<svg><img><textarea>{pixel}" == clean_html(f"<svg>{pixel}<textarea>{pixel}", policy=POLICY)[0]


def test_outlooks_comments_stay_whole() -> None:
    """Where what is left would become a tag an empty tag stands, and nothing that would end the comment."""
    html = '<!--[if mso]><<img src="https://emltrk.com/x">p><![endif]-->'
    assert "<!--[if mso]><<img>p><![endif]-->" == clean_html(html, policy=POLICY)[0]


def test_leftovers_are_told() -> None:
    """What may report and stays is in the report: opaque links, links in links, pictures with a query."""
    html = (
        '<a href="https://x.list-manage.com/track/click?u=1">a</a><a href="https://go.example/?to=https%3A%2F%2Fb.example">b</a>'
        '<img src="https://cdn.example/hero.png?r=9" width=600>'
    )
    cleaned, report = clean_html(html)
    assert html == cleaned
    assert ["opaque-link", "wrapped-link", "remote-image"] == [finding.kind for finding in report.left]
    assert {"opaque-link": 1, "wrapped-link": 1, "remote-image": 1} == dict(report.counts)
    assert 3 == len(report)


def test_totals() -> None:
    """A policy that counts in totals keeps what a whole campaign has in common, and nothing of a reader."""
    policy = make_policy(sites=["shop.example"], email={"tracking": "aggregate", "text": "We count in totals."})
    html = '<a href="https://shop.example/?utm_source=news&utm_content=ada&mc_eid=9">x</a>'
    assert '<a href="https://shop.example/?utm_source=news">x</a>' == clean_html(html, policy=policy)[0]


PIECES = [
    '<img src="https://emltrk.com/x">', "<img src=https://q.example/p width=1 height=1>", "<", ">", "</", "<!--", "-->", "&am", "p;", '"', "'",
    '<a href="https://shop.example/?utm_id=1&a=2">', "</a>", "<style>", "</style>", "@import url(https://q.example/c);", "<p style='",
    "background:url(https://emltrk.com/y)", "<!--[if mso]>", "<![endif]-->", "<svg>", "</svg>", "<textarea>", "</textarea>", "text ", "é", "<script>",
    "</script>", "<link rel=stylesheet href=https://q.example/c>", "<noscript>", "</noscript>", "https://click.pstmrk.it/3s/a.example/x", "=", " ", "\n",
    "<td background=https://emltrk.com/z ", "<base href=//emltrk.com>", "<title>", "</title>", "<iframe srcdoc='", "<plaintext>",
    "<math>", "<mi>", "<desc>", "<select>", "<frameset>", "<table>", "<template>", "<image href=https://emltrk.com/x />",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_twice_is_once(html: str) -> None:
    """Cleaning what is clean changes nothing, whatever the markup is."""
    once, _ = clean_html(html, policy=POLICY)
    again, report = clean_html(once, policy=POLICY)
    assert once == again
    assert [] == report.removed


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "a",
                "é",
                "<b>",
                " ",
                "\r\n",
                "<img src=cid:x width=1>",
                "<a href=https://a.example/?b=1>",
                "<",
                "&lt;",
                '"',
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_nothing_of_the_readers_is_removed(html: str) -> None:
    """Where nothing reports back, the text that comes out is the text that went in."""
    assert html == clean_html(html, policy=POLICY)[0]


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_granted_is_identical(html: str) -> None:
    """For a reader who agreed nothing is changed at all."""
    assert html is clean_html(html, granted=True)[0]
