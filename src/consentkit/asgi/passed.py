"""An answer that goes by at a glance (`consentkit.passing`), as long as it is one."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from consentkit.asgi.messages import Message, Scope, Send
from consentkit.asgi.relay import Relay
from consentkit.asgi.request import request_from
from consentkit.consent.state import Consent
from consentkit.exchange import is_inert
from consentkit.headers.treatment import NOT_MODIFIED
from consentkit.http import Request
from consentkit.kit import Exchange
from consentkit.known import Known
from consentkit.passing import content_type_at

if TYPE_CHECKING:
    from consentkit.asgi.middleware import ConsentMiddleware


class Passed:
    """An answer that is expected to go by. One that does not goes on in a `Relay`, with an exchange made then.

    Attributes:
        consent: the visitor's state when the request came.
        middleware: the one that the request passed.
        relay: where the answer goes on; None as long as nothing of it concerns us.
        made: the exchange, if it was made.
    """

    __slots__ = ("_begun", "_fields", "_scope", "_send", "consent", "made", "middleware", "relay")

    def __init__(
        self, middleware: ConsentMiddleware, scope: Scope, fields: tuple[Any, ...], send: Send, consent: Consent
    ) -> None:
        self.middleware, self.consent, self._scope, self._send = middleware, consent, scope, send
        self._fields = fields  # as they came: the list of them is the app's to change
        self._begun = False
        self.relay: Relay | None = None
        self.made: Exchange | None = None

    def send(self, message: Message) -> Awaitable[None]:
        """Takes one message of the app. What goes by is the server's to judge and to await."""
        if self._begun:
            if message["type"] == "http.response.body":
                return self._send(message)
        elif message["type"] == "http.response.start" and self.relay is None:
            headers = message.get("headers")
            if (
                isinstance(headers, list)
                and (place := _CONTENT_TYPE_AT[tuple([name for name, _ in headers])]) is not None
                and _INERT[headers[place][1]]
                and message["status"] != NOT_MODIFIED
            ):
                self._begun = True
                return self._send(message)
        return self._relayed(message)

    def _relayed(self, message: Message) -> Awaitable[None]:
        if self.relay is None:
            self.relay = Relay(self.exchange, self._send, begun=self._begun)
            self._begun = False
        return self.relay.send(message)

    @property
    def request(self) -> Request:
        """The request as it came."""
        return self.middleware.driver.seen(request_from({**self._scope, "headers": self._fields}))

    @property
    def exchange(self) -> Exchange:
        """The exchange, which was not needed until now."""
        if self.made is None:
            self.made = self.middleware.driver.open(self.request)
        return self.made

    def __getattr__(self, name: str) -> Any:
        """What the exchange has, for who looks into it."""
        return getattr(self.exchange, name)


def _content_type_at(names: tuple[bytes, ...]) -> int | None:
    """As `content_type_at`; None also where names are not as servers want them."""
    return content_type_at([name.decode("latin-1") for name in names]) if b"".join(names).islower() else None


_CONTENT_TYPE_AT = Known[tuple[bytes, ...], int | None](_content_type_at)
_INERT = Known[bytes, bool](lambda content_type: is_inert(content_type.decode("latin-1")))
