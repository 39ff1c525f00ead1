"""The page in a response of any test client."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from consentkit.testing import page_of

HTML = {"Content-Type": "Text/HTML; charset=utf-8"}


def response(headers: dict[str, str] = HTML, **more: Any) -> Any:
    """As much of a response as is looked at."""
    return SimpleNamespace(headers=headers, **more)


@pytest.mark.parametrize("page", ["<p>", b"<p>"])
def test_a_page_is_itself(page: str | bytes) -> None:
    """Text and bytes are the page, of which no address is known."""
    assert (page, None) == page_of(page)


@pytest.mark.parametrize("kind", ["application/json", "", "text/plain", "application/xhtml+xml"])
def test_what_is_no_html_is_no_page(kind: str) -> None:
    """The type decides, not what the body looks like."""
    assert page_of(response({"Content-Type": kind}, content=b"<p>", url="https://a.example/")) is None
    assert page_of(response({}, content=b"<p>")) is None


def test_clients_that_know_the_address() -> None:
    """Httpx and Werkzeug say which URL was asked for."""
    assert (b"<p>", "https://a.example/x") == page_of(response(content=b"<p>", url="https://a.example/x"))
    asked = SimpleNamespace(url="https://b.example/y")
    assert (b"<p>", "https://b.example/y") == page_of(response(get_data=lambda: b"<p>", request=asked))
    assert (b"<p>", None) == page_of(response(get_data=lambda: b"<p>"))
    assert (b"<p>", None) == page_of(response(content=b"<p>"))


def test_djangos_address_is_that_of_its_test_server() -> None:
    """Django's client keeps the path alone."""
    asked = {"PATH_INFO": "/films"}
    assert (b"<p>", "https://testserver/films") == page_of(response(content=b"<p>", request=asked))
    assert (b"<p>", None) == page_of(response(content=b"<p>", request={"HTTP_HOST": "x"}))


def test_a_stream_can_be_read_again() -> None:
    """Whoever looks at the response afterwards finds the page still there."""
    pieces: Iterable[bytes] = iter((b"<p>", b"</p>"))
    streamed = response(streaming=True, streaming_content=pieces, request={"PATH_INFO": "/"})
    assert (b"<p></p>", "https://testserver/") == page_of(streamed) == page_of(streamed)
