"""A short fuzz of everything that has to hold of any page, the same on every run; and what longer ones have found."""

from __future__ import annotations

import pytest

from tests.html.deciders import Banner, run
from tests.html.invariants import broken, random_page


@pytest.mark.parametrize("block", range(8))
def test_random_pages(block: int) -> None:
    """Pages of random pieces: whole or cut, allowed, blocked, restored, blocked again, and in a conformant tree."""
    for seed in range(block * 150, block * 150 + 150):
        page = random_page(seed)
        assert [] == list(broken(page, 1 + seed % 17)), page


@pytest.mark.parametrize("page", [
    # Two readings that met had made the same edits, and meet where the input cannot decide it.
    "<script>document.write('<!--')</script>--!><script>track()</script>",
    "<script>document.write('<!--')</script>--></script><link rel=icon href=//third.test/>",
    "<select><script>document.write('<!--')</script><!--ck[--><img src='&#47;&#x2f;third.test/ent'>",
    # Where there are more readings than are followed, those with more markup go on.
    "<script>document.write('<!--')</script>" * 9 + "<img src=//third.test/>",
    # Each reading knows for itself where head and body are.
    "<script>document.write('<!--')</script><malignmark><template shadowrootmode=open><!--ck[--><template><img src=//third.test/a>",
    "<script>document.write('<!--')</script><img src=//third.test/a><template>--!><template><img src=//third.test/a>",
    # What is inserted at the end stands before what was cut off.
    "<html><!", '<html><img alt="', "<!doctype html></", "<head><", "<html><!-", "<html></bo",
    # In a template before the body.
    "<template><!--ck[--><!--]ck-->", "<template><!doctype html>", "<template><svg><title></math>x<!doctype html>",
    "<template><math><mi><svg><![CDATA[<template><table background=//third.test/tb><td>x",
    "<template><svg><![CDATA[></svg><style>]]></svg></template><script src=//third.test/></script>",
    # Nothing is inserted where it may be text; nothing is taken out of a script that was blocked as a whole.
    "<math><mi><svg></tr><script type=text/plain><body>",
    "<script>a<!--<script>track()</script>about:invalid#ck:",
    # What is inserted is taken out by each reading that comes by.
    "<nobr><frameset><script type=text/plain><body>",
    # In an integration point an end tag may have closed it, and what is around it, too.
    "<math><mi><svg><iframe srcdoc='<img src=//third.test/sd>'><svg><title></iframe><?<nobr><use href=//third.test/u />",
    "<svg><a><xmp><title></xmp><iframe src=//third.test/f><svg><image href=//third.test/im width=9 height=9 /></svg>",
    # A form feed ends a string of CSS.
    "<style>O';n\f\"kIb<div data-ck-src=//third.test/ style='a:url(//third.test/)'>",
    # A name may hold anything.
    "<b4}><svg><image href=//third.test/im width=9 height=9 /></svg>",
    # In a frameset no script begins; in MathML's text two elements are MathML.
    "<frameset><script type=text/plain><frame src=//third.test/>",
    "<frameset><textarea><frame src=//third.test/>",
    "<math><mtext><mglyph><script type=text/plain><div style='a:url(//third.test/)'>",
    "<math><mi><malignmark><style><img src=//third.test/></style>",
    # A comment that begins with U+0000 is not over at once.
    "<!--\0><img src=//third.test/>", "<!---\0><img src=//third.test/>--><img src=//third.test/>",
    # A script that does not run opens no comment, neither on the way nor back.
    "<script type=text/plain><script>document.write('<!--')</script><script type=text/plain>--!><p data-ck-purposes= data-ck-service>",
    "<script src=//third.test/s>document.write('<!--')</script><script>'--><p data-ck-x>'</script><p data-ck-y>",
])  # fmt: skip
@pytest.mark.parametrize("chunk", [3, 7])
def test_what_fuzzers_found(page: str, chunk: int) -> None:
    """Each of the pages that once broke an invariant keeps all of them."""
    assert [] == list(broken(page.encode(), chunk))


def test_a_banner_stands_before_a_tag_that_was_cut_off() -> None:
    """Behind it, it would be in the tag."""
    output = run('<html><body><img alt="', inserter=Banner())[0]
    assert output.endswith(b'<!--]ck--><img alt="')
    assert b"<img" not in output.removesuffix(b'<img alt="')
