"""Time is linear and memory bounded, whatever a page holds and however it is cut. Work is counted, not timed."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import consentkit
from consentkit.html.rewriter import Rewriter
from tests.html.deciders import URL, OnlyHosts

OURS = str(Path(consentkit.__file__).parent)

HOSTILE: dict[str, Callable[[int], bytes]] = {
    "unclosed quote": lambda n: b'<p><a href="' + b"x" * n,
    "less-than signs": lambda n: b"<" * n,
    "tags in tags": lambda n: b"<a " * (n // 3),
    "attributes": lambda n: b"<img " + b"a=b " * (n // 4) + b">",
    "comments": lambda n: b"<!--" * (n // 4),
    "dashes": lambda n: b"<!--" + b"-" * n,
    "scripts in scripts": lambda n: b"<script>" * (n // 8),
    "scripts closed in upper case": lambda n: b"<script></SCRIPT>" * (n // 17),
    "escaped scripts": lambda n: b"<script><!--<script>" * (n // 20),
    "noscripts": lambda n: b"<noscript>" * (n // 10),
    "noscripts that fork": lambda n: b"<noscript><!--</noscript>" * (n // 25),
    "SVG in SVG": lambda n: b"<svg><desc>" * (n // 11),
    "doubtful sections": lambda n: b"<svg><desc><![CDATA[" * (n // 20),
    "styles in selects": lambda n: b"<select><style>" * (n // 15),
    "styles in framesets": lambda n: b"<frameset><style>" * (n // 17),
    "scripts in SVG": lambda n: b"<svg><script>" * (n // 13),
    "styles in SVG": lambda n: b"<svg><style>" * (n // 12),
    "a long srcset": lambda n: b'<img srcset="' + b"//x.test/a 1x, " * (n // 15) + b'">',
    "a long style sheet": lambda n: b"<style>" + b"a{b:url(//x.test/a)}" * (n // 20) + b"</style>",
    "references": lambda n: b'<a style="' + b"&amp;(" * (n // 6) + b'">',
    "one reference": lambda n: b'<a ping="&#' + b"1" * n + b'">',
    "JSON without end": lambda n: b"<script type=importmap>" + b'"\\' * (n // 2) + b"</script>",
    "imports": lambda n: b"<script type=module>" + b"from /*" * (n // 7) + b"</script>",
    "spaces": lambda n: b"<img" + b" " * n + b">",
    "a long name": lambda n: b"<" + b"a" * n,
    "attributes again": lambda n: b"<input " + b"type=x src=//x.test/a " * (n // 22) + b">",
    "links again": lambda n: b"<link " + b"rel=icon href=//x.test/a " * (n // 25) + b">",
    "animations": lambda n: b"<svg><set " + b"attributename=href to=//x.test/a " * (n // 33) + b">",
    "markup in SVG's style": lambda n: b"<svg><style>" + b"<!-- -->a<x/><b>" * (n // 16) + b"</style>",
    "closed styles in SVG": lambda n: b"<svg>" + b"<style/>@import" * (n // 15),
    "unclosed markup in SVG's style": lambda n: b"<svg><style>" + b"<a b='" * (n // 6),
    "code with escapes": lambda n: b'<p onload="' + b"\\u0041/" * (n // 8) + b'">',
    "imports with comments": lambda n: b"<script type=module>" + b"import /* " * (n // 10) + b"</script>",
    "imports with strings": lambda n: b"<script type=module>" + b"import '\\" * (n // 9) + b"</script>",
    "XML in a frame": lambda n: b"<iframe src='data:text/xml," + b'<a b="//x' * (n // 10) + b"'>",
    "templates": lambda n: b"<!doctype html><template>" * (n // 25),
    "sections in sections": lambda n: b"<svg>" + b"<![CDATA[>" * (n // 10) + b"<!--]]>",
    "styles in an integration point": lambda n: b"<svg><desc>" + b"<style>" * (n // 7) + b"<!--</style>",
    "sections in a template": lambda n: b"<template><svg><![CDATA[" * (n // 24),
    "comments from scripts": lambda n: b"<script>document.write('<!--')</script>" * (n // 39),
    "MathML in MathML's text": lambda n: b"<math><mi><mglyph><style>" * (n // 25),
    "document in document": lambda n: (
        b"<iframe srcdoc='<iframe srcdoc=\"<iframe srcdoc=&quot;" + b"<b>" * (n // 3) + b"&quot;>\">'>"
    ),
    "a document in an attribute": lambda n: b'<iframe srcdoc="' + b"&lt;b&gt;" * (n // 9) + b'">',
}


def work(page: bytes, chunk: int) -> int:
    """How many of our lines run for a page. What `re` does is linear by construction of its expressions.

    Lines of others do not count, and no garbage is collected meanwhile: that would run the clean-up of all
    tests before, and what such code does with tracing would be counted as ours, or end the count.
    """
    lines = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal lines
        if OURS not in frame.f_code.co_filename:
            return None
        lines += event == "line"
        return trace

    rewriter = Rewriter(OnlyHosts(), url=URL, charset="utf-8")
    saved = sys.gettrace()
    gc.disable()
    sys.settrace(trace)
    try:
        for at in range(0, len(page), chunk):
            rewriter.feed(page[at : at + chunk])
        rewriter.finish()
    finally:
        sys.settrace(saved)
        gc.enable()
    return lines


@pytest.mark.parametrize("name", HOSTILE)
def test_work_is_linear(name: str) -> None:
    """Eight times the input costs at most about eight times the lines, whole and in small chunks."""
    make = HOSTILE[name]
    for chunk in (1 << 20, 61):
        small, large = work(make(1500), chunk), work(make(12_000), chunk)
        assert large <= 9 * small + 4000, (chunk, small, large)


@pytest.mark.parametrize(
    "name", ["unclosed quote", "comments", "scripts in scripts", "noscripts that fork", "a long name"]
)
def test_what_is_held_back_is_bounded(name: str) -> None:
    """A stream of five megabytes never holds more than a limit's worth, whatever it is in the middle of."""
    piece = HOSTILE[name](1 << 16)
    rewriter = Rewriter(OnlyHosts(), url=URL, charset="utf-8")
    tracemalloc.start()
    try:
        for _ in range(80):
            rewriter.feed(piece)
        rewriter.finish()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 << 20
