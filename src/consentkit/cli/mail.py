"""`consentkit mail`: one message through the cleaner; what was found, or the message without it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from consentkit.cli.output import line
from consentkit.email import Finding, Report, clean_bytes
from consentkit.policy.load import load_policy

_FILE = click.Path(exists=True, dir_okay=False)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
FOUND = 1  # exit status: something reports back, or may


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True), default="-")
@click.option("--policy", "policy_file", type=_FILE, help="A policy file: says which hosts are the site's own.")
@click.option("--out", type=_NEW_FILE, help="Write the cleaned message here; every other byte stays.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def mail(file: str, *, policy_file: str | None, out: Path | None, as_json: bool) -> None:
    """Say what in the message FILE (RFC 5322) reports back to its sender; `-` is the standard input.

    Status 1: something was found or is left. A mail that is signed or encrypted is not looked into.
    """
    policy = load_policy(policy_file) if policy_file else None
    raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    cleaned, report = clean_bytes(raw, policy=policy)
    if out is not None:
        out.write_bytes(cleaned)
    if as_json:
        click.echo(json.dumps(as_data(report), ensure_ascii=False, indent=2))
    else:
        _print(report)
    if len(report):
        click.get_current_context().exit(FOUND)


def as_data(report: Report) -> dict[str, Any]:
    """A report as plain data."""
    return {
        "totals": dict(sorted(report.counts.items())),
        "removed": [_row(finding) for finding in report.removed],
        "left": [_row(finding) for finding in report.left],
    }


def _row(finding: Finding) -> dict[str, str]:
    return {"kind": finding.kind, "what": finding.what, "sender": finding.sender, "part": finding.part}


def _print(report: Report) -> None:
    for finding in report.removed + report.left:
        whose = f" ({finding.sender})" if finding.sender else ""
        word, style = ("reports back", "red") if finding.removed else ("left", "yellow")
        place = (f"{finding.part}: ", "bold") if finding.part else ""
        line(place, (f"{word}: ", style), (finding.kind, "cyan"), f": {_short(finding.what)}{whose}")
    if not len(report):
        line("nothing in this message reports back, as far as is known")


def _short(text: str) -> str:
    """An address without what would act on a terminal, cut to what fits on a line."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return shown if len(shown) <= 100 else f"{shown[:97]}…"
