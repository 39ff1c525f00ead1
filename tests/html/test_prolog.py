"""Head and body begin where a tree has them begin."""

from __future__ import annotations

import pytest

from consentkit.html.marks import CLOSE, OPEN
from consentkit.html.restore import restore
from tests.html.deciders import Banner, rewrite

HEAD = OPEN + b"<script src=/h.js></script>" + CLOSE
BODY = OPEN + '<div class="banner">→ é</div>'.encode() + CLOSE


@pytest.mark.parametrize(("page", "expected"), [
    ("<!doctype html><html><head><title>x</title></head><body><p>", "<!doctype html><html><head>H<title>x</title></head><body>B<p>"),
    ("<!doctype html><title>x</title><p>text", "<!doctype html>H<title>x</title>HB<p>text"),
    ("<html>text", "<html>HBtext"),
    ("\ufeff<!-- c --> <!DOCTYPE html>\n<link rel=next href=/>\n<h1>", "\ufeff<!-- c --> <!DOCTYPE html>\nH<link rel=next href=/>\nB<h1>"),
    ("<!doctype html><head></head> <script>x</script> <div>", "<!doctype html><head>H</head> <script>x</script> B<div>"),
    ("<!doctype html><head><noscript><img src=/a></noscript><meta name=x><p>", None),
    ("<!doctype html><head><template><div>inert</div></template><p>", "<!doctype html><head>H<template><div>inert</div></template>B<p>"),
    ("<html><head></head></html>", "<html><head>H</head>B</html>"),
    ("<!doctype html>", "<!doctype html>HB"),
    ("<title>late</title><body class=a>x", "<title>late</title>H<body class=a>Bx"),
    ("oops<!doctype html><html><head></head><body>x", "oops<!doctype html><html><head></head><body>HBx"),
    ("<!doctype html><frameset><frame src=/a></frameset>", "<!doctype html><frameset><frame src=/a></frameset>"),
    ("<p>a fragment</p>", "<p>a fragment</p>"),
    ("", ""),
    ("<!doctype html><svg><title>x</title></svg>", "<!doctype html>HB<svg><title>x</title></svg>"),
    ("<!doctype html><!--ck[--><p>", "<!doctype html><!--ckck[-->HB<p>"),
])  # fmt: skip
def test_head_and_body_get_their_insertions_where_they_begin(page: str, expected: str | None) -> None:
    """The head's at its start, the body's at its start, given or implied; none in fragments and framesets."""
    output = rewrite(page, inserter=Banner())
    if expected is None:
        expected = page.replace("<head>", "<head>H").replace("<p>", "B<p>")
    elif expected.count("H") == 2:
        expected = expected.replace("HB", "B")
    wanted = expected.encode().replace(b"H", HEAD, 1).replace(b"B", BODY, 1) if page else b""
    if "H" not in expected:
        wanted = expected.encode()
    assert wanted == output
    assert page.encode() == restore(output)
    assert page.encode() == rewrite(page, inserter=Banner(), document=False).replace(b"<!--ckck", b"<!--ck")


def test_a_fragment_gets_insertions_when_the_caller_says_that_it_is_a_document() -> None:
    """``document=True`` does without the tokens."""
    assert HEAD + BODY + b"<p>x" == rewrite("<p>x", inserter=Banner(), document=True)
