"""One rule: what mail may fetch or follow depends on the site's own policy and on nothing that a mail says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from consentkit.email.senders import Senders, compile_senders, senders, table
from consentkit.html.decision import Kind
from consentkit.html.urls import Url, matches_host
from consentkit.policy.models import Policy

#: Of our own endpoints (`consentkit.endpoints.table`): the counting picture, and the link that counts.
PIXEL_PATH: Final = "/mail/open"
LINK_PATH: Final = "/mail/go"
#: The parameter of the counting link that holds its target.
LINK_TARGET: Final = "u"

#: The longest query that is looked into.
MAX_QUERY: Final = 4_096

#: What a whole campaign has in common: kept where the policy declares totals (`email.tracking = "aggregate"`).
SHARED: Final = frozenset({"utm_source", "utm_medium", "utm_campaign"})

#: Kinds that show a reader nothing: from elsewhere they only report.
_UNSEEN: Final = frozenset({
    Kind.SCRIPT, Kind.STYLE, Kind.FONT, Kind.FRAME, Kind.OBJECT, Kind.MANIFEST, Kind.PRELOAD, Kind.HINT, Kind.PING,
    Kind.NAVIGATION, Kind.OTHER,
})  # fmt: skip

#: A value that names one reader: an address, or twelve characters and more of letters and digits mixed.
_INDIVIDUAL: Final = re.compile(
    r"[?&;][^=&]*=(?:[^&]*(?:@|%40)|(?=[^&]*[0-9])(?=[^&]*[A-Za-z])[A-Za-z0-9_~.%-]{12,}(?=&|\Z)|[0-9]{9,}(?=&|\Z))"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a site's mail is judged by.

    Attributes:
        senders: the table, with the site's own endpoints in it.
        sites: the hosts that are the site.
        keep: lower-case parameters that stay.
    """

    senders: Senders
    sites: tuple[str, ...] = ()
    keep: frozenset[str] = frozenset()

    def reports(self, url: Url, kind: Kind, *, invisible: bool = False, css: bool = False) -> str | None:
        """Why a fetch only reports: the sender's id, or ``""`` where its form gives it away; None: it is the reader's.

        Args:
            url: what would be fetched.
            kind: what for.
            invisible: nobody would see it.
            css: it stands in a style sheet.
        """
        if url.scheme not in {"http", "https"} or not url.host or url.host.endswith(".invalid"):
            return None
        sender = self.senders.open.match(url)
        if sender is not None:
            return sender
        if invisible and kind in {Kind.IMAGE, Kind.MEDIA}:
            return ""
        told = _tells(url.query) if url.query else False
        if kind in _UNSEEN:
            return None if self.own(url) and not told else ""
        return "" if css and told else None

    def own(self, url: Url) -> bool:
        """Whether the site itself is asked."""
        return any(matches_host(url.host, site) for site in self.sites)


def _tells(query: str) -> bool:
    """Whether a query names one reader; of one that no program would make for all, it is taken for granted."""
    return len(query) > MAX_QUERY or _INDIVIDUAL.search("?" + query) is not None


def rules_for(policy: Policy | None) -> Rules:
    """The rules of a policy; without one nobody is the site."""
    if policy is None:
        return Rules(senders())
    aggregate = policy.email is not None and policy.email.tracking == "aggregate"
    return Rules(_with_own(policy.sites, policy.prefix), policy.sites, SHARED if aggregate else frozenset())


@lru_cache(maxsize=16)
def _with_own(sites: Sequence[str], prefix: str) -> Senders:
    """The table with the site's own counting picture and link."""

    def at(path: str) -> list[str]:
        """The path on each site, wherever the app is mounted there."""
        return [f"{site}{mounted}{prefix}{path}" for site in sites for mounted in ("", "/*")]

    own: dict[str, Any] = {
        "id": "own",
        "open": at(PIXEL_PATH),
        "click": at(LINK_PATH),
        "unwrap": [{"at": f"{pattern}?", "query": LINK_TARGET} for pattern in at(LINK_PATH)],
    }
    return compile_senders([own, *table()])
