"""One answer of the app on its way through an exchange (PEP 3333, R153-R158).

- `start_response` is held until the app's first block, `write` or end, because the app may replace the head
  until then. What it gives is given on as early: at least one block for each of its blocks.
- ``write()`` passes the same rewriter; the server's ``write()`` is used for it alone.
- The app's iterable is closed exactly once, whatever happens.
- A body that is not rewritten keeps the server's shortcut: a list or ``wsgi.file_wrapper`` goes on as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from consentkit.bodies import slices
from consentkit.driver import Driver, phrase
from consentkit.errors import UsageError
from consentkit.headers.treatment import may_be_page
from consentkit.http import Headers, Request, replaced
from consentkit.wsgi.names import CONSENT, EXCHANGE, MIDDLEWARE, REQUEST, ExcInfo
from consentkit.wsgi.request import inner_environ

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from consentkit.wsgi.middleware import ConsentMiddleware


_LISTS = (list, tuple)  # a union of them would be made anew for every answer


class Relay:
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
        inner = inner_environ(environ, self._request, exchange.inner)
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
            if self._head is not None and not self._begun and is_settled(self._items, wrapper):
                # Nothing of the app runs any more that could replace the head.
                status, headers = self._decide()
                whole = isinstance(self._items, _LISTS) and len(self._items) == 1
                if whole and not self._exchange.passthrough:
                    out = self._all_at_once(status, headers, next(iter(self._items)))
                    self.close()
                    return [out]
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
                        self._body = self._and_the_rest(self._all_at_once(status, headers, page))
                        return self
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

    def _all_at_once(self, status: str, headers: Headers, data: bytes) -> bytes:
        """A whole body in one block: its length is known before its head leaves."""
        out: bytes = self._exchange.whole(data)
        self._start(status, replaced(headers, "Content-Length", str(len(out))))
        return out

    def _and_the_rest(self, out: bytes) -> Iterator[bytes]:
        """What the app does behind its last block it does all the same; what it gives there is beyond its length."""
        self._sent = True
        yield out
        for _ in islice(self._blocks_left or (), 1, None):  # the first one is in what has left
            yield b""

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


def is_settled(items: object, wrapper: object) -> bool:
    """Whether iterating runs no code of the app: a list, or the server's own wrapper around a file."""
    return isinstance(items, _LISTS) or (isinstance(wrapper, type) and isinstance(items, wrapper))
