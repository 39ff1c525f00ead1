"""The report of `consentkit rewrite`: what was blocked where, and how much of it by which service and host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from consentkit.html.decision import Blocked

UNDECLARED = "unknown"  # stands for a service where none is declared; no service can have this id
NO_HOST = ""  # where only code gave a service away


def report(blocked: Sequence[Blocked], *, url: str, granted: Sequence[str], version: str | None) -> dict[str, Any]:
    """The report as plain data.

    Args:
        blocked: what the rewriter blocked, in the order of the page.
        url: the page's.
        granted: what was granted, as the caller named it.
        version: of the policy; None if the whole catalogue was applied.
    """
    return {
        "url": url,
        "policy": version,
        "granted": list(granted),
        "totals": {
            "blocked": len(blocked),
            "by_service": _counts(item.block.service or UNDECLARED for item in blocked),
            "by_host": _counts(item.block.host for item in blocked if item.block.host != NO_HOST),
            "by_kind": _counts(item.kind.value for item in blocked),
        },
        "blocked": [
            {
                "offset": item.offset,
                "element": item.element,
                "attribute": item.attribute,
                "kind": item.kind.value,
                "url": item.url,
                "host": item.block.host,
                "service": item.block.service or None,
                "purposes": list(item.block.purposes),
            }
            for item in blocked
        ],
    }


def _counts(names: Any) -> dict[str, int]:
    """How often each occurs, the most frequent first, equal ones by name."""
    return dict(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))
