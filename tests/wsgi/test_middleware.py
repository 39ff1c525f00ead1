"""What the app is offered, and stores that fail or are none for WSGI."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from consentkit.errors import StoreError, UsageError
from consentkit.records.memory import MemoryStore
from consentkit.records.threads import AsyncFromSync
from tests.drivers.doubles import LoudKit
from tests.wsgi.apps import WRAPPER, Lint, Server, answering, environ_of, middle, no_app, serve

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def test_navigations_are_offered_no_file_wrapper(kit: LoudKit) -> None:
    """Where a page is expected the app is not offered the shortcut."""
    seen = list[bool]()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.append("wsgi.file_wrapper" in environ)
        return answering([b""])(environ, start_response)

    for accept in ("text/html", "image/png"):
        serve(app, kit, HTTP_ACCEPT=accept, **WRAPPER)
    assert [False, True] == seen


def test_a_store_that_fails(kit: LoudKit, lint: Lint, caplog: pytest.LogCaptureFixture) -> None:
    """The visitor is told, the owner's log has the reason, and nothing is decided."""

    class Broken(MemoryStore):
        def append(self, record: object, /) -> None:
            """Fails."""
            raise StoreError("the disk is full; free some space")

    server = Server().run(lint(middle(no_app, kit, records=Broken())), environ_of("/own", "POST", body=b"yes"))
    assert ("503 Service Unavailable", b"not stored") == (server.status, server.body)
    assert "set-cookie" not in server.fields
    assert "the disk is full" in caplog.text


def test_awaited_stores_are_refused(kit: LoudKit) -> None:
    """A store that is awaited is refused when the app is built."""
    with pytest.raises(UsageError, match="awaited"):
        middle(no_app, kit, records=AsyncFromSync(MemoryStore()))
