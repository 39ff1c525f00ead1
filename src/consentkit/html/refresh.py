"""One rule: a refresh names the URL that a browser would go to (HTML Standard, shared declarative refresh steps)."""

from __future__ import annotations

import re
from typing import Final

_REFRESH: Final = re.compile(
    r"[\t\n\f\r ]*(?:[0-9]+|(?=\.))[0-9.]*[\t\n\f\r ]*[;,]?[\t\n\f\r ]*"
    r"(?:[uU][rR][lL][\t\n\f\r ]*=[\t\n\f\r ]*)?(?:\"([^\"]*)|'([^']*)|([\s\S]*))"
)


def refresh_url(value: str) -> str | None:
    """The URL of a ``Refresh`` header or ``meta`` element; None if it only reloads or does nothing."""
    match = _REFRESH.match(value)
    if match is None:
        return None
    url = match[1] or match[2] or match[3] or ""
    return url.strip("\t\n\f\r ") or None
