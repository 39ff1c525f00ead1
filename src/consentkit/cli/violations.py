"""`consentkit report`: which undeclared third parties the site's pages try to contact."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from consentkit.blocking import Blocker, compile_policy
from consentkit.cli.output import counted, line
from consentkit.consent.violation import OTHERS, Violation
from consentkit.html.decision import Kind, Resource
from consentkit.records.open import DEFAULT_FILE
from consentkit.records.violations import read


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


@click.command()
@click.option("--records", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=DEFAULT_FILE,
              show_default=True, help="The SQLite file that the site keeps its records in.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def report(records: Path, *, as_json: bool) -> None:
    """Say which undeclared third parties the site's pages try to contact.

    Browsers report what the Content-Security-Policy stopped; the site counts it by host. What is printed last are the
    lines that declare each of them in the policy.
    """
    tried = by_host(read(records))
    if as_json:
        click.echo(json.dumps(report_data(tried), ensure_ascii=False, indent=2))
        return
    undeclared = [each for each in tried if not each.service]
    declared = [each for each in tried if each.service]
    if not tried:
        line(f"{records}: browsers have reported nothing that the Content-Security-Policy stopped")
        return
    line(("undeclared third parties", "bold"), f": {len(undeclared)}")
    width = max((len(_name(each)) for each in undeclared), default=0)
    for each in undeclared:
        ways = ", ".join(each.directives)
        line(f"  {each.count:>8}  ", (_name(each).ljust(width), "cyan"), f"  {ways}  (seen at {each.page})")
    if declared:
        line(f"of declared services, stopped until they are granted: {counted(len(declared), 'host')}")
    for lines in dict.fromkeys(toml_lines(each) for each in undeclared if each.host != OTHERS):
        line("")
        line(lines)


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


def _name(tried: Tried) -> str:
    return "(further hosts)" if tried.host == OTHERS else tried.host
