"""`ConsentMiddleware`: each request goes by, to an endpoint of ours, or through an exchange to the app."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from time import time
from typing import TYPE_CHECKING, Any, cast

from consentkit.driver import Driver, cut_short
from consentkit.errors import UsageError
from consentkit.headers.caching import TAGGED
from consentkit.kit import ConsentKit, Visitor
from consentkit.passing import PAGES_ASKED
from consentkit.policy.models import Policy
from consentkit.records.store import AsyncStore, Store, is_async, perform
from consentkit.wsgi.body import read, respond
from consentkit.wsgi.deciding import Deciding
from consentkit.wsgi.names import KEYS
from consentkit.wsgi.passed import Passed
from consentkit.wsgi.relay import Relay
from consentkit.wsgi.request import request_from, text_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_TAGGED = frozenset(KEYS[name] for name in TAGGED)


class ConsentMiddleware(Deciding):
    """Puts consentkit in front of a WSGI app.

        app = ConsentMiddleware(app, policy="policy.toml", secret=os.environ["CONSENT_SECRET"])

    Args:
        app: the WSGI app.
        kit: a kit built before, instead of `policy`, `secret` and `options`.
        policy: the policy, or the path or mapping it is loaded from.
        secret: signs the consent cookie (see `ConsentKit`).
        records: the store, or the path of its SQLite file; by default ``consent-records.sqlite3`` in the
            working directory.
        options: further arguments of `ConsentKit`, and `trusted_proxies` (see `consentkit.driver.Driver`).

    Raises:
        PolicyError: if the policy cannot be used.
        StoreError: if the store cannot be opened.
        UsageError: if the arguments do not go together, or the store is one that is awaited.
    """

    def __init__(
        self,
        app: WSGIApplication,
        kit: ConsentKit | None = None,
        *,
        policy: Policy | Mapping[str, Any] | str | os.PathLike[str] | None = None,
        secret: str | bytes | None = None,
        records: Store | AsyncStore | str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        self.app = app
        self.driver = Driver(kit, policy, secret, records, options)
        if is_async(self.driver.store):
            raise UsageError(
                "this store is awaited, which WSGI cannot do; give a plain one, or use the ASGI middleware"
            )
        self.kit = self.driver.kit
        self.records = cast("Store", self.driver.store)
        self._passing, self._visitors = self.driver.passing, self.driver.passing.visitors

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serves one request."""
        visitor = self._going_by(environ)
        if visitor is not None:
            return Passed(self, environ, start_response, visitor.consent).run()
        request = self.driver.seen(request_from(environ))
        exchange = self.driver.open(request)
        if exchange.body_limit is None:
            self._passing.remember(request.header("cookie"), request.header("sec-gpc"), exchange.visitor)
            return Relay(self.driver, request, exchange, start_response).run(self, environ)
        try:
            body = read(environ, exchange.body_limit)
            if body is None:
                return respond(cut_short(), start_response)
            exchange.receive(body)
            results = perform(self.records, exchange.effects)
            return respond(self.driver.resolve(exchange, request.method, results), start_response)
        finally:
            self.driver.end(exchange)

    def _going_by(self, environ: WSGIEnvironment) -> Visitor | None:
        """Who asks, where the app gets the request as it is: see `consentkit.passing`. None if it has to be opened."""
        field = environ.get
        visitor = self._visitors.get((field("HTTP_COOKIE"), field("HTTP_SEC_GPC")))
        if (
            visitor is None
            or PAGES_ASKED[field("HTTP_SEC_FETCH_DEST"), field("HTTP_ACCEPT")]
            or not _TAGGED.isdisjoint(environ)
            or environ["REQUEST_METHOD"] == "HEAD"
            or self._passing.is_ours(text_of(environ.get("PATH_INFO", "")))
            or time() >= visitor.until
        ):
            return None
        return visitor
