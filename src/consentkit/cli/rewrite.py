"""`consentkit rewrite`: one page through the rewriter, bytes in, bytes out."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

import click

from consentkit.cli.report import report
from consentkit.policy import catalogue
from consentkit.policy.load import load_policy
from consentkit.policy.models import Policy
from consentkit.rewrite import rewrite_report

_FILE = click.Path(exists=True, dir_okay=False)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
EVERYTHING = "*"  # grants all purposes, services and unknown hosts


def _absolute(ctx: click.Context, parameter: click.Parameter, value: str) -> str:  # noqa: ARG001 (Click's signature)
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise click.BadParameter(
            f"'{value}' is no address of a page; give the one it is served at, such as https://www.example.com/"
        )
    return value


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True), default="-")
@click.option("--url", required=True, callback=_absolute, help="The address that the page is served at.")
@click.option("--policy", "policy_file", type=_FILE, help="A policy file. Default: all of the catalogue is known.")
@click.option("--grant", multiple=True, metavar="ID", help="A purpose or service that is granted; can be repeated.")
@click.option("--grant-all", is_flag=True, help="Grant everything, unknown hosts included: the output is the input.")
@click.option("--report", "report_file", type=_NEW_FILE, help="Write here in JSON what was blocked.")
def rewrite(
    file: str,
    *,
    url: str,
    policy_file: str | None,
    grant: tuple[str, ...],
    grant_all: bool,
    report_file: Path | None,
) -> None:
    """Block in the HTML page FILE what is not granted, and print it; `-` is the standard input.

    Nothing else is changed: no banner is added, and every other byte is the same.
    """
    if grant and grant_all:
        raise click.UsageError("--grant-all grants everything; leave out either it or --grant")
    policy = load_policy(policy_file) if policy_file else None
    granted: Collection[str] = EVERYTHING if grant_all else _known(grant, policy)
    html = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    page, blocked = rewrite_report(html, url=url, policy=policy, grant=granted)
    if report_file:
        data = report(blocked, url=url, granted=list(granted), version=policy.version if policy else None)
        report_file.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    sys.stdout.buffer.write(page)
    sys.stdout.buffer.flush()


def _known(grant: tuple[str, ...], policy: Policy | None) -> tuple[str, ...]:
    """The granted ids, each once.

    Raises:
        click.BadParameter: if one of them is neither a purpose nor a service.
    """
    purposes = policy.all_purposes if policy else catalogue.default_purposes()
    services = policy.services if policy else catalogue.services()
    names = [purpose.id for purpose in purposes], [service.id for service in services]
    for wanted in grant:
        if wanted not in names[0] and wanted not in names[1]:
            close = difflib.get_close_matches(wanted, [*names[0], *names[1]], n=1)
            meant = f"did you mean '{close[0]}'?" if close else f"purposes are {', '.join(names[0])}"
            raise click.BadParameter(f"no purpose or service has the id '{wanted}': {meant}", param_hint="--grant")
    return tuple(dict.fromkeys(grant))
