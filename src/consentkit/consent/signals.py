"""What browsers say of their visitor's wishes without being asked (R40-R43)."""

from __future__ import annotations

from consentkit.http import Headers, header_values


def sends_dnt(headers: Headers) -> bool:
    """Whether the request carries a Do Not Track field (`1` in any of several). Whether it counts, the policy says."""
    return any(item.strip(" \t") == "1" for value in header_values(headers, "dnt") for item in value.split(","))


def gpc(headers: Headers) -> bool:
    """Whether the request carries a Global Privacy Control signal.

    True if any `Sec-GPC` value is exactly `1`: every other value is no signal, and of several fields one
    that is exactly `1` counts. WSGI joins repeated fields with commas, so each is cut at commas. The
    fields of a request's trailers are not among `headers`, as they must not be.

    The signal only ever denies: it is not a decision, grants nothing and is not stored (R41, R43).
    """
    return any(item.strip(" \t") == "1" for value in header_values(headers, "sec-gpc") for item in value.split(","))
