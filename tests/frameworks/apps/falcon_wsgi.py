"""Falcon, WSGI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import falcon

from consentkit.policy.models import Policy
from consentkit.records.store import Store
from consentkit.wsgi import ConsentMiddleware, consent_from
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PROTOCOL, NEEDS = "wsgi", ("falcon",)


class Site:
    """Every page, by suffix."""

    def on_get(self, req: Any, resp: Any) -> None:
        resp.content_type, resp.text = HTML, PAGE

    def on_get_stream(self, req: Any, resp: Any) -> None:
        resp.content_type, resp.stream = HTML, iter(PIECES)

    def on_get_data(self, req: Any, resp: Any) -> None:
        resp.text = DATA

    def on_get_visits(self, req: Any, resp: Any) -> None:
        resp.content_type, resp.text = HTML, PAGE
        resp.append_header("Set-Cookie", COOKIE)

    def on_get_seen(self, req: Any, resp: Any) -> None:
        resp.media = seen(req.cookies, consent_from(req.env))

    def on_post_echo(self, req: Any, resp: Any) -> None:
        resp.content_type, resp.data = "text/plain", req.bounded_stream.read()

    def on_get_broken(self, req: Any, resp: Any) -> None:
        raise RuntimeError("broken on purpose")


def make_app(policy: Policy, store: Store) -> WSGIApplication:
    """The app behind consentkit."""
    app, site = falcon.App(), Site()
    app.add_route("/", site)
    for name in ("stream", "data", "visits", "seen", "echo", "broken"):
        app.add_route(f"/{name}", site, suffix=name)
    return ConsentMiddleware(app, policy=policy, secret=SECRET, records=store)
