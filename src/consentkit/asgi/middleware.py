"""`ConsentMiddleware`: each request goes by, to an endpoint of ours, or through an exchange to the app.

- Only ``http`` scopes are looked at; every other goes on untouched. The scope is copied before it is changed.
- Stores never run on the event loop's thread.
- What `send` raises after the visitor left goes through to the app; the exchange is closed in every case.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from time import time
from typing import Any

from consentkit.asgi.body import read, respond
from consentkit.asgi.deciding import Deciding
from consentkit.asgi.fields import encoded
from consentkit.asgi.messages import (
    CONSENT,
    EXCHANGE,
    MIDDLEWARE,
    REQUEST,
    SHORTCUTS,
    ASGIApp,
    Message,
    Receive,
    Scope,
    Send,
)
from consentkit.asgi.passed import Passed
from consentkit.asgi.relay import Relay
from consentkit.asgi.request import path_of, request_from
from consentkit.driver import Driver, cut_short
from consentkit.http import Request
from consentkit.kit import ConsentKit, Exchange
from consentkit.policy.models import Policy
from consentkit.records.store import AsyncStore, Store, perform_async
from consentkit.records.threads import as_async


class ConsentMiddleware(Deciding):
    """Puts consentkit in front of an ASGI app.

        app = ConsentMiddleware(app, policy="policy.toml", secret=os.environ["CONSENT_SECRET"])

    Args:
        app: the ASGI app.
        kit: a kit built before, instead of `policy`, `secret` and `options`.
        policy: the policy, or the path or mapping it is loaded from.
        secret: signs the consent cookie (see `ConsentKit`).
        records: the store, or the path of its SQLite file; by default ``consent-records.sqlite3`` in the
            working directory.
        options: further arguments of `ConsentKit`, and `trusted_proxies` (see `consentkit.driver.Driver`).

    Raises:
        PolicyError: if the policy cannot be used.
        StoreError: if the store cannot be opened.
        UsageError: if the arguments do not go together.
    """

    def __init__(
        self,
        app: ASGIApp,
        /,  # so that Starlette's `Middleware` can check the other arguments
        kit: ConsentKit | None = None,
        *,
        policy: Policy | Mapping[str, Any] | str | os.PathLike[str] | None = None,
        secret: str | bytes | None = None,
        records: Store | AsyncStore | str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        self.app = app
        self.driver = Driver(kit, policy, secret, records, options)
        self.kit = self.driver.kit
        self.records = as_async(self.driver.store)
        self._passing = passing = self.driver.passing
        self._visitors, self._readers = passing.visitors, passing.readers
        self._own_paths, self._own_prefix = self.kit.own_addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request; every other kind of connection goes to the app as it is."""
        if scope["type"] != "http":
            await self.app(scope, self._flushing(receive) if scope["type"] == "lifespan" else receive, send)
            return
        # Written out here, because it is done for every request: see `consentkit.passing`.
        fields = tuple(scope["headers"])
        try:
            visitor = self._visitors.get(self._readers[tuple([name for name, _ in fields])](fields))
        except (KeyError, TypeError):  # of fields with such names nothing is known; pairs may be lists
            visitor = None
        if (
            visitor is None
            or (path := path_of(scope) if scope.get("root_path") else scope["path"]) in self._own_paths
            or path.startswith(self._own_prefix)
            or time() >= visitor.until
        ):
            await self._through(scope, receive, send)
            return
        answer = Passed(self, scope, fields, send, visitor.consent)
        inner: Scope = scope.copy() if type(scope) is dict else dict(scope)
        inner[EXCHANGE] = answer
        # The namespace is the request's own, and shared with what stands before us: it is added to, not copied.
        if (state := scope.get("state")) is not None:
            state[CONSENT] = visitor.consent
        else:
            inner["state"] = {CONSENT: visitor.consent}
        try:
            await self.app(inner, receive, answer.send)
            if answer.relay is not None:
                await answer.relay.end()
        finally:
            if answer.made is not None:
                self.driver.end(answer.made)

    async def _through(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request by an exchange."""
        request = self.driver.seen(request_from(scope))
        exchange = self.driver.open(request)
        try:
            if exchange.body_limit is not None:
                await self._answer(exchange, exchange.body_limit, receive, send)
                return
            self._passing.remember_fields(scope["headers"], request, exchange)
            relay = Relay(exchange, send)
            await self.app(inner_scope(scope, request, exchange, self), receive, relay.send)
            await relay.end()
        finally:
            self.driver.end(exchange)

    def _flushing(self, receive: Receive) -> Receive:
        """The same messages; when the server ends, what is counted is stored before the app hears of it."""

        async def received() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await perform_async(self.records, self.kit.left())
            return message

        return received

    async def _answer(self, exchange: Exchange, limit: int, receive: Receive, send: Send) -> None:
        body = await read(receive, limit)
        if body is None:  # nobody decided; some servers say so of a body that is broken, and wait for an answer
            with suppress(OSError):  # what is sent to somebody who left may raise (spec 2.4)
                await respond(cut_short(), send)
            return
        exchange.receive(body)
        results = await perform_async(self.records, exchange.effects)
        await respond(self.driver.resolve(exchange, results), send)


def inner_scope(scope: Scope, request: Request, exchange: Exchange, middleware: ConsentMiddleware) -> Scope:
    """The scope for the app: a copy with what the exchange changed, and what adapters look for."""
    inner = {**scope, EXCHANGE: exchange, REQUEST: request, MIDDLEWARE: middleware}
    if exchange.inner is not request:
        inner["headers"] = encoded(exchange.inner.headers)
    if exchange.inner_needs_body and (extensions := scope.get("extensions")):
        inner["extensions"] = {key: value for key, value in extensions.items() if key not in SHORTCUTS}
    # The namespace is the request's own, and shared with what stands before us: it is added to, not copied.
    state = scope.get("state")
    inner["state"] = state = {} if state is None else state
    state[CONSENT] = exchange.consent
    return inner
