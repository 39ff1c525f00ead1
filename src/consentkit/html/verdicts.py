"""One rule: what is said of almost every URL on a host is remembered under the host's bytes as pages write it.

A verdict answers for a whole host but for the URLs in which an expression finds something; those are asked for one
by one. Deciders that live as long as a process keep the verdicts of one state of consent for all its pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from consentkit.html.decision import Block, Decider
from consentkit.html.labels import label
from consentkit.html.marks import RENAME
from consentkit.html.urls import Url, external_host

#: Hosts remembered. A site has some hundreds; only a hostile page has more, and it merely makes itself slower.
MAX_HOSTS: Final = 2048

_NETWORK: Final = frozenset({"http", "https", "ws", "wss", "ftp"})


class Verdict(NamedTuple):
    """What is said of a host.

    Attributes:
        block: the answer for every URL but those in which ``unless`` finds something.
        unless: searches a URL as it stands in the page; None: no exception.
        label: what stands behind the name of a blocked element.
        near: the same behind that name and a space, with our prefix for the attribute that follows.
        script: what stands behind the name of a blocked script.
    """

    block: Block | None
    unless: Callable[[bytes], object] | None
    label: bytes = b""
    near: bytes = b""
    script: bytes = b""


#: Every URL has to be asked for.
ASK: Final = Verdict(None, re.compile(b"").search)
FREE: Final = Verdict(None, None)


class Verdicts:
    """Verdicts of one decider.

    Attributes:
        known: by the host's bytes; look here first.
    """

    __slots__ = ("_base", "_decider", "_own", "_usual", "known")

    def __init__(self, decider: Decider) -> None:
        self._decider = decider
        self._usual = getattr(decider, "usual", None)
        shared = getattr(decider, "verdicts", None)
        self.known: dict[bytes, Verdict] = {} if shared is None else shared
        self._base: Url | None = None
        self._own = ASK

    def of(self, host: bytes) -> Verdict:
        """The verdict on a host, as plainly written."""
        verdict = self.known.get(host)
        return self.learn(host) if verdict is None else verdict

    def learn(self, host: bytes) -> Verdict:
        """The verdict on a host that is not known yet. The first URL of a host that is blocked is asked for in full."""
        if external_host(b"//" + host) != host:
            return ASK
        return self._learn(host.decode("ascii"))

    def own(self, base: Url | None) -> Verdict:
        """The verdict on a URL that cannot leave the host of its base, with a slash in front."""
        if base is not self._base:
            self._base = base
            self._own = ASK
        if self._own is ASK and base is not None and base.scheme in _NETWORK and base.host:
            known = self.known.get(base.host.encode("ascii", "replace"))
            verdict = self._learn(base.host) if known is None else known
            # What is relative ends up below the base's path.
            if verdict.unless is None or not verdict.unless(base.path.encode("ascii", "replace")):
                self._own = verdict
        return self._own

    def _learn(self, host: str) -> Verdict:
        verdict = self._made(host)
        if len(self.known) >= MAX_HOSTS:
            self.known.clear()
        self.known[host.encode("ascii", "replace")] = verdict
        return verdict if verdict.block is None else ASK

    def _made(self, host: str) -> Verdict:
        if self._usual is None:
            return FREE if self._decider.whole_host(host) else ASK
        block, unless = self._usual(host)
        search = None if unless is None else unless.search
        if block is None:
            return Verdict(None, search)
        return verdict_of(block, search)


def verdict_of(block: Block, unless: Callable[[bytes], object] | None) -> Verdict:
    """The verdict that something is blocked."""
    shown = label(block, script=False)
    return Verdict(block, unless, shown, shown[1:] + b" " + RENAME, label(block, script=True))
