"""What a site's developer is shown at ``<prefix>/development``, with `insecure_dev` and never otherwise.

Everything that the log tells once stands there with how often it was seen: cookies that were changed, held back or are
declared nowhere, hosts that pages would contact, each with the lines of the policy file that declare it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from consentkit.notices import Notice

MAX_KEPT = 500  # notices told apart: a developer reads some dozens, and pages can name any number of hosts

# The kinds of notices in the order in which they are shown, and what is seen in each.
KINDS = {
    "unknown-host": "Hosts that pages would contact and nobody declared",
    "unknown-service": "Services whose code stands in pages and nobody declared",
    "violation": "Hosts that scripts tried to contact and the Content-Security-Policy stopped",
    "undeclared-cookie": "Cookies that the app sets and the policy does not declare",
    "cookie-blocked": "Cookies that the app set without consent: they were not sent",
    "cookie-hardened": "Cookies that were given attributes they lacked",
    "cookie-refused": "Cookies that browsers do not keep",
    "unreadable": "Pages that could not be read",
    "strict-dynamic": "Policies of the app that hosts cannot restrict",
}
OTHERS = "Further notices"


@dataclass(slots=True)
class Noted:
    """One notice.

    Attributes:
        notice: as it came first.
        count: how often it came.
    """

    notice: Notice
    count: int = 0


class Journal:
    """The notices of one process. Threads may share it: a count can be lost when two change it at once, no matter."""

    def __init__(self) -> None:
        self._noted = dict[tuple[str, str], Noted]()

    def add(self, notices: Iterable[Notice]) -> None:
        """Counts them; beyond `MAX_KEPT` different ones further ones are let go."""
        for notice in notices:
            key = (notice.kind, notice.subject)
            if key in self._noted or len(self._noted) < MAX_KEPT:
                self._noted.setdefault(key, Noted(notice)).count += 1

    def sections(self) -> list[tuple[str, list[Noted]]]:
        """What is noted under the heading of its kind, in the order of `KINDS`, by subject."""
        noted = list(self._noted.values())  # at once: others may be adding
        noted.sort(key=lambda each: each.notice.subject)
        kinds = {**KINDS, "": OTHERS}
        found = {kind: list[Noted]() for kind in kinds}
        for each in noted:
            found[each.notice.kind if each.notice.kind in kinds else ""].append(each)
        return [(kinds[kind], entries) for kind, entries in found.items() if entries]
