"""Header fields between the bytes of ASGI and the text of the core (R160)."""

from __future__ import annotations

from collections.abc import Iterable

from consentkit.http import Headers
from consentkit.known import Known


def is_in_order(headers: object) -> bool:
    """Whether these are header fields as servers want them: a list, its names in lower case (R160)."""
    return isinstance(headers, list) and b"".join([name for name, _ in headers]).islower()


TEXT = Known[bytes, str](lambda name: name.decode("latin-1").lower())
BYTES = Known[str, bytes](lambda name: name.lower().encode("latin-1"))
SETS = Known[frozenset[str], frozenset[bytes]](lambda names: frozenset(BYTES[name] for name in names))


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The fields as text, their names in lower case."""
    return tuple([(TEXT[name], value.decode("latin-1")) for name, value in headers])


def encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The fields as ASGI has them."""
    return [(BYTES[name], value.encode("latin-1")) for name, value in headers]
