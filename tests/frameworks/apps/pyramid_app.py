"""Pyramid."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator
from pyramid.response import Response

from consentkit.policy.models import Policy
from consentkit.records.store import Store
from consentkit.wsgi import ConsentMiddleware, consent_from
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PROTOCOL, NEEDS = "wsgi", ("pyramid",)


def broken(request: Any) -> Any:
    raise RuntimeError("broken on purpose")


VIEWS: dict[str, Callable[[Any], Any]] = {
    "": lambda request: Response(PAGE),
    "stream": lambda request: Response(app_iter=iter(PIECES), content_type="text/html", charset="utf-8"),
    "data": lambda request: Response(DATA.encode(), content_type="application/json"),
    "visits": lambda request: Response(PAGE, headerlist=[("Content-Type", HTML), ("Set-Cookie", COOKIE)]),
    "seen": lambda request: Response(json_body=seen(request.cookies, consent_from(request.environ))),
    "echo": lambda request: Response(request.body, content_type="text/plain"),
    "broken": broken,
}


def make_app(policy: Policy, store: Store) -> WSGIApplication:
    """The app behind consentkit."""
    with Configurator() as config:
        for name, view in VIEWS.items():
            config.add_route(name or "home", f"/{name}")
            config.add_view(view, route_name=name or "home")
        app = config.make_wsgi_app()
    return ConsentMiddleware(app, policy=policy, secret=SECRET, records=store)
