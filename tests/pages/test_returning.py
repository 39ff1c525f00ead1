"""Where a decision leads back to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.urls import parse_url
from consentkit.pages.returning import MAX_RETURN, safe_return


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/a",
        "/a/b?c=d&e=//f",
        "/a%20b",
        "/a:b@c",
        "/~x;y=1",
        "/a?next=https://b.example/",
        "/...",
        "/a/.well-known/x",
    ],
)
def test_paths_of_this_site_are_kept(path: str) -> None:
    """A path, with its query, is where the visitor came from."""
    assert safe_return(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "a", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:/evil",
     "/%2f/evil.example", "/%5cevil.example", "/%5Cevil", "/\tevil", "/\n/evil.example", "\t//evil.example", " /a", "/a b", "/a\r\nSet-Cookie: x=y",
     "/./evil", "/../evil", "/a/../..//evil.example", "/.//evil.example", "/%2e/evil", "/a/%2E%2e/b", "/a\\b", "/\u3000evil", "/é", "?a", "#a",
     "javascript:alert(1)", "data:text/html,x", "/" + "a" * MAX_RETURN, "/\x00", "/\x7f"],
)  # fmt: skip
def test_everything_else_is_refused(path: str) -> None:
    """Whatever a browser or a server in between could take for another place is no path to go back to."""
    assert safe_return(path) is None


@given(st.text(st.characters(max_codepoint=0x250), max_size=40).map(lambda tail: "/" + tail) | st.text(max_size=40))
def test_what_is_kept_stays_on_the_site(path: str) -> None:
    """By the URL Standard's own rules a kept path is on the same host, and says the same path again."""
    kept = safe_return(path)
    if kept is not None:
        url = parse_url(kept, parse_url("https://shop.example/x/y", None))
        assert url is not None
        assert (url.scheme, url.host) == ("https", "shop.example")
        assert not url.path.startswith("//")
