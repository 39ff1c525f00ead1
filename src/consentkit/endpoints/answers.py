"""How our own answers are dressed: media types, strict headers, HTML or JSON as the visitor's program likes (R171)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from consentkit.errors import VisitorError
from consentkit.http import Headers, Request, Response, header_values
from consentkit.pages.render import Pages

HTML, JSON, MARKDOWN = "text/html", "application/json", "text/markdown"
MAX_ACCEPT = 1_000  # characters of an Accept field that are read: browsers send about 150
NO_STORE = ("Cache-Control", "no-store")

# Our own pages need our own style sheet and script and nothing else. No form-action: it would stop the
# redirect after a decision where the page behind it redirects on to another site.
OWN_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "frame-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'self'"
)
_STRICT: Headers = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_PAGE: Headers = (
    *_STRICT,
    ("X-Frame-Options", "SAMEORIGIN"),
    # A page that demands it of its frames can still open the preferences in place.
    ("Cross-Origin-Embedder-Policy", "require-corp"),
)


def page(
    body: str, *, status: int = 200, headers: Headers = (), csp: str = OWN_CSP, referrer: str = "same-origin"
) -> Response:
    """An HTML page of ours."""
    return _whole(
        status,
        f"{HTML}; charset=utf-8",
        body,
        (*_PAGE, ("Content-Security-Policy", csp), ("Referrer-Policy", referrer), *headers),
    )


def framing(body: str, csp: str) -> Response:
    """The document that frames an embed: it behaves as direct embedding would, referrer and isolation included."""
    headers = (
        *_STRICT,
        ("X-Frame-Options", "SAMEORIGIN"),
        ("Content-Security-Policy", csp),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        NO_STORE,
    )
    return _whole(200, f"{HTML}; charset=utf-8", body, headers)


def data(value: Any, *, status: int = 200, headers: Headers = ()) -> Response:
    """JSON."""
    return _whole(status, JSON, json.dumps(value, ensure_ascii=False) + "\n", (*_STRICT, *headers))


def text(body: str, media_type: str, headers: Headers = ()) -> Response:
    """Any other text."""
    return _whole(200, f"{media_type}; charset=utf-8", body, (*_STRICT, *headers))


def refusal(error: VisitorError, request: Request, pages: Pages) -> Response:
    """A refused request's answer: its sentence, as a page or as JSON."""
    return failure(error.status, str(error), request, pages, error.headers)


def failure(status: int, message: str, request: Request, pages: Pages, headers: Headers = ()) -> Response:
    """An answer that says what was wrong and how to go on. Never stored."""
    fields = (NO_STORE, ("Vary", "Accept, Content-Type"), *headers)
    if wants_json(request):
        return data({"error": {"status": status, "message": message}}, status=status, headers=fields)
    return page(pages.error(status, message, root_path=request.root_path), status=status, headers=fields)


def wants_json(request: Request) -> bool:
    """Whether the program at the other end reads JSON rather than HTML."""
    sent_json = (request.header("content-type") or "").partition(";")[0].strip().lower() == JSON
    return best(request, (JSON, HTML) if sent_json else (HTML, JSON)) == JSON


def best(request: Request, offered: Sequence[str]) -> str:
    """The media type that suits the request's Accept best; the first one offered where it does not say."""
    accept = (request.header("accept") or "")[:MAX_ACCEPT]
    return parse_accept_header(accept, MIMEAccept).best_match(offered, default=offered[0]) or offered[0]


def validated(request: Request, response: Response) -> Response:
    """The response with an entity tag of its body, or 304 where the visitor has it already (RFC 9110 §13.1.2)."""
    etag = next(iter(header_values(response.headers, "etag")), None)
    if etag is None:
        etag = f'"{hashlib.sha256(response.body).hexdigest()[:16]}"'
        response = Response(response.status, (*response.headers, ("ETag", etag)), response.body)
    asked = {tag.strip().removeprefix("W/") for tag in (request.header("if-none-match") or "").split(",")}
    if asked.isdisjoint({"*", etag}):
        return response
    kept = tuple((name, value) for name, value in response.headers if not name.lower().startswith("content-"))
    return Response(304, kept)


def _whole(status: int, content_type: str, body: str, headers: Headers) -> Response:
    encoded = body.encode("utf-8")
    return Response(status, (("Content-Type", content_type), ("Content-Length", str(len(encoded))), *headers), encoded)
