"""A server for tests that holds both sides to the ASGI HTTP spec (2.5) and its extensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import anyio

from consentkit.asgi import ASGIApp, Message, Scope

EXTENSIONS = {
    "http.response.early_hint", "http.response.push", "http.response.trailers", "http.response.debug",
    "http.response.pathsend", "http.response.zerocopysend",
}  # fmt: skip


class ProtocolError(Exception):
    """What the spec forbids."""


def http_scope(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    extensions: Iterable[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """A scope as a server makes it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"brightwash.example")]
        + [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": ("192.0.2.7", 50_000),
        "server": ("127.0.0.1", 8000),
        "extensions": {name: {} for name in extensions},
        **more,
    }


class Server:
    """One connection: gives the request's messages, judges the answer's.

    Args:
        scope: as `http_scope` makes it.
        body: the request's body, in these pieces.
        leaves: after how many messages of the answer the visitor has gone: `send` then raises OSError.
    """

    def __init__(self, scope: Scope, body: Sequence[bytes] = (b"",), leaves: int | None = None) -> None:
        self.scope = scope
        self.sent = list[Message]()
        self.leaves = leaves
        self.received = 0
        self._incoming: list[Message] = [
            {"type": "http.request", "body": part, "more_body": index < len(body) - 1}
            for index, part in enumerate(body)
        ]
        self._state = "start"
        self._announced = False
        self._shortcut = False
        self._in_body = False
        self._done = anyio.Event()

    def disconnect(self) -> None:
        """The visitor leaves instead of sending more."""
        self._incoming[-1]["more_body"] = True
        self._incoming.append({"type": "http.disconnect"})

    async def receive(self) -> Message:
        """What the app awaits."""
        await anyio.lowlevel.checkpoint()
        self.received += 1
        if not self._incoming:
            await self._done.wait()
            return {"type": "http.disconnect"}  # what servers say to whoever asks after the end
        return self._incoming.pop(0)

    async def send(self, message: Message) -> None:
        """Judges and keeps one message."""
        await anyio.lowlevel.checkpoint()
        kind = message["type"]
        if kind in EXTENSIONS and kind not in self.scope["extensions"]:
            raise ProtocolError(f"{kind} was not offered")
        getattr(self, "_" + kind.rpartition(".")[2], self._other)(message)
        if self.leaves is not None and len(self.sent) >= self.leaves:
            raise OSError("the visitor has gone")
        self.sent.append(message)
        if self._state == "done":
            self._done.set()

    async def run(self, app: ASGIApp) -> Server:
        """Serves one request."""
        await app(self.scope, self.receive, self.send)
        if self._state != "done" and self.leaves is None:
            raise ProtocolError(f"the app returned in state {self._state}")
        return self

    @property
    def head(self) -> Message:
        """The start message."""
        (start,) = [message for message in self.sent if message["type"] == "http.response.start"]
        return start

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's fields, by lower-case name."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.head["headers"]}

    @property
    def body(self) -> bytes:
        """All of the body."""
        return b"".join(message.get("body", b"") for message in self.sent if message["type"] == "http.response.body")

    @property
    def kinds(self) -> list[str]:
        """The types of the messages, in order, without the common prefix."""
        return [message["type"].removeprefix("http.response.") for message in self.sent]

    def _start(self, message: Message) -> None:
        self._expect("start")
        if not isinstance(message["status"], int):
            raise ProtocolError("status has to be an int")
        _check_headers(message.get("headers", ()))
        self._announced = message.get("trailers", False)
        self._state = "body"

    def _body(self, message: Message) -> None:
        self._expect("body")
        if not isinstance(message.get("body", b""), bytes):
            raise ProtocolError("body has to be bytes")
        if self._shortcut:
            raise ProtocolError("body after pathsend")
        self._in_body = True
        self._end(more=message.get("more_body", False))

    def _pathsend(self, message: Message) -> None:
        self._expect("body")
        if self._in_body:
            raise ProtocolError("pathsend after body")
        self._shortcut = True
        self._end(more=False)

    def _zerocopysend(self, message: Message) -> None:
        self._expect("body")
        self._in_body = True
        self._end(more=message.get("more_body", False))

    def _trailers(self, message: Message) -> None:
        self._expect("trailers")
        _check_headers(message.get("headers", ()))
        self._state = "trailers" if message.get("more_trailers", False) else "done"

    def _debug(self, message: Message) -> None:
        self._expect("start")

    def _early_hint(self, message: Message) -> None:
        if not all(isinstance(link, bytes) for link in message["links"]):
            raise ProtocolError("links have to be bytes")

    def _other(self, message: Message) -> None:
        if not message["type"].startswith(("http.response.push", "x-")):
            raise ProtocolError(f"unknown message {message['type']}")

    def _expect(self, state: str) -> None:
        if self._state != state:
            raise ProtocolError(f"in state {self._state}, not {state}")

    def _end(self, *, more: bool) -> None:
        if not more:
            self._state = "trailers" if self._announced else "done"


def _check_headers(headers: Iterable[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        if {type(name), type(value)} != {bytes}:
            raise ProtocolError("header names and values have to be bytes")
        if name != name.lower() or name.startswith(b":"):
            raise ProtocolError(f"{name!r} has to be lower case and no pseudo field")
        if any(byte in value for byte in (b"\r", b"\n", b"\0")):
            raise ProtocolError(f"{value!r} holds a control character")
