"""How our own answers are dressed."""

from __future__ import annotations

import pytest

from consentkit.endpoints.answers import MAX_ACCEPT, failure, wants_json
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


@pytest.mark.parametrize(
    ("accept", "content_type", "is_json"),
    [
        (None, None, False),
        ("text/html,*/*;q=0.8", None, False),
        ("application/json", None, True),
        ("text/html;q=0.5, application/json", None, True),
        ("*/*", None, False),
        ("*/*", "application/json", True),
        (None, "Application/JSON; charset=utf-8", True),
        ("text/html", "application/json", False),
        ("image/png", None, False),
    ],
)
def test_programs_that_read_json(accept: str | None, content_type: str | None, is_json: bool) -> None:
    """Who says nothing of it reads HTML, unless the body was JSON; what is accepted goes before what was sent."""
    given = (("Accept", accept), ("Content-Type", content_type))
    assert is_json is wants_json(request("POST", "/", *((name, value) for name, value in given if value is not None)))


def test_a_long_accept_field_is_not_read_to_its_end() -> None:
    """Behind as much as any browser sends nothing counts."""
    beginning = "text/html;q=0.5, "
    assert wants_json(request("GET", "/", ("Accept", beginning + "application/json")))
    padded = beginning + "x/y, " * (MAX_ACCEPT // 5) + "application/json"
    assert not wants_json(request("GET", "/", ("Accept", padded)))


def test_a_failure_is_kept_by_nobody() -> None:
    """A refusal is the same sentence as a page and as JSON, and no cache stores either."""
    for accept in ("text/html", "application/json"):
        response = failure(503, "It is full.", request("GET", "/", ("Accept", accept)), PAGES, (("Retry-After", "5"),))
        assert (503, "no-store", "5") == (
            response.status, header(response, "Cache-Control"), header(response, "Retry-After"),
        )  # fmt: skip
        assert "Accept" in (header(response, "Vary") or "")
        assert b"It is full." in response.body
