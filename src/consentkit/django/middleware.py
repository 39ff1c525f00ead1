"""`ConsentMiddleware`: translates between Django and an exchange, sync and async, and does nothing else.

It answers its own endpoints before any view or CSRF check (they have a check of their own, which also works
for visitors without cookies). Everything that writes pages or sets cookies belongs inside of it, what
compresses outside; `consentkit.django.checks` tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language_from_request

from consentkit import asgi, wsgi
from consentkit.bodies import SLICE, slices
from consentkit.consent.state import Consent
from consentkit.django.conf import bases, driver
from consentkit.django.requests import ASKED, EXCHANGE, REQUEST, consent_from
from consentkit.django.translate import head_of, narrow, request_from, write_head
from consentkit.driver import Driver, cut_short
from consentkit.headers.caching import PER_VISITOR_VARY
from consentkit.http import Head, Request, Response, replaced
from consentkit.kit import Exchange
from consentkit.records.store import Store, is_async, perform, perform_async

GetResponse = Callable[[HttpRequest], Any]
LOCALE = "django.middleware.locale.LocaleMiddleware"


class ConsentMiddleware:
    """Puts consentkit in front of a Django site; see `consentkit.django.conf` for the setting.

    Args:
        get_response: what is inside of it, plain or awaited.

    Raises:
        ImproperlyConfigured: if the setting `CONSENTKIT` cannot be used.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._async = iscoroutinefunction(get_response)
        self._translated = any(LOCALE in bases(path) for path in settings.MIDDLEWARE)
        if self._async:
            markcoroutinefunction(self)
        driver()  # what is wrong with it is said when the server starts

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Serves one request."""
        if self._async:
            return self._awaited(request)
        used, head, exchange = _opened(request, self._translated)
        done = False
        try:
            if exchange.body_limit is not None:
                body = _read(request, exchange.body_limit)
                if body is None:
                    return _respond(cut_short())
                exchange.receive(body)
                results = perform(_plain(used), exchange.effects)
                return _respond(used.resolve(exchange, results))
            widen = _narrowed(request, head, exchange)
            response: HttpResponseBase = self.get_response(request)
            widen()
            if _begun(request, response, exchange):
                done = _streamed(response, used, exchange)
                if not done:
                    _replace(response, exchange.whole(response.content))
            return response
        finally:
            if not done:
                used.end(exchange)

    async def _awaited(self, request: HttpRequest) -> HttpResponseBase:
        used, head, exchange = _opened(request, self._translated)
        done = False
        try:
            if exchange.body_limit is not None:
                body = _read(request, exchange.body_limit)  # the handler has read it already
                if body is None:
                    return _respond(cut_short())
                exchange.receive(body)
                if is_async(used.store):
                    results = await perform_async(used.store, exchange.effects)
                else:
                    # In the thread in which Django keeps this request's database connections.
                    results = await sync_to_async(perform)(cast("Store", used.store), exchange.effects)
                return _respond(used.resolve(exchange, results))
            widen = _narrowed(request, head, exchange)
            response: HttpResponseBase = await self.get_response(request)
            widen()
            if _begun(request, response, exchange):
                done = _streamed(response, used, exchange)
                if not done and len(response.content) <= SLICE:
                    _replace(response, exchange.whole(response.content))
                elif not done:
                    out = []
                    for block in _fed(exchange, response.content):
                        out.append(block)
                        await asyncio.sleep(0)  # others have their turn between slices
                    _replace(response, b"".join([*out, exchange.finish()]))
            return response
        finally:
            if not done:
                used.end(exchange)


class _Stream:
    """A page in pieces: each leaves before the next is asked for. `close` ends the exchange, once."""

    def __init__(self, used: Driver, exchange: Exchange) -> None:
        self._used, self._exchange = used, exchange

    def close(self) -> None:
        """Called by the response's own `close`, also when the visitor has gone."""
        self._used.end(self._exchange)


class _Blocks(_Stream):
    """Of an iterator."""

    def __init__(self, items: Iterator[bytes], used: Driver, exchange: Exchange) -> None:
        super().__init__(used, exchange)
        self._blocks = self._rewritten(items)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._blocks)

    def _rewritten(self, items: Iterator[bytes]) -> Iterator[bytes]:
        for item in items:
            for block in _fed(self._exchange, item):
                if block:
                    yield block
        if last := self._exchange.finish():
            yield last
        self.close()


