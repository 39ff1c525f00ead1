"""Bottle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import bottle

from consentkit.policy.models import Policy
from consentkit.records.store import Store
from consentkit.wsgi import ConsentMiddleware, consent_from
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PROTOCOL, NEEDS = "wsgi", ("bottle",)


def make_app(policy: Policy, store: Store) -> WSGIApplication:
    """The app behind consentkit."""
    app = bottle.Bottle()

    def page() -> str:
        return PAGE

    def stream() -> Iterator[bytes]:
        bottle.response.content_type = HTML
        yield from PIECES

    def data() -> str:
        bottle.response.content_type = "application/json"
        return DATA

    def visits() -> str:
        bottle.response.add_header("Set-Cookie", COOKIE)
        return PAGE

    def view() -> str:
        bottle.response.content_type = "application/json"
        return json.dumps(seen(bottle.request.cookies, consent_from(bottle.request.environ)))

    def echo() -> bytes:
        bottle.response.content_type = "text/plain"
        return bytes(bottle.request.body.read())

    def broken() -> None:
        raise RuntimeError("broken on purpose")

    app.get("/", callback=page)
    app.get("/stream", callback=stream)
    app.get("/data", callback=data)
    app.get("/visits", callback=visits)
    app.get("/seen", callback=view)
    app.post("/echo", callback=echo)
    app.get("/broken", callback=broken)
    return ConsentMiddleware(app, policy=policy, secret=SECRET, records=store)
