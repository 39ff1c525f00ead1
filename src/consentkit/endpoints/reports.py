"""One rule: of what browsers report, only who was to be contacted, in which way and from which page is kept.

A report is sent by anybody who likes, so nothing in it is believed: it has to be about a page of this site and a
host that is none of its own; what can be told apart is bounded, and so is how many reports are read in a time.
Addresses of visitors, their programs' names, queries, samples of code and referrers are not even looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from consentkit.blocking import Blocker, compile_policy
from consentkit.consent.effects import Count
from consentkit.consent.state import Consent
from consentkit.consent.violation import OTHERS, Violation
from consentkit.errors import VisitorError
from consentkit.html.decision import Kind, Resource
from consentkit.html.urls import Url, matches_host, parse_url
from consentkit.http import MAX_HOST
from consentkit.notices import Notice
from consentkit.policy.models import Policy

CSP_REPORT = "application/csp-report"  # of `report-uri` (CSP3 §5.3)
REPORTS_JSON = "application/reports+json"  # of `report-to` (Reporting API §2.4)
REPORT_LIMIT = 64 * 1024  # bytes of one delivery; a report has about 1 KB, and Chromium sends some together
MAX_REPORTS = 100  # read of one delivery
MAX_URL = 2_048  # characters of a URL in a report that are looked at
MAX_PAGE = 200  # characters of a page's path that are kept
MAX_TOLD_APART = 1_000  # pairs of host and directive in one process: what an inventor of hosts could fill
RATE, BURST = 20.0, 100  # deliveries that one process reads in a second in the long run, and at once
FLUSH_SECONDS = 5.0  # counts of hosts that are known wait so long; a new host is written at once

# The fetch directives (CSP3 §6.1): others restrict no contact with a host.
DIRECTIVES = frozenset({"child-src", "connect-src", "default-src", "font-src", "frame-src", "img-src", "manifest-src",
                        "media-src", "object-src", "script-src", "script-src-elem", "style-src", "style-src-elem",
                        "worker-src", "fenced-frame-src"})  # fmt: skip


@dataclass(slots=True)
class Bucket:
    """A token bucket: so many at once, so many a second in the long run.

    Attributes:
        rate: tokens that come in a second.
        burst: tokens that it holds.
    """

    rate: float
    burst: float
    _tokens: float = -1.0
    _at: float = 0.0

    def take(self, now: float) -> bool:
        """Whether there was a token; a clock that goes back brings none.

        Args:
            now: POSIX seconds.
        """
        if self._tokens < 0:
            self._tokens, self._at = self.burst, now
        self._tokens = min(self.burst, self._tokens + max(0.0, now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Reports:
    """What browsers reported to this process, counted.

    Threads may share it: a count can be lost when two change it at once, which is no matter.

    Args:
        policy: the policy in force.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._bucket = Bucket(RATE, BURST)
        self._known = set[tuple[str, str]]()
        self._waiting = dict[tuple[str, str], Violation]()
        self._flushed = 0.0

    @cached_property
    def _blocker(self) -> Blocker:
        # Rules of its own: they remember hosts that are new to them, and anybody can invent some.
        return Blocker(compile_policy(self._policy), Consent(self._policy))

    def receive(self, media_type: str, body: bytes, *, now: float) -> tuple[Count | None, list[Notice]]:
        """Takes one delivery.

        Args:
            media_type: of the request, lower case, without parameters.
            body: at most `REPORT_LIMIT` bytes.
            now: POSIX seconds.

        Returns:
            What is to be added to the store now, if anything, and what is new to tell the owner.

        Raises:
            VisitorError: 415, 400 or 429.
        """
        if not self._bucket.take(now):
            raise VisitorError(429, "Too many reports at once; this one is not counted.", [("Retry-After", "60")])
        fresh, notices = False, list[Notice]()
        for told in parse_reports(media_type, body):
            violation = self._judged(*told, now=now)
            if violation is None:
                continue
            new = (violation.host, violation.directive) not in self._known
            if new and len(self._known) >= MAX_TOLD_APART:
                violation, new = replace(violation, host=OTHERS, service="", page="/"), False
            self._add(violation)
            if new:
                fresh = True
                self._known.add((violation.host, violation.directive))
                if not violation.service:
                    notices.append(_notice(violation))
        if not (fresh or now - self._flushed >= FLUSH_SECONDS):
            return None, notices
        self._flushed = now
        return self.drain(), notices

    def drain(self) -> Count | None:
        """Takes what is counted and waits to be added to the store, if anything; also for the end of a process."""
        waiting, self._waiting = self._waiting, {}
        return Count(tuple(waiting.values())) if waiting else None

    def give_back(self, count: Count) -> None:
        """Takes back what the store did not take; it is tried again with what comes next."""
        for violation in count.violations:
            self._add(violation)

    @property
    def waiting(self) -> tuple[Violation, ...]:
        """What is counted and not yet handed to the store."""
        return tuple(self._waiting.values())

    def _add(self, violation: Violation) -> None:
        key = (violation.host, violation.directive)
        before = self._waiting.get(key)
        if before is not None:
            at = max(before.at, violation.at)
            violation = replace(before, count=before.count + violation.count, at=at)
        self._waiting[key] = violation

    def _judged(self, page: str, blocked: str, directive: str, *, now: float) -> Violation | None:
        where, whom = _web_address(page), _web_address(blocked)
        sites = self._policy.sites
        if where is None or whom is None or len(whom.host) > MAX_HOST or directive not in DIRECTIVES:
            return None
        if not any(matches_host(where.host, site) for site in sites):
            return None  # no page of ours
        resource = Resource(whom.href, whom.host, whom.path, Kind.OTHER, "", "")
        block = self._blocker.decide(resource)
        if block is None:
            return None  # the site's own, or a service that needs no consent
        return Violation(whom.host, directive, block.service, where.path[:MAX_PAGE], 1, int(now))


