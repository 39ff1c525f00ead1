"""Falcon, ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import falcon.asgi

from consentkit.asgi import ASGIApp, ConsentMiddleware, Receive, Scope, Send, consent_from
from consentkit.policy.models import Policy
from consentkit.records.store import Store
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

PROTOCOL, NEEDS = "asgi", ("falcon",)


async def pieces() -> AsyncIterator[bytes]:
    for piece in PIECES:
        yield piece


class Site:
    """Every page, by suffix."""

    async def on_get(self, req: Any, resp: Any) -> None:
        resp.content_type, resp.text = HTML, PAGE

    async def on_get_stream(self, req: Any, resp: Any) -> None:
        resp.content_type, resp.stream = HTML, pieces()

    async def on_get_data(self, req: Any, resp: Any) -> None:
        resp.text = DATA

    async def on_get_visits(self, req: Any, resp: Any) -> None:
        resp.content_type, resp.text = HTML, PAGE
        resp.append_header("Set-Cookie", COOKIE)

    async def on_get_seen(self, req: Any, resp: Any) -> None:
        resp.media = seen(req.cookies, consent_from(req.scope))

    async def on_post_echo(self, req: Any, resp: Any) -> None:
        resp.content_type, resp.data = "text/plain", await req.stream.read()

    async def on_get_broken(self, req: Any, resp: Any) -> None:
        raise RuntimeError("broken on purpose")


def make_app(policy: Policy, store: Store) -> ASGIApp:
    """The app behind consentkit."""
    app, site = falcon.asgi.App(), Site()
    app.add_route("/", site)
    for name in ("stream", "data", "visits", "seen", "echo", "broken"):
        app.add_route(f"/{name}", site, suffix=name)

    async def below_root(scope: Scope, receive: Receive, send: Send) -> None:
        """Falcon routes by the whole path: the mount point has to be taken off for it."""
        scope["path"] = scope["path"].removeprefix(scope.get("root_path", ""))
        await app(scope, receive, send)  # type: ignore[arg-type]

    return ConsentMiddleware(below_root, policy=policy, secret=SECRET, records=store)
