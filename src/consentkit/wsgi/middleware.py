"""`ConsentMiddleware`: each request goes by, to an endpoint of ours, or through an exchange to the app."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from time import time
from typing import TYPE_CHECKING, Any, cast

from consentkit.driver import Driver, cut_short
from consentkit.errors import UsageError
from consentkit.headers.caching import TAGGED
from consentkit.kit import ConsentKit
from consentkit.passing import TELLING
from consentkit.policy.models import Policy
from consentkit.records.store import AsyncStore, Store, is_async, perform
from consentkit.wsgi.body import read, respond
from consentkit.wsgi.deciding import Deciding
from consentkit.wsgi.names import KEYS
from consentkit.wsgi.passed import Passed
from consentkit.wsgi.relay import Relay
from consentkit.wsgi.request import request_from, spelled

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Where what tells stands in an environ, and entity tags, with which no request is remembered.
_TELLING = tuple([KEYS[name] for name in (*TELLING, *TAGGED)])


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
        self._visitors = self.driver.passing.visitors
        paths, prefix = self.kit.own_addresses
        self._own_paths, self._own_prefix = frozenset(map(spelled, paths)), spelled(prefix)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serves one request."""
        # Written out here, because it is done for every request: see `consentkit.passing`.
        telling = tuple(map(environ.get, _TELLING))
        visitor = self._visitors.get(telling)
        if (
            visitor is not None
            and environ["REQUEST_METHOD"] != "HEAD"
            and (path := environ.get("PATH_INFO", "")) not in self._own_paths
            and not path.startswith(self._own_prefix)
            and time() < visitor.until
        ):
            return Passed(self, environ, start_response, visitor.consent).run()
        request = self.driver.seen(request_from(environ))
        exchange = self.driver.open(request)
        if exchange.body_limit is None:
            self.driver.passing.remember(telling, request, exchange)
            return Relay(self.driver, request, exchange, start_response).run(self, environ)
        try:
            body = read(environ, exchange.body_limit)
            if body is None:
                return respond(cut_short(), start_response)
            exchange.receive(body)
            results = perform(self.records, exchange.effects)
            return respond(self.driver.resolve(exchange, results), start_response)
        finally:
            self.driver.end(exchange)
