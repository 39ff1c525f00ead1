"""Documents without a type."""

from __future__ import annotations

import pytest

from consentkit.html.restore import restore
from consentkit.html.rewriter import Rewriter
from consentkit.html.untyped import SNIFFED, Untyped
from consentkit.html.xmldoc import RefusedXmlError, XmlReader
from tests.html.deciders import URL, OnlyHosts

XML = b"<?xml version='1.0'?><h:img xmlns:h='http://www.w3.org/1999/xhtml' src='%s'/>"


def read(data: bytes, step: int) -> bytes:
    """A document through a reader, in pieces."""
    reader = Untyped(Rewriter(OnlyHosts(), url=URL), lambda: XmlReader(OnlyHosts(), url=URL))
    return b"".join([*(reader.feed(data[at : at + step]) for at in range(0, len(data), step)), reader.finish()])


@pytest.mark.parametrize("step", [1, 7, 4096])
@pytest.mark.parametrize("before", [b"", b"\n\t "])
def test_what_begins_as_xml_is_read_as_xml(before: bytes, step: int) -> None:
    """A browser takes it for XML, and so it is shown whole or not at all."""
    with pytest.raises(RefusedXmlError):
        read(before + XML % b"//third.test/a", step)
    if not before:
        assert XML % b"/own" == read(XML % b"/own", step)


@pytest.mark.parametrize("step", [1, 7, 4096])
@pytest.mark.parametrize(
    ("page", "blocked"),
    [
        (b"", False),
        (b" <?xm", False),
        (b"<p>", False),
        (b"<embed src=//third.test/>", True),
        (b"<?XML?><embed src=//third.test/>", True),
        (b" " * SNIFFED + b"<?xml?>", False),
    ],
)
def test_everything_else_is_a_page(page: bytes, blocked: bool, step: int) -> None:
    """What does not begin so is read as HTML, whatever it is."""
    output = read(page, step)

    assert blocked == (b"data-ck-src" in output)
    assert page == restore(output)
