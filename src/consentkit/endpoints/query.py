"""One rule: of a request's query string only a bounded part is read, and bad input reads as nothing."""

from __future__ import annotations

from urllib.parse import parse_qs

from consentkit.http import Request

MAX_QUERY = 8_192  # bytes of a query string that are read: our longest, a mail's link, has about 2,500
MAX_FIELDS = 16  # fields of one; no address of ours takes more than four


def fields(request: Request) -> dict[str, list[str]]:
    """Every parameter with its values; none where there are too many to be ours."""
    # Latin-1 text holds any bytes that a server lets through; parse_qs replaces what is no UTF-8.
    try:
        return parse_qs(request.query[:MAX_QUERY], max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}


def single(request: Request, name: str) -> str | None:
    """The value of a parameter that is there exactly once, None otherwise: of two nobody knows which was meant."""
    values = fields(request).get(name, ())
    return values[0] if len(values) == 1 else None
