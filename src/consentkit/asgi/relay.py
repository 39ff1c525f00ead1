"""One answer of the app on its way through an exchange, message by message (R160-R160d).

- ``http.response.start`` is held until the next message, because the length of a body that comes in one
  piece is known then. Messages leave in the order they came; unknown ones, and unknown keys, go on.
- A body is fed in slices, with a turn for the event loop between them; nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import anyio
import anyio.lowlevel

from consentkit.asgi.fields import decoded, encoded, is_in_order
from consentkit.asgi.messages import SHORTCUTS, Message, Send
from consentkit.bodies import SLICE, slices
from consentkit.errors import UsageError
from consentkit.headers import caching
from consentkit.kit import Exchange

AFTER_THE_END = "the app sent more of a body after its end"
CONTENT_LENGTH = b"content-length"


class Relay:
    """One answer of the app on its way: `send` is what the app calls, `_send` is the server's."""

    held: Message | None = None  # http.response.start of a page, until the next message

    _ended = False

    def __init__(self, exchange: Exchange, send: Send, *, begun: bool = False) -> None:
        """Takes an answer from its beginning, or from behind the head of one that went by."""
        self._exchange, self._send = exchange, send
        self._started = begun  # the app has sent its head
        self._begun = begun  # and so have we

    async def send(self, message: Message) -> None:
        """Takes one message of the app."""
        kind = message["type"]
        if kind == "http.response.body":
            if self._ended:
                raise UsageError(AFTER_THE_END)
            self._ended = not message.get("more_body", False)
            if self._begun and self._exchange.passthrough:
                await self._send(message)
            else:
                await self._body(message)
        elif kind == "http.response.start":
            await self._start(message)
        elif kind in SHORTCUTS:
            await self._shortcut(message)
        elif kind == "http.response.early_hint":
            await self.begin_once(required=False)
            links = self._exchange.hint(tuple(("Link", link.decode("latin-1")) for link in message.get("links", ())))
            await self._send({**message, "links": [value.encode("latin-1") for _, value in links]})
        elif kind == "http.response.push":
            await self.begin_once(required=False)
            if self._exchange.may_push(message["path"]):
                await self._send(message)
        elif kind == "http.response.trailers":
            await self.begin_once()
            if not self._exchange.passthrough:
                message = {**message, "headers": encoded(caching.trailers(decoded(message.get("headers", ()))))}
            await self._send(message)
        else:  # http.response.debug may come before the start; others nobody knows yet
            await self.begin_once(required=False)
            await self._send(message)

    async def _body(self, message: Message) -> None:
        """A part of a page."""
        data, more = message.get("body", b""), message.get("more_body", False)
        if self.held is not None and not more:
            await self._all_at_once(self.held, message, data)
            return
        await self.begin_once()
        async with aclosing(self._fed(data)) as blocks:
            async for block in blocks:
                await self._send({**message, "body": block, "more_body": True})
        if not more:
            await self._send({**message, "body": self._exchange.finish(), "more_body": False})

    async def _all_at_once(self, start: Message, message: Message, data: bytes) -> None:
        """A whole page in one message: its length is known before its head leaves."""
        if len(data) <= SLICE:
            data = self._exchange.whole(data)
        else:
            async with aclosing(self._fed(data)) as blocks:
                data = b"".join([*[block async for block in blocks], self._exchange.finish()])
        fields = [field for field in start["headers"] if field[0] != CONTENT_LENGTH]
        self.held = {**start, "headers": [*fields, (CONTENT_LENGTH, b"%d" % len(data))]}
        await self.begin_once()
        await self._send({**message, "body": data})

    async def _fed(self, data: bytes) -> AsyncGenerator[bytes, None]:
        for number, piece in enumerate(slices(data)):
            if number:
                await anyio.lowlevel.checkpoint()  # others have their turn between slices
            if block := self._exchange.feed(piece):
                yield block

    async def _shortcut(self, message: Message) -> None:
        """A file for the server to send: gone on with if nothing is rewritten in it, otherwise read here (R160b)."""
        by_path = message["type"] == "http.response.pathsend"
        more = not by_path and message.get("more_body", False)
        if self._ended:
            raise UsageError(AFTER_THE_END)
        self._ended = not more
        await self.begin_once()
        if self._exchange.passthrough:
            await self._send(message)
            return
        if by_path:
            async with await anyio.open_file(message["path"], "rb") as file:
                await self._file(file.read, None)
        else:
            file = anyio.wrap_file(message["file"])
            if (offset := message.get("offset")) is not None:
                await file.seek(offset)
            await self._file(file.read, message.get("count"))
        if not more:
            await self._send({"type": "http.response.body", "body": self._exchange.finish(), "more_body": False})

    async def _file(self, read: Callable[[int], Awaitable[bytes]], count: int | None) -> None:
        while (count is None or count > 0) and (data := await read(SLICE if count is None else min(SLICE, count))):
            count = None if count is None else count - len(data)
            if block := self._exchange.feed(data):
                await self._send({"type": "http.response.body", "body": block, "more_body": True})

    async def _start(self, message: Message) -> None:
        """The head of the answer. That of a page waits for the first of it, because its length may be known then."""
        if self._started:
            raise UsageError("the app sent http.response.start a second time")
        self._started = True
        given = message.get("headers", ())
        headers = decoded(given)
        head = self._exchange.start(message["status"], headers)
        # A message in which nothing has to change goes on as it is. An iterator has been read by now.
        if head.headers is not headers or head.status != message["status"] or not is_in_order(given):
            message = {**message, "status": head.status, "headers": encoded(head.headers)}
        if self._exchange.passthrough:
            self._begun = True
            await self._send(message)
        else:
            self.held = message

    async def end(self) -> None:
        """The app has returned: a start without a body goes on, for the server to judge."""
        if self.held is not None:
            await self.begin_once()

    async def begin_once(self, *, required: bool = True) -> None:
        """Sends the head that was held; without one it is the app's mistake, if one is required by now."""
        if self.held is not None:
            held, self.held, self._begun = self.held, None, True
            await self._send(held)
        elif required and not self._begun:
            raise UsageError("the app sent a body before http.response.start")
