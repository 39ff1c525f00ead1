"""The WSGI driver: `ConsentMiddleware` translates between PEP 3333 and an exchange, and does nothing else.

What PEP 3333 asks of something in the middle, and how it is kept (R153-R158):

- The app is called at once. What it gives is given on as early: at least one block for each of its blocks.
- `start_response` is held until the app's first block, `write` or end, because the app may replace the head
  until then.
- ``write()`` passes the same rewriter; the server's ``write()`` is used for it alone.
- The app's iterable is closed exactly once, whatever happens.
- A body that is not rewritten keeps the server's shortcut: a list or ``wsgi.file_wrapper`` goes on as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain
from time import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from consentkit.consent.record import Source
from consentkit.consent.state import Consent
from consentkit.driver import Driver, cut_short, phrase, slices
from consentkit.errors import UsageError
from consentkit.headers.caching import TAGGED
from consentkit.headers.treatment import may_be_page
from consentkit.http import NO_FACTS, Headers, Request, Response, replaced
from consentkit.kit import CONCERNING, ConsentKit, Decision, Exchange, Synced, Visitor, is_inert
from consentkit.known import Known
from consentkit.passing import PAGES_ASKED
from consentkit.policy.models import Policy
from consentkit.records.store import AsyncStore, Store, is_async, perform

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

# Where the adapters find the exchange, the visitor's consent and the middleware.
EXCHANGE = "consentkit.exchange"
CONSENT = "consentkit.consent"
REQUEST = "consentkit.request"
MIDDLEWARE = "consentkit.middleware"


class ConsentMiddleware:
    """Puts consentkit in front of a WSGI app.

        app = ConsentMiddleware(app, policy="policy.toml", secret=os.environ["CONSENT_SECRET"])

    Args:
        app: the WSGI app.
        kit: a kit built before, instead of `policy`, `secret` and `options`.
        policy: the policy, or the path or mapping it is loaded from.
        secret: signs the consent cookie (see `ConsentKit`).
        records: the store, or the path of its SQLite file; by default ``consent-records.sqlite3`` in the
            working directory.
        options: further arguments of `ConsentKit`, and `trusted_proxies` (see `consentkit.driver.Driver`).

    Raises:
        PolicyError: if the policy cannot be used.
        StoreError: if the store cannot be opened.
        UsageError: if the arguments do not go together, or the store is one that is awaited.
    """

    def __init__(
        self,
        app: WSGIApplication,
        kit: ConsentKit | None = None,
        *,
        policy: Policy | Mapping[str, Any] | str | os.PathLike[str] | None = None,
        secret: str | bytes | None = None,
        records: Store | AsyncStore | str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        self.app = app
        self.driver = Driver(kit, policy, secret, records, options)
        if is_async(self.driver.store):
            raise UsageError(
                "this store is awaited, which WSGI cannot do; give a plain one, or use the ASGI middleware"
            )
        self.kit = self.driver.kit
        self.records = cast("Store", self.driver.store)
        self._passing, self._visitors = self.driver.passing, self.driver.passing.visitors

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serves one request."""
        visitor = self._going_by(environ)
        if visitor is not None:
            return _Passed(self, environ, start_response, visitor.consent).run()
        request = self.driver.seen(request_from(environ))
        exchange = self.driver.open(request)
        if exchange.body_limit is None:
            self._passing.remember(request.header("cookie"), request.header("sec-gpc"), exchange.visitor)
            return _Relay(self.driver, request, exchange, start_response).run(self, environ)
        try:
            body = _read(environ, exchange.body_limit)
            if body is None:
                return _respond(cut_short(), start_response)
            exchange.receive(body)
            results = perform(self.records, exchange.effects)
            return _respond(self.driver.resolve(exchange, request.method, results), start_response)
        finally:
            self.driver.end(exchange)

    def _going_by(self, environ: WSGIEnvironment) -> Visitor | None:
        """Who asks, where the app gets the request as it is: see `consentkit.passing`. None if it has to be opened."""
        field = environ.get
        visitor = self._visitors.get((field("HTTP_COOKIE"), field("HTTP_SEC_GPC")))
        if (
            visitor is None
            or PAGES_ASKED[field("HTTP_SEC_FETCH_DEST"), field("HTTP_ACCEPT")]
            or not _TAGGED.isdisjoint(environ)
            or environ["REQUEST_METHOD"] == "HEAD"
            or self._passing.is_ours(_text(environ.get("PATH_INFO", "")))
            or time() >= visitor.until
        ):
            return None
        return visitor

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


