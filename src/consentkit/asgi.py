"""The ASGI driver: `ConsentMiddleware` translates between the HTTP spec (2.5) and an exchange, and does nothing else.

What the spec asks of something in the middle, and how it is kept (R160-R160d):

- Only ``http`` scopes are looked at; every other goes on untouched. The scope is copied before it is changed.
- ``http.response.start`` is held until the next message, because the length of a body that comes in one
  piece is known then. Messages leave in the order they came; unknown ones, and unknown keys, go on.
- A body is fed in slices, with a turn for the event loop between them; nothing of it is kept.
- Stores never run on the event loop's thread.
- What `send` raises after the visitor left goes through to the app; the exchange is closed in every case.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping, MutableMapping
from contextlib import aclosing
from time import time
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread

from consentkit.consent.record import Source
from consentkit.consent.state import Consent
from consentkit.driver import SLICE, Driver, slices
from consentkit.errors import UsageError
from consentkit.headers import caching
from consentkit.http import NO_FACTS, Headers, Request, Response, joined
from consentkit.kit import NOT_MODIFIED, ConsentKit, Decision, Exchange, Synced
from consentkit.known import Known
from consentkit.passing import INERT, PAGES_ASKED, PLAIN_ANSWERS
from consentkit.policy.models import Policy
from consentkit.records.store import AsyncStore, Store, perform_async
from consentkit.records.threads import as_async

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

# Where the adapters find the exchange and the middleware, and in `scope["state"]` the visitor's consent.
EXCHANGE = "consentkit.exchange"
REQUEST = "consentkit.request"
MIDDLEWARE = "consentkit.middleware"
CONSENT = "consent"

AFTER_THE_END = "the app sent more of a body after its end"
CONTENT_LENGTH = b"content-length"

# What lets a server send a file by itself: nothing could be rewritten in it.
SHORTCUTS = frozenset({"http.response.pathsend", "http.response.zerocopysend"})


class ConsentMiddleware:
    """Puts consentkit in front of an ASGI app.

        app = ConsentMiddleware(app, policy="policy.toml", secret=os.environ["CONSENT_SECRET"])

    Args:
        app: the ASGI app.
        kit: a kit built before, instead of `policy`, `secret` and `options`.
        policy: the policy, or the path or mapping it is loaded from.
        secret: signs the consent cookie (see `ConsentKit`).
        records: the store, or the path of its SQLite file; by default ``consent-records.sqlite3`` in the
            working directory.
        options: further arguments of `ConsentKit`, and `trusted_proxies` (see `consentkit.driver.Driver`).

    Raises:
        PolicyError: if the policy cannot be used.
        StoreError: if the store cannot be opened.
        UsageError: if the arguments do not go together.
    """

    def __init__(
        self,
        app: ASGIApp,
        /,  # so that Starlette's `Middleware` can check the other arguments
        kit: ConsentKit | None = None,
        *,
        policy: Policy | Mapping[str, Any] | str | os.PathLike[str] | None = None,
        secret: str | bytes | None = None,
        records: Store | AsyncStore | str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        self.app = app
        self.driver = Driver(kit, policy, secret, records, options)
        self.kit = self.driver.kit
        self.records = as_async(self.driver.store)
        self._passing, self._visitors = self.driver.passing, self.driver.passing.visitors
        self._own_paths, self._own_prefix = self.kit.own_addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request; every other kind of connection goes to the app as it is."""
        if scope["type"] != "http":
            await self.app(scope, self._flushing(receive) if scope["type"] == "lifespan" else receive, send)
            return
        # Written out here, because it is done for every request: see `consentkit.passing`.
        headers = scope["headers"]
        fields = dict(headers)
        field = fields.get
        visitor = self._visitors.get((field(b"cookie"), field(b"sec-gpc")))
        if (
            visitor is None
            or len(fields) != len(headers)
            or b"host" not in fields  # a server that leaves names as they were sent has another one there
            or not fields.keys().isdisjoint(_TAGGED)
            or PAGES_ASKED[field(b"sec-fetch-dest"), field(b"accept")]
            or (path := _path(scope) if scope.get("root_path") else scope["path"]) in self._own_paths
            or path.startswith(self._own_prefix)
            or time() >= visitor.until
        ):
            await self._through(scope, receive, send)
            return
        answer = _Passed(self, scope, send, visitor.consent)
        inner = {**scope, EXCHANGE: answer}
        # The namespace is the request's own, and shared with what stands before us: it is added to, not copied.
        if "state" in scope:
            scope["state"][CONSENT] = visitor.consent
        else:
            inner["state"] = {CONSENT: visitor.consent}
        try:
            await self.app(inner, receive, answer.send)
            if answer.relay is not None:
                await answer.relay.end()
        finally:
            if answer.made is not None:
                self.driver.end(answer.made)

    async def _through(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request by an exchange."""
        request = self.driver.seen(request_from(scope))
        exchange = self.driver.open(request)
        try:
            if exchange.body_limit is not None:
                await self._answer(exchange, exchange.body_limit, request, receive, send)
                return
            self._passing.remember(_field(request, "cookie"), _field(request, "sec-gpc"), exchange.visitor)
            relay = _Relay(exchange, send)
            await self.app(_inner(scope, request, exchange, self), receive, relay.send)
            await relay.end()
        finally:
            self.driver.end(exchange)

    def _flushing(self, receive: Receive) -> Receive:
        """The same messages; when the server ends, what is counted is stored before the app hears of it."""

        async def received() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await perform_async(self.records, self.kit.left())
            return message

        return received

    async def _answer(self, exchange: Exchange, limit: int, request: Request, receive: Receive, send: Send) -> None:
        body = await _read(receive, limit)
        if body is None:  # the visitor left before the request was complete: nobody decided, nobody waits
            return
        exchange.receive(body)
        results = await perform_async(self.records, exchange.effects)
        await _respond(self.driver.resolve(exchange, request.method, results), send)

    async def decide(
        self, scope: Scope, *, grant: Collection[str], source: Source = "api", language: str | None = None
    ) -> Decision:
        """Decides for the visitor of a request, as account settings do, and keeps the record.

        What is decided is as `consentkit.kit.ConsentKit.decide` takes it.

        Returns:
            The decision: send its `set_cookie` with the answer.

        Raises:
            StoreError: if the record was not kept; then do not send the cookie.
            UsageError: if `grant` names what the policy does not declare.
        """
        request = self._asked_by(scope)
        decision = self.driver.decide(request, grant, source, language)
        await self.records.append(decision.record)
        self.driver.stored(decision)
        return decision

    def _asked_by(self, scope: Scope) -> Request:
        """The request as it came to this middleware, also where it is told of one that went another way."""
        return passed(scope)[1] if EXCHANGE in scope else self.driver.seen(request_from(scope))

    async def sync_account(self, scope: Scope, account: Mapping[str, Any] | None) -> Synced:
        """Joins the visitor's decision with that of the account which is signed in, and keeps the record (R27, R49).

        Args:
            scope: the request's.
            account: what `Synced.account` was when this account was synced last; None if it never was.

        Returns:
            What to keep with the account, and the decision whose `set_cookie` to send, if there is one.

        Raises:
            StoreError: if the record was not kept; then do not send the cookie.
            UsageError: if the policy's `account` is "none", or `account` is none of ours.
        """
        request = self._asked_by(scope)
        synced = self.driver.sync_account(request, account)
        if synced.decision is not None:
            await self.records.append(synced.decision.record)
            self.driver.stored(synced.decision)
        return synced


def passed(scope: Scope) -> tuple[ConsentMiddleware, Request]:
    """The middleware that a request passed, and the request as it came there, before any mount; for adapters.

    Raises:
        UsageError: outside of it.
    """
    consent_from(scope)
    exchange = scope[EXCHANGE]
    if isinstance(exchange, _Passed):
        return exchange.middleware, exchange.request
    return scope[MIDDLEWARE], scope[REQUEST]


def consent_from(scope: Scope) -> Consent:
    """The visitor's consent, inside of `ConsentMiddleware`.

    Raises:
        UsageError: outside of it.
    """
    exchange = scope.get(EXCHANGE)
    if exchange is None:
        raise UsageError("this request did not pass ConsentMiddleware; wrap the app in it")
    consent: Consent = exchange.consent
    return consent


def request_from(scope: Scope) -> Request:
    """The head of the request. Newer servers give the full path, of which `root_path` is a part: it is taken off."""
    return _Request(scope)


class _Request(Request):
    """A request whose fields are decoded when they are asked for."""

    __slots__ = ("_raw",)

    def __init__(self, scope: Scope) -> None:
        self.method, self.path = scope["method"], _path(scope)
        self.scheme = scope.get("scheme", "http")
        self.root_path = scope.get("root_path", "").rstrip("/")
        query = scope.get("query_string")
        self.query = query.decode("latin-1") if query else ""
        self._headers = self._fields = None
        self.facts = NO_FACTS
        client = scope.get("client")
        self.client = client[0] if client else ""
        headers = scope["headers"]
        self._raw: dict[bytes, bytes] = dict(headers)
        if len(self._raw) != len(headers) or not b"".join(self._raw).islower():
            # A name that came twice, or in capitals, which no server may send.
            self._headers = _decoded(headers)
            self._fields = joined(self._headers)
            self._raw = {name.encode("latin-1"): value.encode("latin-1") for name, value in self._fields.items()}
        host = self._raw.get(b"host")
        self.host = host.decode("latin-1").lower() if host else ""

    @property
    def headers(self) -> Headers:
        if self._headers is None:
            self._headers = _decoded(self._raw.items())
        return self._headers

    def header(self, name: str) -> str | None:
        value = self._raw.get(_BYTES[name])
        return None if value is None else value.decode("latin-1")

    def has_any(self, names: frozenset[str]) -> bool:
        return not _SETS[names].isdisjoint(self._raw)


class _Passed:
    """An answer that is expected to go by. One that does not goes on in a `_Relay`, with an exchange made then.

    Attributes:
        consent: the visitor's state when the request came.
        middleware: the one that the request passed.
        relay: where the answer goes on; None as long as nothing of it concerns us.
        made: the exchange, if it was made.
    """

    relay: _Relay | None = None
    made: Exchange | None = None
    _begun = False

    def __init__(self, middleware: ConsentMiddleware, scope: Scope, send: Send, consent: Consent) -> None:
        self.middleware, self.consent, self._scope, self._send = middleware, consent, scope, send

    def send(self, message: Message) -> Awaitable[None]:
        """Takes one message of the app. What goes by is the server's to judge and to await."""
        if self._begun:
            if message["type"] == "http.response.body":
                return self._send(message)
        elif message["type"] == "http.response.start" and self.relay is None:
            headers = message.get("headers")
            if isinstance(headers, list) and message["status"] != NOT_MODIFIED:
                fields = dict(headers)
                if len(fields) == len(headers) and PLAIN_ANSWERS[tuple(fields)] and INERT[fields.get(b"content-type")]:
                    self._begun = True
                    return self._send(message)
        return self._relayed(message)

    def _relayed(self, message: Message) -> Awaitable[None]:
        if self.relay is None:
            self.relay = _Relay(self.exchange, self._send, begun=self._begun)
            self._begun = False
        return self.relay.send(message)

    @property
    def request(self) -> Request:
        """The request as it came."""
        return self.middleware.driver.seen(request_from(self._scope))

    @property
    def exchange(self) -> Exchange:
        """The exchange, which was not needed until now."""
        if self.made is None:
            self.made = self.middleware.driver.open(self.request)
        return self.made

    def __getattr__(self, name: str) -> Any:
        """What the exchange has, for who looks into it."""
        return getattr(self.exchange, name)


class _Relay:
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
        elif kind == "http.response.trailers":
            await self.begin_once()
            if not self._exchange.passthrough:
                message = {**message, "headers": _encoded(caching.trailers(_decoded(message.get("headers", ()))))}
            await self._send(message)
        else:  # http.response.debug may come before the start; push after it; others nobody knows yet
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
            data = self._exchange.feed(data) + self._exchange.finish()
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
        headers = _decoded(given)
        head = self._exchange.start(message["status"], headers)
        # A message in which nothing has to change goes on as it is. An iterator has been read by now.
        if head.headers is not headers or head.status != message["status"] or not _is_in_order(given):
            message = {**message, "status": head.status, "headers": _encoded(head.headers)}
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
        if self.held is not None:
            held, self.held, self._begun = self.held, None, True
            await self._send(held)
        elif required and not self._begun:
            raise UsageError("the app sent a body before http.response.start")


def _inner(scope: Scope, request: Request, exchange: Exchange, middleware: ConsentMiddleware) -> Scope:
    """The scope for the app: a copy with what the exchange changed, and what adapters look for."""
    inner = {**scope, EXCHANGE: exchange, REQUEST: request, MIDDLEWARE: middleware}
    if exchange.inner is not request:
        inner["headers"] = _encoded(exchange.inner.headers)
    if exchange.inner_needs_body and (extensions := scope.get("extensions")):
        inner["extensions"] = {key: value for key, value in extensions.items() if key not in SHORTCUTS}
    # The namespace is the request's own, and shared with what stands before us: it is added to, not copied.
    state = scope.get("state")
    inner["state"] = state = {} if state is None else state
    state[CONSENT] = exchange.consent
    return inner


async def _read(receive: Receive, limit: int) -> bytes | None:
    """The request's body, at most a message more than the limit; None if the visitor left."""
    body = bytearray()
    more = True
    while more and len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body[: limit + 1])


async def _respond(reply: Response, send: Send) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": _encoded(reply.headers)})
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})


def _path(scope: Scope) -> str:
    """The path below `root_path`."""
    path: str = scope["path"]
    root = scope.get("root_path", "").rstrip("/")
    return path[len(root) :] if root and (path == root or path.startswith(f"{root}/")) else path


def _field(request: Request, name: str) -> bytes | None:
    value = request.header(name)
    return None if value is None else value.encode("latin-1")


def _is_in_order(headers: object) -> bool:
    """Whether these are header fields as servers want them: a list, its names in lower case (R160)."""
    return isinstance(headers, list) and b"".join([name for name, _ in headers]).islower()


_TEXT = Known[bytes, str](lambda name: name.decode("latin-1").lower())
_BYTES = Known[str, bytes](lambda name: name.lower().encode("latin-1"))
_TAGGED = frozenset(name.encode("latin-1") for name in caching.TAGGED)
_SETS = Known[frozenset[str], frozenset[bytes]](lambda names: frozenset(_BYTES[name] for name in names))


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return tuple([(_TEXT[name], value.decode("latin-1")) for name, value in headers])


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(_BYTES[name], value.encode("latin-1")) for name, value in headers]
