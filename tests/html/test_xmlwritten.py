"""What of XML is written down."""

from __future__ import annotations

import pytest

from consentkit.html.xmlwritten import XmlWritten, written

H = "xmlns='http://www.w3.org/1999/xhtml'"
S = "xmlns='http://www.w3.org/2000/svg'"
STRICT = "<!DOCTYPE a PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' ''>"


@pytest.mark.parametrize(
    ("document", "markup"),
    [
        ("<a href='//third.test/'/>", ""),
        (f"<a {H} href='b'/>", ""),
        (f"<h:a {H.replace('=', ':h=')} href='//x/&quot;'/>", '<a href="//x/&quot;"></a>'),
        (f"<use {S} href='/a#b'/>", '<svg><use href="/a#b"></use></svg>'),
        (f"<template {H} style='/'/>", '<div style="/"></div>'),
        (f"<style {S}>a<b/>&lt;c</style>", "<svg><style>a&lt;c</style></svg>"),
        (f"<style {S}>a<style>b</style>c</style>", "<svg><style>b</style></svg><svg><style>ac</style></svg>"),
        (f"<script {H}>'&lt;/script>&lt;!--'</script>", "<script>'<\\/script><\\!--'</script>"),
        (f"<set {S} attributeName='q:href' to='/a'/>", '<svg><set attributeName="href" to="/a"></set></svg>'),
        (f"<img {H} src='data:image/png;base64,AAAA' alt='/'/>", '<img alt="/"></img>'),
        ("<?xml-stylesheet title='href=\"a\"' href='b'?><a/>", '<link rel="stylesheet" href="b">'),
        (f"<!DOCTYPE a SYSTEM ''><img {H} src='/&sol;a'/>", '<img src="/a"></img>'),
    ],
)
def test_what_may_fetch_is_written_down(document: str, markup: str) -> None:
    """Elements that browsers know, whatever their prefix, with the attributes and the text that count."""
    whole = written(document.encode(), None)

    assert (markup.encode(), False) == whole
    assert markup.encode() == written(document.encode("utf-16"), None).markup


def test_the_entities_of_html_are_known_in_xhtml() -> None:
    """A document that says it is XHTML may use them; of one among many in a page it is not told."""
    document = f"{STRICT}<img {H} src='/&sol;a'/>".encode()

    assert '<img src="//a"></img>' == XmlWritten(None).feed(document, final=True)
    assert written(document, None).untold


@pytest.mark.parametrize(
    ("document", "charset", "untold"),
    [
        (b"<a>", None, False),
        (b"<a %s>" % H.encode(), None, True),
        (b"<!DOCTYPE a [<!ENTITY % b ''>]><a/>", None, True),
        (b"<?xml-stylesheet href='#a'?><a/>", None, True),
        (b"<a/>", "iso-2022-jp", True),
        (b"<?xml version='1.0' encoding='hz-gb-2312'?><a/>", None, True),
        (b"<?xml version='1.0' encoding='hz-gb-2312'?><a/>", "utf-8", False),
    ],
)
def test_what_nobody_can_tell_is_told(document: bytes, charset: str | None, untold: bool) -> None:
    """What may fetch and breaks off, what makes another document of itself, and what is in an encoding that is not read."""
    assert untold == written(document, charset).untold
