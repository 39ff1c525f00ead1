"""An answer that goes by at a glance (`consentkit.passing`), as long as it is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from consentkit.consent.state import Consent
from consentkit.exchange import Exchange, is_inert
from consentkit.http import Request
from consentkit.known import Known
from consentkit.passing import content_type_at
from consentkit.wsgi.names import CONSENT, EXCHANGE, ExcInfo
from consentkit.wsgi.relay import Relay, is_settled
from consentkit.wsgi.request import request_from

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from consentkit.wsgi.middleware import ConsentMiddleware


class Passed:
    """An answer that is expected to go by. One that does not goes on in a `Relay`, with an exchange made then.

    Attributes:
        consent: the visitor's state when the request came.
        middleware: the one that the request passed.
    """

    _write: Callable[[bytes], object]  # the server's, once it has a head

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
        self._begun = False  # a head went by
        self._given = False  # and the first block of its body
        self._relay: Relay | None = None
        self._exchange: Exchange | None = None

    def run(self) -> Iterable[bytes]:
        """Calls the app, and returns what the server is to iterate: the app's own iterable where that can be."""
        items: Iterable[bytes] = ()
        blocks: Iterator[bytes] | None = None
        try:
            inner = self._environ.copy()
            inner[EXCHANGE], inner[CONSENT] = self, self.consent
            items = self.middleware.app(inner, self.start_response)
            if self._begun and self._relay is None:
                if is_settled(items, self._environ.get("wsgi.file_wrapper")):
                    return items
                # The app may replace its head until its first block is out. So that is taken here, and the server
                # iterates what is left without us.
                blocks = iter(items)
                for first in blocks:
                    blocks = chain((first,), blocks)
                    if first and self._relay is None:
                        self._given = True
                        close = getattr(items, "close", None)
                        return blocks if close is None else Rest(blocks, close)
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
        if (
            exc_info is None
            and not self._begun
            and self._relay is None
            # What is no list can be read once, or is not what servers take.
            and type(headers) is list
            and _GOES_BY[status]
            and (place := _CONTENT_TYPE_AT[tuple([name for name, _ in headers])]) is not None
            and is_inert(headers[place][1])
        ):
            self._begun = True
            self._write = write = self._server_start(status, headers)
            return write
        return self._relayed().start_response(status, headers, exc_info)

    def _relayed(self) -> Relay:
        if self._relay is None:
            driver = self.middleware.driver
            self._relay = Relay(driver, self.request, self.exchange, self._server_start)
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


class Rest:
    """The blocks of an app whose first one was taken, for the server to iterate, and to close as the app's own."""

    __slots__ = ("_blocks", "close")

    def __init__(self, blocks: Iterator[bytes], close: Callable[[], None]) -> None:
        self._blocks, self.close = blocks, close

    def __iter__(self) -> Iterator[bytes]:
        return self._blocks


_GOES_BY = Known[str, bool](lambda status: status[:3].isdecimal() and not status.startswith("304"))
_CONTENT_TYPE_AT = Known[tuple[str, ...], int | None](content_type_at)
