"""One rule: of what is forwarded only what the owner's proxies added is believed."""

from __future__ import annotations

import re

from consentkit.errors import UsageError
from consentkit.http import Request

_HOST = re.compile(r"(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def behind_proxies(request: Request, hops: int) -> Request:
    """The request with the scheme, host and client that the outermost trusted proxy saw.

    Each proxy adds what it saw at the end of the field, so of `hops` values the first one counts; what stands before
    them came from somebody who is not trusted. A field with fewer values, or with what is no scheme or host, is left.

    Args:
        request: as it reached this server.
        hops: how many proxies are trusted.
    """
    scheme = _forwarded(request, "x-forwarded-proto", hops)
    host = _forwarded(request, "x-forwarded-host", hops)
    client = _forwarded(request, "x-forwarded-for", hops)
    return request.replaced(
        client=client or request.client,
        scheme=scheme if scheme in {"http", "https"} else request.scheme,
        host=host if _HOST.fullmatch(host) else request.host,
    )


def hops_of(value: object) -> int:
    """How many proxies are trusted.

    Raises:
        UsageError: for what is no such number.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(f"`trusted_proxies` is the number of proxies before this server, 0 or more, not {value!r}")
    return value


def _forwarded(request: Request, name: str, hops: int) -> str:
    values = [value.strip(" \t").lower() for value in (request.header(name) or "").split(",")]
    return values[-hops] if len(values) >= hops else ""
