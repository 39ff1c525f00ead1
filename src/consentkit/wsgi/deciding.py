"""Decisions that the app makes for its user, with their records: account settings, accounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from consentkit.consent.record import Source
from consentkit.driver import Driver
from consentkit.kit import Decision, Synced
from consentkit.records.store import Store
from consentkit.wsgi.found import passed
from consentkit.wsgi.names import EXCHANGE
from consentkit.wsgi.request import request_from

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Deciding:
    """What a middleware decides and keeps when the app asks for it.

    Attributes:
        driver: the site's kit, clock and log.
        records: the site's store.
    """

    driver: Driver
    records: Store

    def decide(
        self,
        environ: WSGIEnvironment,
        *,
        grant: Collection[str],
        source: Source = "api",
        language: str | None = None,
    ) -> Decision:
        """Decides for the visitor of a request, as account settings do, and keeps the record.

        What is decided is as `consentkit.kit.ConsentKit.decide` takes it.

        Returns:
            The decision: send its `set_cookie` with the answer.

        Raises:
            StoreError: if the record was not kept; then do not send the cookie.
            UsageError: if `grant` names what the policy does not declare.
        """
        request = passed(environ)[1] if EXCHANGE in environ else self.driver.seen(request_from(environ))
        decision = self.driver.decide(request, grant, source, language)
        self.records.append(decision.record)
        self.driver.stored(decision)
        return decision

    def sync_account(self, environ: WSGIEnvironment, account: Mapping[str, Any] | None) -> Synced:
        """Joins the visitor's decision with that of the account which is signed in, and keeps the record (R27, R49).

        Args:
            environ: the request's.
            account: what `Synced.account` was when this account was synced last; None if it never was.

        Returns:
            What to keep with the account, and the decision whose `set_cookie` to send, if there is one.

        Raises:
            StoreError: if the record was not kept; then do not send the cookie.
            UsageError: if the policy's `account` is "none", or `account` is none of ours.
        """
        request = passed(environ)[1] if EXCHANGE in environ else self.driver.seen(request_from(environ))
        synced = self.driver.sync_account(request, account)
        if synced.decision is not None:
            self.records.append(synced.decision.record)
            self.driver.stored(synced.decision)
        return synced
