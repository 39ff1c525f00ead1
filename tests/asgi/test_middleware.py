"""Where each request goes, what the app is given, and what is let go in every case."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from consentkit.asgi import ConsentMiddleware, Message, Receive, Scope, Send, consent_from
from consentkit.consent.record import Record
from consentkit.errors import StoreError
from consentkit.records.memory import MemoryStore
from consentkit.records.sqlite_counts import read
from consentkit.records.threads import AsyncFromSync
from tests.asgi.apps import JSON, body, middle, no_app, own, sending, serve, start
from tests.drivers.asgi_server import EXTENSIONS, Server, http_scope
from tests.drivers.doubles import LoudKit
from tests.drivers.policies import SECRET, small_policy

pytestmark = pytest.mark.anyio


async def test_navigations_are_offered_no_shortcut(kit: LoudKit) -> None:
    """Where a page is expected the app is not offered to send files past us; the server's scope stays whole."""
    seen = list[set[str]]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(set(scope["extensions"]))
        await sending(start(JSON), body(b""))(scope, receive, send)

    for accept in ("text/html", "image/png"):
        server = await serve(app, kit, headers=[("accept", accept)], extensions=EXTENSIONS)
        assert EXTENSIONS == set(server.scope["extensions"])
    assert [EXTENSIONS - {"http.response.pathsend", "http.response.zerocopysend"}, EXTENSIONS] == seen


async def test_an_app_that_fails(kit: LoudKit) -> None:
    """An error comes out as it is; a head that was held back is not sent, so that the server answers 500."""
    server = Server(http_scope())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        await server.run(middle(app, kit))
    assert ([], 1) == (server.sent, kit.last.closed)


async def test_a_visitor_who_leaves(kit: LoudKit) -> None:
    """What `send` raises reaches the app, and everything is let go (R160d)."""
    raised = list[OSError]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        try:
            for _ in range(10):
                await send(body(b"a\n", more=True))
        except OSError as error:
            raised.append(error)
            raise

    with pytest.raises(OSError, match="has gone"):
        await serve(app, kit, leaves=3)
    assert (1, 1, 0) == (len(raised), kit.last.closed, kit.last.finished)


async def test_a_cancelled_request(kit: LoudKit) -> None:
    """A request that is cancelled closes its exchange."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"a\n", more=True))
        await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        group.start_soon(Server(http_scope()).run, middle(app, kit))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert 1 == kit.last.closed


@pytest.mark.parametrize("kind", ["websocket", "lifespan", "webtransport"])
async def test_other_scopes(kit: LoudKit, kind: str) -> None:
    """Every other kind of connection goes to the app as it is, with the server's own callables."""
    seen = list[object]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend((scope, receive, send))

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        pass

    scope: Scope = {"type": kind}
    await middle(app, kit)(scope, receive, send)
    assert scope is seen[0]
    assert send is seen[2]
    assert (receive is seen[1]) is (kind != "lifespan")  # the same messages: see the next test
    assert ({"type": kind}, []) == (scope, kit.exchanges)


async def test_the_end_of_the_lifespan(tmp_path: Path) -> None:
    """The app hears of the server's end as it was told, after the last counts of reports were stored."""
    path = tmp_path / "records.sqlite3"
    told: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    heard = list[tuple[Message, int]]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            message = await receive()
            heard.append((message, sum(each.count for each in read(path))))

    async def receive() -> Message:
        return told[len(heard)]

    async def send(message: Message) -> None:
        pass

    middleware = ConsentMiddleware(app, policy=small_policy(), secret=SECRET, records=path)
    report = (
        b'{"csp-report": {"document-uri": "https://brightwash.example/", "blocked-uri": "https://spy.example/", '
        b'"effective-directive": "img-src"}}'
    )
    for now in (1.0, 2.0):  # the first is written at once
        count, _ = middleware.kit.endpoints.reports.receive("application/csp-report", report, now=now)
        assert (count is None) == (now == 2.0)
    await middleware({"type": "lifespan"}, receive, send)
    assert [(told[0], 0), (told[1], 1)] == heard


async def test_the_apps_scope(kit: LoudKit) -> None:
    """The app gets the changed fields in a copy; the server's scope stays what it was."""
    seen = list[Scope]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await sending(start(), body(b""))(scope, receive, send)

    fields = [("accept", "text/html"), ("Accept-Encoding", "gzip"), ("cookie", "a=1"), ("cookie", "b=2")]
    scope = http_scope(headers=fields, custom=object())
    before = dict(scope)
    await Server(scope).run(middle(app, kit))
    assert before == scope
    inner = seen[0]
    assert [(b"host", b"brightwash.example"), (b"accept", b"text/html"), (b"cookie", b"kept=1")] == inner["headers"]
    assert (scope["custom"], kit.last) == (inner["custom"], inner["consentkit.exchange"])
    assert (kit.last.consent, kit.last.consent) == (consent_from(inner), inner["state"]["consent"])


async def test_the_lifespans_state_is_kept(kit: LoudKit) -> None:
    """What the lifespan left in the state stays there, and what the app adds is seen outside."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["user"] = scope["state"]["database"] + 1
        await sending(start(JSON), body(b""))(scope, receive, send)

    server = await serve(app, kit, state={"database": 1})
    assert (1, 2) == (server.scope["state"]["database"], server.scope["state"]["user"])


class Broken(MemoryStore):
    """A store whose disk is full."""

    def append(self, record: Record, /) -> None:
        """Fails."""
        raise StoreError("the disk is full; free some space")


@pytest.mark.parametrize("make", [Broken, lambda: AsyncFromSync(Broken())], ids=["plain", "awaited"])
async def test_a_store_that_fails(kit: LoudKit, make: Callable[[], Any], caplog: pytest.LogCaptureFixture) -> None:
    """The visitor is told, the owner's log has the reason, and nothing is decided."""
    server = await own((b"yes",)).run(middle(no_app, kit, make()))
    assert (503, b"not stored") == (server.head["status"], server.body)
    assert "set-cookie" not in server.headers
    assert "the disk is full" in caplog.text


async def test_stores_are_not_run_on_the_loops_thread(kit: LoudKit) -> None:
    """A plain store works in another thread, an awaited one is awaited."""
    threads = list[int]()

    class Plain(MemoryStore):
        def append(self, record: Record, /) -> None:
            """Notes its thread."""
            threads.append(threading.get_ident())

    class Awaited:
        async def append(self, record: Record, /) -> None:
            """Notes its thread."""
            await anyio.lowlevel.checkpoint()
            threads.append(threading.get_ident())

        find: Callable[..., Awaitable[list[Record]]]
        erase: Callable[..., Awaitable[int]]
        close: Callable[..., Awaitable[None]]
        find = erase = close = append  # type: ignore[assignment]

    for store in (Plain(), Awaited()):
        await own((b"yes",)).run(middle(no_app, kit, store))
    assert [False, True] == [thread == threading.get_ident() for thread in threads]
