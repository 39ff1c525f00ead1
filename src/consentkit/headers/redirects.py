"""One rule: which redirects a browser follows by itself, for a page that is there already.

What a page loads from the site may lead on to somebody else. The Content-Security-Policy stops that where it counts,
but it has no list of what is denied, and it can be off. Where a visitor goes, with a link, a form or a download, a
redirect is what was asked for, and pages of other sites are not ours to judge.
"""

from __future__ import annotations

from typing import Final

from consentkit.http import Request, list_items

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})  # statuses with which `Location` counts (Fetch §2.2.3)
DOWNLOAD: Final = ("empty", "navigate")  # destination and mode of a link's with `download`


def is_followed(request: Request) -> bool:
    """Whether a redirect leads the browser on for a part of a page of the site; not where it does not say."""
    destination, mode, site = (
        next(list_items((request.header(f"sec-fetch-{name}") or "").lower()), "") for name in ("dest", "mode", "site")
    )
    return bool(destination) and destination != "document" and (destination, mode) != DOWNLOAD and site != "cross-site"