def passed(environ: WSGIEnvironment) -> tuple[ConsentMiddleware, Request]:
    """The middleware that a request passed, and the request as it came there, before any mount; for adapters.

    Raises:
        UsageError: outside of it.
    """
    consent_from(environ)
    exchange = environ[EXCHANGE]
    if isinstance(exchange, _Passed):
        return exchange.middleware, exchange.request
    return environ[MIDDLEWARE], environ[REQUEST]


def consent_from(environ: WSGIEnvironment) -> Consent:
    """The visitor's consent, inside of `ConsentMiddleware`.

    Raises:
        UsageError: outside of it.
    """
    consent = environ.get(CONSENT)
    if not isinstance(consent, Consent):
        raise UsageError("this request did not pass ConsentMiddleware; wrap the app in it")
    return consent


def request_from(environ: WSGIEnvironment) -> Request:
    """The head of the request. Paths come as bytes in latin-1 (PEP 3333) and are read as UTF-8."""
    return _Request(environ)


class _Request(Request):
    """A request whose fields are taken from its environ when they are asked for. The app gets a copy of that."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ
        self.method, self.scheme = environ["REQUEST_METHOD"], environ["wsgi.url_scheme"]
        self.host = environ.get("HTTP_HOST", "").lower()
        self.path = _text(environ.get("PATH_INFO", ""))
        self.query = environ.get("QUERY_STRING", "")
        self.root_path = _text(environ.get("SCRIPT_NAME", "")).rstrip("/")
        self._headers = self._fields = None
        self.client, self.facts = environ.get("REMOTE_ADDR", ""), NO_FACTS

    @property
    def headers(self) -> Headers:
        if self._headers is None:
            self._headers = tuple(
                [
                    (name, value)
                    for key, value in self._environ.items()
                    if (name := _NAMES[key]) and (value or key not in _FIELDS)
                ]
            )
        return self._headers

    def header(self, name: str) -> str | None:
        key = _KEYS[name]
        return (self._environ.get(key) or None) if key in _FIELDS else self._environ.get(key)

    def has_any(self, names: frozenset[str]) -> bool:
        return any(self.header(name) is not None for name in names)


class _Passed:
    """An answer that is expected to go by. One that does not goes on in a `_Relay`, with an exchange made then.

    Attributes:
        consent: the visitor's state when the request came.
        middleware: the one that the request passed.
    """

    __slots__ = (
        "_begun",
        "_environ",
        "_exchange",
        "_given",
        "_relay",
        "_server_start",
        "_write",
        "consent",
        "middleware",
    )

    def __init__(
        self, middleware: ConsentMiddleware, environ: WSGIEnvironment, start_response: StartResponse, consent: Consent
    ) -> None:
        self.middleware, self.consent = middleware, consent
        self._environ, self._server_start = environ, start_response
        self._write: Callable[[bytes], object] = lambda _: None  # the server's, once it has a head
        self._begun = False  # a head went by
        self._given = False  # and the first block of its body
        self._relay: _Relay | None = None
        self._exchange: Exchange | None = None

    def run(self) -> Iterable[bytes]:
        """Calls the app, and returns what the server is to iterate: the app's own iterable where that can be."""
        items: Iterable[bytes] = ()
        blocks: Iterator[bytes] | None = None
        try:
            items = self.middleware.app({**self._environ, EXCHANGE: self, CONSENT: self.consent}, self.start_response)
            if self._begun and self._relay is None:
                if _is_settled(items, self._environ.get("wsgi.file_wrapper")):
                    return items
                # The app may replace its head until its first block is out. So that is taken here, and the server
                # iterates what is left without us.
                blocks = iter(items)
                for first in blocks:
                    blocks = chain((first,), blocks)
                    if first and self._relay is None:
                        self._given = True
                        close = getattr(items, "close", None)
                        return blocks if close is None else _Rest(blocks, close)
                    break
        except BaseException:
            self._relayed().fail(items)
            raise
        return self._relayed().took(items, self._environ.get("wsgi.file_wrapper"), blocks)

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """What the app calls to give its head."""
        if self._given and exc_info and exc_info[1] is not None:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and not self._begun and self._relay is None and _goes_by(status, headers):
            self._begun = True
            self._write = write = self._server_start(status, headers)
            return write
        return self._relayed().start_response(status, headers, exc_info)

    def _relayed(self) -> _Relay:
        if self._relay is None:
            driver = self.middleware.driver
            self._relay = _Relay(driver, self.request, self.exchange, self._server_start)
            if self._begun:
                self._relay.begin(self._write)
        return self._relay

    @property
    def request(self) -> Request:
        """The request as it came."""
        return self.middleware.driver.seen(request_from(self._environ))

    @property
    def exchange(self) -> Exchange:
        """The exchange, which was not needed until now."""
        if self._exchange is None:
            self._exchange = self.middleware.driver.open(self.request)
        return self._exchange

    def __getattr__(self, name: str) -> Any:
        """What the exchange has, for who looks into it."""
        return getattr(self.exchange, name)


