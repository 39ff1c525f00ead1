"""What counts of violations tell the owner: which hosts the pages try to contact, and how each would be declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from consentkit.blocking import Blocker, compile_policy
from consentkit.consent.violation import OTHERS, Violation
from consentkit.html.decision import Kind, Resource


@dataclass(slots=True)
class Tried:
    """What pages tried with one host.

    Attributes:
        host: the host; `OTHERS` for all beyond the number that are told apart.
        service: the declared service it belongs to, empty if none is.
        count: how often.
        directives: in which ways, the most frequent first.
        page: a page that tried.
        suggestion: id of the catalogue's service for the host, empty if it knows none.
    """

    host: str
    service: str
    count: int = 0
    directives: list[str] = field(default_factory=list)
    page: str = ""
    suggestion: str = ""


def by_host(violations: Iterable[Violation]) -> list[Tried]:
    """The counts put together for each host, the most frequent first."""
    rules = compile_policy(None)
    catalogue = Blocker(rules, rules.grant(()))
    found = dict[str, Tried]()
    for each in sorted(violations, key=lambda violation: -violation.count):
        tried = found.setdefault(each.host, Tried(each.host, each.service, page=each.page))
        tried.count += each.count
        tried.directives.append(each.directive)
    for tried in found.values():
        if not tried.service and tried.host != OTHERS:
            block = catalogue.decide(Resource(f"https://{tried.host}/", tried.host, "/", Kind.OTHER, "", ""))
            tried.suggestion = block.service if block else ""
    return sorted(found.values(), key=lambda tried: (-tried.count, tried.host))


def toml_lines(tried: Tried) -> str:
    """What declares the host in a policy file."""
    if tried.suggestion:
        return f'[[services]]\nid = "{tried.suggestion}"'
    return f'[[services]]\nid = "…"\nname = "…"\nprovider = "…"\npurposes = ["…"]\nhosts = ["{tried.host}"]'


def report_data(tried: Iterable[Tried]) -> dict[str, Any]:
    """The report as plain data."""
    hosts = [
        {"host": each.host, "count": each.count, "directives": each.directives, "page": each.page,
         "service": each.service or None, "suggestion": each.suggestion or None}
        for each in tried
    ]  # fmt: skip
    return {
        "undeclared": [host for host in hosts if host["service"] is None],
        "declared": [host for host in hosts if host["service"] is not None],
    }


def report_lines(tried: Iterable[Tried]) -> list[str]:
    """The report as text: undeclared hosts, the most frequent first, then what declares each of them."""
    tried = list(tried)
    undeclared = [each for each in tried if not each.service]
    declared = len(tried) - len(undeclared)
    width = max((len(_name(each)) for each in undeclared), default=0)
    out = [f"undeclared third parties: {len(undeclared)}"]
    for each in undeclared:
        ways = ", ".join(each.directives)
        out.append(f"  {each.count:>8}  {_name(each).ljust(width)}  {ways}  (seen at {each.page})")
    if declared:
        hosts = "1 host" if declared == 1 else f"{declared} hosts"
        out.append(f"of declared services, stopped until they are granted: {hosts}")
    for lines in dict.fromkeys(toml_lines(each) for each in undeclared if each.host != OTHERS):
        out += ["", lines]
    return out


def _name(tried: Tried) -> str:
    return "(further hosts)" if tried.host == OTHERS else tried.host
