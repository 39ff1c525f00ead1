"""`Route` and `Call`: one request of ours, with all that answering it takes."""

from __future__ import annotations

from dataclasses import dataclass

from consentkit.consent.state import Consent
from consentkit.errors import VisitorError
from consentkit.http import Request


@dataclass(frozen=True, slots=True)
class Route:
    """A request of ours.

    Attributes:
        name: which endpoint: decide, preferences, opt-out, state, records, receipt, erase, policy, version, frame,
            report, asset, mail-unsubscribe and other names of `endpoints.mail`, or nothing.
        detail: the asset's name, the policy's media type, the hash of a version.
        methods: what may be done there.
        body_limit: bytes of the body to read at most, and one more, to tell that there were more.
    """

    name: str
    detail: str = ""
    methods: tuple[str, ...] = ("GET", "HEAD")
    body_limit: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has a route.

    Attributes:
        route: where it leads.
        request: its head.
        consent: the visitor's state.
        body: at most `route.body_limit` bytes, or one more if there were more.
        now: POSIX seconds.
        entropy: `ENTROPY_BYTES` random bytes.
    """

    route: Route
    request: Request
    consent: Consent
    body: bytes
    now: float
    entropy: bytes

    def check_method(self) -> None:
        """Refuses what cannot be done at this address.

        Raises:
            VisitorError: 405, with the methods that can be used.
        """
        route = self.route
        if route.name != "nothing" and self.request.method not in route.methods:
            allowed = ", ".join(route.methods)
            raise VisitorError(405, f"This address takes {allowed} only.", [("Allow", allowed)])

    def check_length(self, what: str) -> None:
        """Refuses a body that is, or is announced to be, longer than the route takes.

        Args:
            what: is sent there, as a sentence begins with it.

        Raises:
            VisitorError: 413, with the limit.
        """
        limit = self.route.body_limit
        if len(self.body) > limit or _announced(self.request) > limit:
            raise VisitorError(413, f"{what} has at most {limit} bytes.")


def _announced(request: Request) -> int:
    length = request.header("content-length") or ""
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
