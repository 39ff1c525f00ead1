"""Where adapters find what is ours in an environ, and the keys under which header fields stand there."""

from __future__ import annotations

from types import TracebackType

from consentkit.known import Known

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

# Where the adapters find the exchange, the visitor's consent and the middleware.
EXCHANGE = "consentkit.exchange"
CONSENT = "consentkit.consent"
REQUEST = "consentkit.request"
MIDDLEWARE = "consentkit.middleware"

FIELDS = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})  # the two that PEP 3333 names without HTTP_; empty is absent


def name_of(key: str) -> str:
    """The name of the header field that a key holds, lower case; empty for a key that holds none."""
    if key.startswith("HTTP_"):
        key = key.removeprefix("HTTP_")
        return "" if key in FIELDS else key.replace("_", "-").lower()
    return key.replace("_", "-").lower() if key in FIELDS else ""


def key_of(name: str) -> str:
    """The key that holds the header field of this name."""
    key = name.upper().replace("-", "_")
    return key if key in FIELDS else f"HTTP_{key}"


NAMES, KEYS = Known[str, str](name_of), Known[str, str](key_of)
