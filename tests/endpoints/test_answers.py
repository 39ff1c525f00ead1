"""How our own answers are dressed."""

from __future__ import annotations

import pytest

from tests.endpoints.shop import PAGES, header, request, serve


@pytest.mark.parametrize("path", ["/_ck/preferences", "/privacy", "/_ck/nothing"])
def test_our_own_pages_have_strict_headers(path: str) -> None:
    """R171: no foreign content, no sniffing, no framing by others, no base, a charset."""
    response = serve(request("GET", path))
    csp = header(response, "Content-Security-Policy") or ""
    for directive in ("default-src 'none'", "base-uri 'none'", "object-src 'none'", "frame-ancestors 'self'"):
        assert directive in csp
    assert "unsafe" not in csp
    assert header(response, "X-Content-Type-Options") == "nosniff"
    assert header(response, "Referrer-Policy") == "same-origin"
    assert header(response, "Content-Type") == "text/html; charset=utf-8"
    assert header(response, "Content-Length") == str(len(response.body))


@pytest.mark.parametrize("path", ["/privacy", "/privacy.json", "/_ck/" + next(iter(PAGES.assets))])
def test_what_did_not_change_is_not_sent_again(path: str) -> None:
    """An entity tag of the bytes; 304 with the same fields for whoever has it, weakly compared, in a list or by star."""
    first = serve(request("GET", path))
    etag = header(first, "ETag")
    for asked in (etag, f'"x", W/{etag}', "*"):
        again = serve(request("GET", path, ("If-None-Match", str(asked))))
        assert (304, b"", etag) == (again.status, again.body, header(again, "ETag"))
        assert header(again, "Cache-Control") == header(first, "Cache-Control")
        assert header(again, "Content-Length") is None
    assert serve(request("GET", path, ("If-None-Match", '"other"'))).status == 200


@pytest.mark.parametrize(
    "path", ["/privacy", "/_ck/state", "/_ck/preferences", "/_ck/" + next(iter(PAGES.assets)), "/_ck/none"]
)
def test_head_is_get_without_a_body(path: str) -> None:
    """HEAD has GET's fields, the length among them, and no body."""
    get, head = (serve(request(method, path)) for method in ("GET", "HEAD"))
    assert (get.status, get.headers, b"") == (head.status, head.headers, head.body)
