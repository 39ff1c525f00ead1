"""The words of ASGI: what servers and apps exchange, and where adapters find what is ours in a scope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

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

# What lets a server send a file by itself: nothing could be rewritten in it.
SHORTCUTS = frozenset({"http.response.pathsend", "http.response.zerocopysend"})
