"""No framework, WSGI."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

from consentkit.policy.models import Policy
from consentkit.records.store import Store
from consentkit.wsgi import ConsentMiddleware, consent_from
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PROTOCOL, NEEDS = "wsgi", ()


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The app."""
    html = [("Content-Type", HTML)]
    match environ["PATH_INFO"]:
        case "/":
            start_response("200 OK", html)
            return [PAGE.encode()]
        case "/stream":
            start_response("200 OK", html)
            return iter(PIECES)
        case "/data":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [DATA.encode()]
        case "/visits":
            start_response("200 OK", [*html, ("Set-Cookie", COOKIE)])
            return [PAGE.encode()]
        case "/seen":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(seen(SimpleCookie(environ.get("HTTP_COOKIE", "")), consent_from(environ))).encode()]
        case "/echo":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))]
        case "/broken":
            raise RuntimeError("broken on purpose")
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"nothing here"]


def make_app(policy: Policy, store: Store) -> WSGIApplication:
    """The app behind consentkit."""
    return ConsentMiddleware(app, policy=policy, secret=SECRET, records=store)
