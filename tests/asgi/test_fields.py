"""Header fields between bytes and text."""

from __future__ import annotations

import pytest

from tests.asgi.apps import HTML, body, sending, serve, start
from tests.drivers.doubles import LoudKit

pytestmark = pytest.mark.anyio


async def test_fields(kit: LoudKit) -> None:
    """Names leave in lower case, in order, with duplicates, each cookie on its own (R160)."""
    headers = [(b"Set-Cookie", b"a=1"), *HTML, (b"SET-COOKIE", b"b=2"), (b"X-Name", b"\xe9")]
    server = await serve(sending(start(headers), body(b"", more=True), body(b"")), kit)
    assert [(name.lower(), value) for name, value in headers] == server.head["headers"]
