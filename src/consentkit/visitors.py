"""Who asks: what a request's cookies, signals and place say of its visitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.place import parse_code, place_in
from consentkit.consent.precedence import NOWHERE_KNOWN, Situation
from consentkit.consent.signals import gpc, sends_dnt
from consentkit.consent.situation import situation_of
from consentkit.consent.state import Consent
from consentkit.headers.cookies import CookieGate
from consentkit.http import NO_FACTS, Request
from consentkit.policy.models import Policy

CACHED_VISITORS = 1024
MAX_KEPT_COOKIES = 2048  # characters of Cookie fields that are kept: 2 MB at most


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a request's cookies and signal say.

    Attributes:
        consent: the state.
        cookies: the Cookie field for the app, None without one.
        removed: the names that were taken out of it.
        until: POSIX seconds at which this has to be read anew.
    """

    consent: Consent
    cookies: str | None
    removed: Sequence[str]
    until: float


class Visitors:
    """Reads who asks. A browser sends the same cookies with each request of a page, so the reading of them is kept.

    Args:
        policy: the policy in force.
        cookie: reads the decision.
        gate: says which cookies the app may see.

    Attributes:
        situated: whether something can make visitors differ besides their decisions and one signal; at most sites not.
    """

    def __init__(self, policy: Policy, cookie: ConsentCookie, gate: CookieGate) -> None:
        self._policy, self._cookie, self._gate = policy, cookie, gate
        self._known = dict[tuple[str | None, str | None, Situation], Visitor]()
        children = policy.minors is not None and policy.minors.audience == "children"
        self.situated = policy.regimes is not None or policy.dnt == "deny" or children

    def read(self, request: Request, now: float) -> Visitor:
        """Who asks. Never raises."""
        given, signal = request.header("cookie"), request.header("sec-gpc")
        situated = self.situated or request.facts is not NO_FACTS
        situation = self._situation(request) if situated else NOWHERE_KNOWN
        kept = self._known.get((given, signal, situation))
        if kept is not None and now < kept.until:
            return kept
        signalled = signal is not None and gpc(request.headers)
        consent = self._cookie.parse(given, gpc=signalled, now=now, situation=situation)
        visitor = Visitor(consent, *self._gate.incoming(given, consent), until=self._cookie.holds_until(given, consent))
        if len(given or "") + len(signal or "") <= MAX_KEPT_COOKIES:
            if len(self._known) >= CACHED_VISITORS:
                self._known.clear()
            self._known[given, signal, situation] = visitor
        return visitor

    def _situation(self, request: Request) -> Situation:
        """What is known of a visitor besides the decision."""
        policy, facts = self._policy, request.facts
        place = place_in(request.header, policy.regimes) if facts.place is None else parse_code(facts.place)
        dnt = policy.dnt == "deny" and sends_dnt(request.headers)
        return situation_of(policy, place, minor=facts.minor, refused=facts.refused, dnt=dnt)