class _Rest:
    """The blocks of an app whose first one was taken, for the server to iterate, and to close as the app's own."""

    __slots__ = ("_blocks", "close")

    def __init__(self, blocks: Iterator[bytes], close: Callable[[], None]) -> None:
        self._blocks, self.close = blocks, close

    def __iter__(self) -> Iterator[bytes]:
        return self._blocks


class _Relay:
    """One answer of the app on its way: what the app calls on one side, what the server iterates on the other."""

    def __init__(self, driver: Driver, request: Request, exchange: Any, start_response: StartResponse) -> None:
        self._driver, self._request, self._exchange, self._server_start = driver, request, exchange, start_response
        self._head: tuple[str, list[tuple[str, str]]] | None = None  # the app's, until it is decided
        self._begun = False  # the server has a head
        self._sent = False  # and the app a right to no other
        self._server_write: Callable[[bytes], object] = lambda _: None  # the server's, once it has a head
        self._items: Iterable[bytes] = ()
        self._blocks_left: Iterator[bytes] | None = None  # the app's, where one of them has been looked at
        self._body: Iterator[bytes] = iter(())
        self._closed = False

    def run(self, middleware: ConsentMiddleware, environ: WSGIEnvironment) -> Iterable[bytes]:
        """Calls the app, and returns what the server is to iterate: its own iterable where nothing is rewritten."""
        exchange = self._exchange
        inner = _inner(environ, self._request, exchange.inner)
        if exchange.inner_needs_body:
            inner.pop("wsgi.file_wrapper", None)
        inner.update({EXCHANGE: exchange, CONSENT: exchange.consent, REQUEST: self._request, MIDDLEWARE: middleware})
        try:
            items = middleware.app(inner, self.start_response)
        except BaseException:
            self.close()
            raise
        return self.took(items, environ.get("wsgi.file_wrapper"))

    def begin(self, write: Callable[[bytes], object]) -> None:
        """Goes on with an answer of which the server has the head, and gave its `write` for it."""
        self._begun, self._server_write = True, write

    def fail(self, items: Iterable[bytes]) -> None:
        """Closes what an app gave before it failed."""
        self._items = items
        self.close()

    def took(self, items: Iterable[bytes], wrapper: object, blocks: Iterator[bytes] | None = None) -> Iterable[bytes]:
        """Takes what the app returned, and returns what the server is to iterate.

        Args:
            items: the app's.
            wrapper: the server's ``wsgi.file_wrapper``, if it has one.
            blocks: what iterates the items, if that has begun.
        """
        self._items, self._blocks_left = items, blocks
        try:
            if self._head is not None and not self._begun and _is_settled(self._items, wrapper):
                # Nothing of the app runs any more that could replace the head.
                status, headers = self._decide()
                whole = isinstance(self._items, list | tuple) and len(self._items) == 1
                if whole and not self._exchange.passthrough:
                    return self._all_at_once(status, headers, next(iter(self._items)))
                self._start(status, headers)
                # A server takes the length of a list of one for Content-Length. With HEAD it would be that of
                # bytes which GET would have rewritten (RFC 9110 §9.3.2).
                if self._exchange.passthrough and not (whole and self._request.method == "HEAD"):
                    self._driver.end(self._exchange)
                    return self._items
            elif self._head is not None:
                if not self._begun and (page := self._whole_page()) is not None:
                    status, headers = self._decide()
                    if not self._exchange.passthrough:
                        return self._all_at_once(status, headers, page)
                # Some servers (Granian) take the head as soon as the app has returned. One that comes later with
                # `exc_info` still replaces it.
                self._begin_once()
        except BaseException:
            self.close()
            raise
        self._body = self._blocks()
        return self

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """What the app calls to give its head; a second time only with `exc_info`."""
        try:
            if exc_info:
                if self._sent and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            elif self._head is not None or self._begun:
                raise UsageError("the app called start_response a second time without exc_info")
            self._head = (status, headers)
            if self._begun:  # an empty block was given on: the server has a head, but sent none
                self._start(*self._decide(), exc_info)
        finally:
            exc_info = None  # no circle through the traceback's frames
        return self.write

    def write(self, data: bytes, /) -> None:
        """What the app writes instead of returning: through the same rewriter, out by the server's `write`."""
        if self._closed:
            raise UsageError("the app wrote after its answer was closed")
        self._begin_once()
        self._sent = True
        for block in self._fed(data):
            if block:
                self._server_write(block)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._body)

    def close(self) -> None:
        """Closes the app's iterable, once, and the exchange."""
        if self._closed:
            return
        self._closed = True
        try:
            close = getattr(self._items, "close", None)
            if close is not None:
                close()
        finally:
            self._driver.end(self._exchange)

    def _blocks(self) -> Iterator[bytes]:
        for item in self._items if self._blocks_left is None else self._blocks_left:
            self._begin_once()
            if item:
                self._sent = True
            given = False
            for block in self._fed(item):
                if block:
                    given = True
                    yield block
            if not given:
                yield b""  # one for each of the app's, so that the server can do its part (R155)
        self._begin_once()
        if not self._exchange.passthrough and (rest := self._exchange.finish()):
            yield rest

    def _whole_page(self) -> bytes | None:
        """The one block of a page that frameworks give behind an iterator, by its length; None if there may be more.

        Such a page is taken from the app before this one returns: its length is known then, as without us. One that
        says no length is a stream.
        """
        fields = {name.lower(): value for name, value in self._head[1]} if self._head else {}
        length = fields.get("content-length", "")
        if not may_be_page(fields.get("content-type")) or length in {"", "0"} or self._request.method == "HEAD":
            return None
        blocks = iter(self._items)
        first = next(blocks, b"")
        self._blocks_left = chain((first,), blocks)
        return first if str(len(first)) == length else None

    def _fed(self, data: bytes) -> Iterator[bytes]:
        if self._exchange.passthrough:
            yield data
        else:
            for piece in slices(data):
                yield self._exchange.feed(piece)

    def _all_at_once(self, status: str, headers: Headers, data: bytes) -> Iterable[bytes]:
        """A whole body in one block: its length is known before its head leaves."""
        out = b"".join([*self._fed(data), self._exchange.finish()])
        self._start(status, replaced(headers, "Content-Length", str(len(out))))
        self.close()
        return [out]

    def _begin_once(self) -> None:
        if not self._begun:
            self._start(*self._decide())

    def _decide(self) -> tuple[str, Headers]:
        if self._head is None:
            raise UsageError("the app gave a body, or its end, before it called start_response")
        status, headers = self._head
        if not status[:3].isdecimal():
            raise UsageError(f"the app gave the status {status!r}; it begins with three digits, such as '200 OK'")
        code = int(status[:3])
        head = self._exchange.start(code, tuple(headers))
        return (status if head.status == code else phrase(head.status)), head.headers

    def _start(self, status: str, headers: Headers, exc_info: ExcInfo | None = None) -> None:
        self._begun = True
        error = () if exc_info is None else (exc_info,)  # some servers count the arguments
        self._server_write = self._server_start(status, list(headers), *error)


