"""How our own answers are dressed: media types, strict headers, HTML or JSON as the visitor's program likes (R171)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from consentkit.consent.decision import Decided
from consentkit.consent.effects import Effect
from consentkit.errors import StoreError, VisitorError
from consentkit.headers.csp import own_pages_headers
from consentkit.http import Headers, Request, Response, header_values
from consentkit.notices import Notice
from consentkit.pages.render import Pages
from consentkit.pages.texts import Texts
from consentkit.policy.models import Policy

HTML, JSON, MARKDOWN, PLAIN = "text/html", "application/json", "text/markdown", "text/plain"
SCHEMA = "application/schema+json"
MAX_ACCEPT = 1_000  # characters of an Accept field that are read: browsers send about 150
NO_STORE = ("Cache-Control", "no-store")

_STRICT: Headers = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers.

    Attributes:
        effects: the store work to do first, in order.
        finish: gives the response when told what the work gave (one result each), or that the store failed.
        decided: the decision that the effects prove, if it is one.
        notices: what is new to tell the owner.
    """

    effects: tuple[Effect, ...]
    finish: Callable[[Sequence[object] | StoreError], Response]
    notices: tuple[Notice, ...] = ()
    decided: Decided | None = None


def without_work(response: Response) -> Answer:
    """An answer that asks nothing of the store."""
    return Answer((), lambda _: response)


def unboosted(request: Request, response: Response) -> Response:
    """The same, or, where htmx would swap a page of ours into one of the site's, the word that it is to be opened.

    Our pages have style sheets and policies of their own, which a body alone does not bring along.
    """
    kind = next((value for name, value in response.headers if name.lower() == "content-type"), "")
    if request.method != "GET" or request.header("hx-boosted") != "true" or not kind.startswith(HTML):
        return response
    return Response(200, (("HX-Redirect", request.target), NO_STORE, ("Content-Length", "0")))


def page(body: str, policy: Policy, *, status: int = 200, headers: Headers = ()) -> Response:
    """An HTML page of ours."""
    # A page that demands isolation of its frames can still open the preferences in place.
    isolated = ("Cross-Origin-Embedder-Policy", "require-corp")
    fields = (*own_pages_headers(policy.framed_by), isolated, *headers)
    return _whole(status, f"{HTML}; charset=utf-8", body, fields)


def framing(body: str, policy: Policy, *, csp: str, coep: str) -> Response:
    """The document that frames an embed: it behaves as direct embedding would, referrer and isolation included.

    Args:
        body: the document.
        policy: says who may frame the pages that the embed is in.
        csp: the document's own Content-Security-Policy.
        coep: the embedding page's Cross-Origin-Embedder-Policy, which it demands of its frames; empty for none.
    """
    fields = own_pages_headers(policy.framed_by, csp=csp, referrer="strict-origin-when-cross-origin")
    isolation = (("Cross-Origin-Embedder-Policy", coep),) if coep else ()
    return _whole(200, f"{HTML}; charset=utf-8", body, (*fields, *isolation, NO_STORE))


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
    fields = (NO_STORE, ("Vary", "Accept, Accept-Language, Content-Type"), *headers)
    language = pages.choose(None, request.header("accept-language"))
    if wants_json(request):
        text = pages.error_text(status, message, language=language)
        error = {"status": status, "message": message, "text": text}
        return data({"error": error}, status=status, headers=fields)
    body = pages.error(status, message, root_path=request.root_path, language=language)
    return page(body, pages.policy, status=status, headers=fields)


def store_failed(request: Request, pages: Pages, texts: Texts | None = None) -> Response:
    """The answer where the store could not do the work: nothing holds that has no proof (R180), so try again soon.

    Args:
        request: the request.
        pages: render it.
        texts: in the language that the visitor was spoken to; None for the one that the browser asks for.
    """
    spoken = texts or pages.texts_in(pages.choose(None, request.header("accept-language")))
    return failure(503, spoken.plain("error.store"), request, pages, (("Retry-After", "5"),))


def see_other(path: str, headers: Headers) -> Response:
    """Leads a browser on after its form was taken, so that loading anew does not send it twice."""
    return Response(303, (("Location", path), ("Content-Length", "0"), *headers))


def media_type(request: Request) -> str:
    """Of the request's body, lower case, without parameters; empty if it is not told."""
    return (request.header("content-type") or "").partition(";")[0].strip().lower()


def wants_json(request: Request) -> bool:
    """Whether the program at the other end reads JSON rather than HTML."""
    return best(request, (JSON, HTML) if media_type(request) == JSON else (HTML, JSON)) == JSON


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
