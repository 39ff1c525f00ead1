"""What ``data:`` URLs hold."""

from __future__ import annotations

import base64

import pytest

from consentkit.html.restore import restore
from tests.html.deciders import Everything, run


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
        b"<iframe src=\"data:text/xml,<!DOCTYPE a PUBLIC '-//W3C//DTD XHTML 1.1//EN' 'x'><a/>\"></iframe>",
        b"<iframe src='data://text/html,<img src=https://third.test/a>'></iframe>",
    ],
)
def test_what_data_urls_hold_is_read_in_every_encoding(page: bytes) -> None:
    """A style sheet, script or document in a URL is judged as what it would be in each encoding it may be read in."""
    output = run(page)[0]

    assert b"data-ck-purposes" in output
    assert page == restore(output)
    assert page == run(page, Everything())[0]


def nested(times: int) -> bytes:
    """A style sheet in a style sheet, and so on."""
    return b"<style>@import url(" + b"data:text/css,@import url(" * times + b"</style>"


def imported(times: int) -> bytes:
    """A module that imports a module, and so on."""
    code = "0"
    for _ in range(times):
        code = "import 'data:text/javascript," + code.replace("%", "%25").replace("'", "%27") + "'"
    return f"<script type=module>{code}</script>".encode()


@pytest.mark.parametrize(
    ("page", "blocked"),
    [
        (nested(4), False),
        (nested(1000), True),
        (imported(4), False),
        (imported(200), True),
        (b"<style>" + b"@import 'data:text/css,p{}';" * 200 + b"</style>", False),
        (b'<link rel=stylesheet href="data:text/css,%s">' % (b"@import 'data:text/css,p{}';" * 60), False),
        (b'<link rel=stylesheet href="data:text/css,%s">' % (b"@import 'data:text/css,p{}';" * 200), True),
    ],
)
def test_urls_inside_of_others_are_looked_into_to_a_limit(page: bytes, blocked: bool) -> None:
    """However deep a page nests them, or how many stand inside of one, it is read, and what is beyond is blocked."""
    output = run(page)[0]

    assert blocked == (b"data-ck-purposes" in output)
    assert page == restore(output)
