"""The shop's endpoints, requests to them, and what their answers hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.state import Consent
from consentkit.endpoints import Answer, Endpoints
from consentkit.http import Request, Response, header_values
from consentkit.pages.render import Pages
from tests.pages.policies import full_policy

SECRET = b"a secret of 24 characters"
NOW = 1_790_000_000.0
ENTROPY = bytes(range(64))
POLICY = full_policy()
PAGES = Pages(POLICY, secrets=[SECRET])
COOKIE = ConsentCookie(POLICY, [SECRET])
ENDPOINTS = Endpoints(POLICY, COOKIE, PAGES)
NOBODY = Consent(POLICY)
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")
HERE = ("Sec-Fetch-Site", "same-origin")
WANTS_JSON = ("Accept", "application/json")


def request(method: str, path: str, *headers: tuple[str, str], query: str = "", **changes: Any) -> Request:
    """A request to the shop."""
    known = {"scheme": "https", "host": "shop.example", **changes}
    return Request(method=method, path=path, query=query, headers=headers, **known)


def answer(asked: Request, body: bytes = b"", consent: Consent = NOBODY, endpoints: Endpoints = ENDPOINTS) -> Answer:
    """What is answered."""
    route = endpoints.match(asked)
    assert route is not None
    return endpoints.answer(route, asked, consent, body, now=NOW, entropy=ENTROPY)


def serve(asked: Request, body: bytes = b"", consent: Consent = NOBODY, endpoints: Endpoints = ENDPOINTS) -> Response:
    """The response, where the store takes whatever it is given."""
    given = answer(asked, body, consent, endpoints)
    return given.finish([None] * len(given.effects))


def post(
    fields: Sequence[tuple[str, str]] | bytes, *headers: tuple[str, str], consent: Consent = NOBODY, **changes: Any
) -> Response:
    """The response to a form."""
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    return serve(request("POST", "/_ck/decide", *(headers or (FORM, HERE)), **changes), body, consent)


def header(response: Response, name: str) -> str | None:
    """The one value of a field, None without it."""
    values = header_values(response.headers, name)
    assert len(values) <= 1
    return values[0] if values else None


def kept(response: Response) -> Consent:
    """The state in the cookie that a response sets."""
    value = header(response, "Set-Cookie")
    assert value is not None
    return COOKIE.parse(value.partition(";")[0], now=NOW)
