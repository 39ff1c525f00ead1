"""Decisions that the app makes for its user, with their records."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.asgi import ConsentMiddleware, Receive, Scope, Send
from consentkit.consent.record import Record
from consentkit.errors import StoreError, UsageError
from consentkit.records.memory import MemoryStore
from tests.drivers.asgi_server import http_scope
from tests.drivers.policies import SECRET, small_policy

pytestmark = pytest.mark.anyio

POLICY = small_policy(account="latest")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that is not asked anything."""
    raise LookupError("the app was called")


class Full(MemoryStore):
    """A store whose disk is full."""

    def append(self, record: Record, /) -> None:
        """Fails."""
        raise StoreError("the disk is full")


def visitor(decided: str = "") -> Scope:
    """The scope of a visitor, with the cookie of a decision."""
    return http_scope(headers=[("cookie", decided.partition(";")[0])])


async def test_a_decision_is_kept_before_it_is_given() -> None:
    """The record is in the store, with its source and language, and the cookie holds what was granted."""
    middleware = ConsentMiddleware(app, policy=POLICY, secret=SECRET, records=(store := MemoryStore()))
    decision = await middleware.decide(visitor(), grant=["analytics"], source="preferences", language="de")
    assert [decision.record] == store.records
    assert ("preferences", "de") == (decision.record.source, decision.record.language)
    later = await middleware.decide(visitor(decision.set_cookie), grant=[])
    assert decision.record.record_id == later.record.previous


async def test_what_was_not_kept_is_not_given() -> None:
    """A store that fails gives no cookie, and a purpose that is not declared keeps no record."""
    with pytest.raises(StoreError, match="full"):
        await ConsentMiddleware(app, policy=POLICY, secret=SECRET, records=Full()).decide(
            visitor(), grant=["analytics"]
        )
    store = MemoryStore()
    with pytest.raises(UsageError):
        await ConsentMiddleware(app, policy=POLICY, secret=SECRET, records=store).decide(visitor(), grant=["nothing"])
    assert [] == store.records


async def test_opt_outs_are_told_after_they_were_kept() -> None:
    """The app hears of a refusal whose record is in the store, and of none whose record was lost."""
    told = list[str]()
    options: dict[str, Any] = {
        "policy": POLICY,
        "secret": SECRET,
        "on_opt_out": lambda subject, _source: told.append(subject),
    }
    kept = await ConsentMiddleware(app, records=MemoryStore(), **options).decide(visitor(), grant=[])
    assert [kept.record.subject] == told
    with pytest.raises(StoreError):
        await ConsentMiddleware(app, records=Full(), **options).decide(visitor(), grant=[])
    assert [kept.record.subject] == told


async def test_an_account_brings_its_decision_to_another_device() -> None:
    """What one device decided is kept for the other with a record of its own; what is equal needs none."""
    middleware = ConsentMiddleware(app, policy=POLICY, secret=SECRET, records=(store := MemoryStore()))
    first = await middleware.decide(visitor(), grant=["analytics"])
    account = (await middleware.sync_account(visitor(first.set_cookie), None)).account
    synced = await middleware.sync_account(visitor(), account)
    assert synced.decision is not None
    assert ({"analytics": True}, synced.decision.record) == (dict(synced.decision.record.choices), store.records[-1])
    again = await middleware.sync_account(visitor(synced.decision.set_cookie), synced.account)
    assert (None, 2) == (again.decision, len(store.records))
    with pytest.raises(StoreError):
        await ConsentMiddleware(app, policy=POLICY, secret=SECRET, records=Full()).sync_account(visitor(), account)
