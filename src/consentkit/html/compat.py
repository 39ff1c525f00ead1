"""One rule: marks that pages carry for other consent tools are understood, where the policy says so.

Such a tool wants its elements inert from the start: ``type="text/plain"`` on a script, the URL in an attribute of
the tool's own. So consentkit has to do both: bring to life what the visitor allowed, and give what is not allowed
the form that its own script undoes (`inert`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: Types by which tools keep a script from running.
INERT_TYPES: Final = frozenset({"text/plain", "opt-in", "text/x-cookie-consent"})


@dataclass(frozen=True, slots=True)
class Tool:
    """How one tool marks elements.

    Attributes:
        purpose: the attribute that names the purpose, or ``""``.
        service: the attribute that names the service, or ``""``.
        words: finds the mark in the ``class`` attribute: group 1, if any, is the purpose.
        moved: where the tool keeps what is the real attribute's.
    """

    purpose: str = ""
    service: str = ""
    words: re.Pattern[str] | None = None
    moved: tuple[tuple[str, str], ...] = ()


#: The names that a policy's ``compat`` list may hold.
TOOLS: Final[dict[str, Tool]] = {
    "plain": Tool(purpose="data-category", service="data-service", moved=(("data-src", "src"),)),
    "cookiebot": Tool(purpose="data-cookieconsent", moved=(("data-cookieblock-src", "src"),)),
    "klaro": Tool(
        purpose="data-purpose",
        service="data-name",
        moved=(("data-src", "src"), ("data-href", "href"), ("data-type", "type")),
    ),
    "iubenda": Tool(
        purpose="data-iub-purposes",
        words=re.compile(r"(?:^|\s)_iub_cs_activate(?:-inline|-google-ads)?(?=\s|\Z)"),
        moved=(("data-suppressedsrc", "src"), ("suppressedsrc", "src")),
    ),
    "complianz": Tool(
        purpose="data-category",
        service="data-service",
        words=re.compile(r"(?:^|\s)cmplz-(functional|preferences|statistics|marketing|script|native)(?=\s|\Z)"),
        moved=(("data-cmplz-src", "src"), ("data-src-cmplz", "src"), ("data-cmplz-srcset", "srcset")),
    ),
    "orejime": Tool(purpose="data-purpose", service="data-name", moved=(("data-src", "src"), ("data-type", "type"))),
}


def attributes(names: frozenset[str]) -> frozenset[str]:
    """Every attribute by which an element with a mark of these tools is noticed."""
    found = set()
    for name in names:
        tool = TOOLS[name]
        found |= {tool.purpose, tool.service, *(where for where, _ in tool.moved)}
    return frozenset(found - {""})
