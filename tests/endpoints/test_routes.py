"""What becomes of a request to our own addresses."""

from __future__ import annotations

import pytest

from tests.endpoints.shop import ENDPOINTS, request, serve
from tests.pages.markup import parse, text


@pytest.mark.parametrize(
    "path",
    ["/", "/_ck", "/_ckx/decide", "/x/_ck/decide", "//_ck/decide", "/_CK/decide", "/privacy/", "/Privacy", "/privacy.pdf",
     "/_ck\\decide", "", "_ck/decide"],
)  # fmt: skip
def test_what_is_the_apps_stays_the_apps(path: str) -> None:
    """Paths are compared as they are: neither case, nor doubled slashes, nor a longer name makes a request ours."""
    assert ENDPOINTS.match(request("GET", path)) is None


@pytest.mark.parametrize(
    "path", ["/_ck/", "/_ck/nothing", "/_ck/decide/", "/_ck/../decide", "/_ck/%2e%2e/x", "/_ck/consent.js"]
)
def test_below_the_prefix_what_is_not_there_is_not_found(path: str) -> None:
    """Everything below the prefix is ours; what is not there is a 404 with a sentence."""
    response = serve(request("GET", path))
    assert response.status == 404
    assert "There is nothing at this address." in text(parse(response.body.decode()))
