"""Header fields between bytes and text."""

from __future__ import annotations

import pytest

from consentkit.asgi.fields import decoded, encoded, is_in_order
from tests.asgi.apps import HTML, body, sending, serve, start
from tests.drivers.doubles import LoudKit

pytestmark = pytest.mark.anyio


async def test_fields(kit: LoudKit) -> None:
    """Names leave in lower case, in order, with duplicates, each cookie on its own (R160)."""
    headers = [(b"Set-Cookie", b"a=1"), *HTML, (b"SET-COOKIE", b"b=2"), (b"X-Name", b"\xe9")]
    server = await serve(sending(start(headers), body(b"", more=True), body(b"")), kit)
    assert [(name.lower(), value) for name, value in headers] == server.head["headers"]


@pytest.mark.parametrize(
    ("headers", "in_order"),
    [
        ([(b"content-type", b"Text/HTML"), (b"x-1", b"")], True),
        ([(b"content-type", b""), (b"X-Name", b"")], False),
        ([(b"Content-type", b"")], False),
        (((b"content-type", b""),), False),
        (iter([(b"content-type", b"")]), False),
        (None, False),
    ],
)
async def test_what_servers_want(headers: object, in_order: bool) -> None:
    """A list whose names are in lower case; whatever the values are."""
    assert in_order is is_in_order(headers)


async def test_bytes_become_text_and_bytes_again() -> None:
    """Names in lower case, values byte for byte, in the same order, with duplicates."""
    fields = [(b"Set-Cookie", b"a=\xe9"), (b"X", b""), (b"set-cookie", b"b=\xff")]
    assert (("set-cookie", "a=é"), ("x", ""), ("set-cookie", "b=ÿ")) == decoded(fields)
    assert [(name.lower(), value) for name, value in fields] == encoded(decoded(fields))