class _AsyncBlocks(_Stream):
    """Of an asynchronous iterator: no thread is used."""

    def __init__(self, items: AsyncIterator[bytes], used: Driver, exchange: Exchange) -> None:
        super().__init__(used, exchange)
        self._blocks = self._rewritten(items)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._blocks)

    async def _rewritten(self, items: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for item in items:
            for number, block in enumerate(_fed(self._exchange, item)):
                if number:
                    await asyncio.sleep(0)
                if block:
                    yield block
        if last := self._exchange.finish():
            yield last
        self.close()


def _opened(request: HttpRequest, translated: bool) -> tuple[Driver, Request, Exchange]:
    """The exchange of a request, and what views find of it.

    Where Django chooses a language for each visitor (a cookie, its `LANGUAGES`), its choice is what the visitor wants.
    """
    scope = getattr(request, "scope", {})
    if hasattr(request, EXCHANGE) or wsgi.EXCHANGE in request.META or asgi.EXCHANGE in scope:
        raise ImproperlyConfigured(
            "this request passes consentkit twice: keep consentkit.django.middleware.ConsentMiddleware once in "
            "MIDDLEWARE, and do not wrap the application in consentkit.wsgi or consentkit.asgi besides"
        )
    used = driver()
    head = used.seen(request_from(request))
    if translated:
        language = get_language_from_request(request)
        head = head.replaced(headers=replaced(head.headers, "accept-language", language))
    exchange = used.open(head)
    setattr(request, EXCHANGE, exchange)
    setattr(request, REQUEST, head)
    # Lazy, because a page that asked is never put into a cache inside of us: see `consent_from`.
    request.consent = cast("Consent", SimpleLazyObject(lambda: consent_from(request)))
    return used, head, exchange


def _narrowed(request: HttpRequest, head: Request, exchange: Exchange) -> Callable[[], None]:
    """Gives the request the fields that the app shall see, and what gives back those that others decide by."""
    if exchange.inner is head:
        return _nothing
    return narrow(request, head.headers, exchange.inner.headers)


def _nothing() -> None:
    """What has to be given back where nothing was taken."""


def _begun(request: HttpRequest, response: HttpResponseBase, exchange: Exchange) -> bool:
    """Gives the answer its head, and says whether its body is to be rewritten."""
    if getattr(request, ASKED, False):  # not only pages: a view that answers in JSON, too
        patch_vary_headers(response, PER_VISITOR_VARY)
    given = head_of(response)
    head = exchange.start(given.status, given.headers)
    if head.headers is not given.headers or head.status != given.status:
        write_head(response, head)
    return not exchange.passthrough


def _streamed(response: HttpResponseBase, used: Driver, exchange: Exchange) -> bool:
    """Puts the rewriting into a stream; False if the answer is whole."""
    if not response.streaming:
        return False
    blocks = _AsyncBlocks if response.is_async else _Blocks
    response.streaming_content = blocks(response.streaming_content, used, exchange)
    return True


def _fed(exchange: Exchange, data: bytes) -> Iterator[bytes]:
    for piece in slices(data):
        yield exchange.feed(piece)


def _replace(response: HttpResponseBase, body: bytes) -> None:
    response.content = body
    response.headers["Content-Length"] = str(len(body))


def _respond(reply: Response) -> HttpResponse:
    response = HttpResponse(reply.body, status=reply.status)
    write_head(response, Head(reply.status, reply.headers))
    return response


def _read(request: HttpRequest, limit: int) -> bytes | None:
    """The request's body, at most one byte more than the limit; None if it ended early.

    Read here and not by `request.body`, so that Django's own limit and a page of its own do not come first.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    announced = int(length) if length.isascii() and length.isdigit() and len(length) < 19 else limit + 1
    chunked = hasattr(request, "scope")  # ASGI: the handler has the whole body, with and without a length
    wanted = limit + 1 if chunked else min(announced, limit + 1)
    body = bytearray()
    try:
        while len(body) < wanted and (part := request.read(wanted - len(body))):
            body += part
    except UnreadablePostError:  # the visitor has gone, or the server lost patience
        return None
    return None if len(body) < min(announced, limit + 1) else bytes(body)


def _plain(used: Driver) -> Store:
    if is_async(used.store):
        raise ImproperlyConfigured(
            "this store is awaited, which Django under WSGI cannot do; give a plain one, or serve the site by ASGI"
        )
    return cast("Store", used.store)