def parse_reports(media_type: str, body: bytes) -> Iterator[tuple[str, str, str]]:
    """Page, blocked URL and directive of each report on a policy in a delivery; other reports are passed over.

    Raises:
        VisitorError: 415 for another type, 400 for what cannot be read.
    """
    if media_type not in {CSP_REPORT, REPORTS_JSON}:
        raise VisitorError(415, f"A report is sent as {CSP_REPORT} or as {REPORTS_JSON}.")
    try:
        data = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # UnicodeError is a ValueError; depth ends in RecursionError
        raise VisitorError(400, "The report cannot be read; send JSON in UTF-8.") from error
    if media_type == CSP_REPORT:
        report = data.get("csp-report") if isinstance(data, dict) else None
        found = _fields(report, ("document-uri",), ("blocked-uri",), ("effective-directive", "violated-directive"))
        return iter([found] if found else [])
    return _delivered(data if isinstance(data, list) else [data])


def _delivered(reports: list[Any]) -> Iterator[tuple[str, str, str]]:
    for report in reports[:MAX_REPORTS]:
        if isinstance(report, dict) and report.get("type") == "csp-violation":
            body = report.get("body")
            found = _fields(body, ("documentURL", "document-uri"), ("blockedURL", "blocked-uri"),
                            ("effectiveDirective", "effective-directive"))  # fmt: skip
            if found:
                yield found


def _fields(report: Any, *names: Iterable[str]) -> tuple[str, str, str] | None:
    if not isinstance(report, dict):
        return None
    page, blocked, directive = (
        next((report[name] for name in keys if isinstance(report.get(name), str)), "") for keys in names
    )
    return (page, blocked, directive.split(" ", 1)[0].lower()) if page and blocked and directive else None


def _web_address(text: str) -> Url | None:
    """The address, None for what is no host's: `inline`, `eval`, `data`."""
    url = parse_url(text, None) if len(text) <= MAX_URL else None
    return url if url is not None and url.scheme in {"http", "https", "ws", "wss"} and url.host else None


def _notice(violation: Violation) -> Notice:
    message = (
        f"a page ({violation.page}) tried to contact {violation.host}, which is not declared, and the "
        f"Content-Security-Policy ({violation.directive}) stopped it; `consentkit report` says what to add"
    )
    return Notice("violation", violation.host, message)
