"""`consentkit report`: which undeclared third parties the site's pages try to contact."""

from __future__ import annotations

import json
from pathlib import Path

import click

from consentkit.cli.output import line
from consentkit.records.open import DEFAULT_FILE, open_store
from consentkit.records.sqlite_counts import read
from consentkit.records.tried import by_host, report_data, report_lines
from consentkit.records.violations import counted


@click.command()
@click.option("--records", default=DEFAULT_FILE, show_default=True, metavar="FILE|URL", envvar="CONSENTKIT_RECORDS",
              help="The SQLite file, or the URL of a PostgreSQL database, with the site's records.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def report(records: str, *, as_json: bool) -> None:
    """Say which undeclared third parties the site's pages try to contact.

    Browsers report what the Content-Security-Policy stopped; the site counts it by host. What is printed last are the
    lines that declare each of them in the policy.
    """
    # A file is only read: who asks what was counted makes none.
    found = counted(open_store(records)) if "://" in records else read(Path(records))
    tried = by_host(found)
    if as_json:
        click.echo(json.dumps(report_data(tried), ensure_ascii=False, indent=2))
    elif tried:
        for each in report_lines(tried):
            line(each)
    else:
        line("browsers have reported nothing that the Content-Security-Policy stopped")