def _goes_by(status: str, headers: list[tuple[str, str]]) -> bool:
    """Whether an answer with this head goes on as it is, and no browser makes a document of it."""
    if not status[:3].isdecimal() or status.startswith("304"):
        return False
    count, fields = len(headers), dict(headers)
    content_type = _PLAIN[tuple(fields)]
    return content_type != "" and count == len(fields) and is_inert(fields[content_type])


def _content_type(names: tuple[str, ...]) -> str:
    """How Content-Type is spelt among these names; empty where it is missing, or a name asks for a closer look."""
    lower = [name.lower() for name in names]
    if len(set(lower)) != len(lower) or not CONCERNING.isdisjoint(lower) or "content-type" not in lower:
        return ""
    return names[lower.index("content-type")]


_PLAIN = Known[tuple[str, ...], str](_content_type)


def _respond(reply: Response, start_response: StartResponse) -> list[bytes]:
    start_response(phrase(reply.status), list(reply.headers))
    return [reply.body]


def _read(environ: WSGIEnvironment, limit: int) -> bytes | None:
    """The request's body, at most one byte more than the limit; None if it ended early."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        announced = int(length) if len(length) < 19 else limit + 1
        wanted = min(announced, limit + 1)
    elif environ.get("wsgi.input_terminated"):
        announced, wanted = 0, limit + 1
    else:
        return b""  # PEP 3333: without a length nothing may be read
    body = bytearray()
    while len(body) < wanted and (part := environ["wsgi.input"].read(wanted - len(body))):
        body += part
    return None if len(body) < min(announced, limit + 1) else bytes(body)


def _inner(environ: WSGIEnvironment, before: Request, after: Request) -> WSGIEnvironment:
    """A copy with the header fields that the exchange changed."""
    inner = dict(environ)
    if before is after:
        return inner
    for name, _ in before.headers:
        inner.pop(_KEYS[name], None)
    for name, value in after.headers:
        key = _KEYS[name]
        joint = "; " if key == "HTTP_COOKIE" else ", "
        inner[key] = f"{inner[key]}{joint}{value}" if key in inner else value
    return inner


_FIELDS = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})  # the two that PEP 3333 names without HTTP_; empty is absent


def _name(key: str) -> str:
    """The name of the header field that a key holds, lower case; empty for a key that holds none."""
    if key.startswith("HTTP_"):
        key = key.removeprefix("HTTP_")
        return "" if key in _FIELDS else key.replace("_", "-").lower()
    return key.replace("_", "-").lower() if key in _FIELDS else ""


def _key(name: str) -> str:
    """The key that holds the header field of this name."""
    key = name.upper().replace("-", "_")
    return key if key in _FIELDS else f"HTTP_{key}"


_NAMES, _KEYS = Known[str, str](_name), Known[str, str](_key)
_TAGGED = frozenset(_key(name) for name in TAGGED)


def _text(value: str) -> str:
    return value if value.isascii() else value.encode("latin-1", "replace").decode("utf-8", "replace")


def _is_settled(items: object, wrapper: object) -> bool:
    """Whether iterating runs no code of the app: a list, or the server's own wrapper around a file."""
    return isinstance(items, list | tuple) or (isinstance(wrapper, type) and isinstance(items, wrapper))
