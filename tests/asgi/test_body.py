"""Bodies of requests to endpoints of ours, and the answers to them."""

from __future__ import annotations

import pytest

from consentkit.records.memory import MemoryStore
from tests.asgi.apps import middle, no_app, own
from tests.drivers.doubles import OWN_LIMIT, LoudKit

pytestmark = pytest.mark.anyio


async def test_an_own_endpoint(kit: LoudKit) -> None:
    """An own endpoint reads the body, keeps the record, and answers with its length; the app is not called."""
    store = MemoryStore()
    server = await own((b"y", b"", b"es")).run(middle(no_app, kit, store))
    assert (200, b"got yes", "7") == (server.head["status"], server.body, server.headers["content-length"])
    assert (1, 1) == (len(store.records), kit.last.closed)


async def test_an_own_endpoint_for_head(kit: LoudKit) -> None:
    """HEAD gets the head of GET's answer, with its length."""
    server = await own((b"",), "HEAD").run(middle(no_app, kit))
    assert (b"", "4") == (server.body, server.headers["content-length"])


async def test_a_body_too_large(kit: LoudKit) -> None:
    """No more is received than shows that it is too much."""
    store = MemoryStore()
    server = await own((b"x" * OWN_LIMIT, b"x", b"x" * 100, b"x" * 100)).run(middle(no_app, kit, store))
    assert (413, 2, []) == (server.head["status"], server.received, store.records)
    server = await own((b"x" * OWN_LIMIT,)).run(middle(no_app, kit, store))
    assert 200 == server.head["status"]


@pytest.mark.parametrize("leaves", [None, 0])
async def test_a_request_that_ends_early(kit: LoudKit, leaves: int | None) -> None:
    """A body that broke off decides nothing; who waits all the same is told so, who has gone is no error."""
    store, server = MemoryStore(), own((b"yes",), leaves=leaves)
    server.disconnect()
    await middle(no_app, kit, store)(server.scope, server.receive, server.send)
    assert ([], 1) == (store.records, kit.last.closed)
    assert ([400] if leaves is None else []) == [message["status"] for message in server.sent if "status" in message]
