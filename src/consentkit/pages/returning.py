r"""One rule: a decision leads back to a path of the same origin, or nowhere.

A return path comes from a form field or a query, so anybody may have written it. What browsers read
as another origin (`//host`, `/\host`, `https:`, tabs and line ends between) is refused, and so is what
a server in between could make of it (dot segments, doubled slashes at the start, control characters).
"""

from __future__ import annotations

import re

MAX_RETURN = 4_096  # characters: longer request lines are refused by common servers

# Printable ASCII without space; a path begins with one slash that no slash, backslash or escape of them follows.
_SAFE = re.compile(r"/(?![/\\]|%2f|%5c)[!-~]*", re.IGNORECASE)
_DOTS = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


def safe_return(path: str) -> str | None:
    """The path with its query if it can be redirected to, else None."""
    if len(path) > MAX_RETURN or not _SAFE.fullmatch(path):
        return None
    before_query = re.split(r"[?#]", path, maxsplit=1)[0]
    if "\\" in before_query or any(_DOTS.fullmatch(segment) for segment in before_query.split("/")):
        return None
    return path
