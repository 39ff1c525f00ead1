"""What a folder of real pages would contact, and which service each contact belongs to.

    python benchmarks/blocked.py FOLDER [--sites FILE.tsv] [--json FILE]

FOLDER holds pages (``*.html``). FILE.tsv names in its columns ``file`` and ``site`` the site of each; a page
without one counts as of ``localhost``. Nothing is granted. Printed are the totals by service and, where no service
is declared, by host; the JSON file gets the report of each page, as `consentkit rewrite --report` writes it.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

from consentkit import ConsentKitError, rewrite_report
from consentkit.cli.report import UNDECLARED, report

TOP = 30  # lines of each table


def main() -> None:
    """Rewrite every page and print the totals."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sites", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    sites = _sites(arguments.sites) if arguments.sites else {}
    reports: dict[str, Any] = {}
    for path in sorted(arguments.folder.glob("*.html")):
        url = f"https://{sites.get(path.name, 'localhost')}/"
        try:
            blocked = rewrite_report(path.read_bytes(), url=url)[1]
        except ConsentKitError as error:
            print(f"{path.name}: {error}")
        else:
            reports[path.name] = report(blocked, url=url, granted=[], version=None)
    if arguments.json:
        arguments.json.write_text(json.dumps(reports, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _print(reports)


def _sites(table: Path) -> dict[str, str]:
    with table.open(encoding="utf-8", newline="") as file:
        return {row["file"]: row["site"] for row in csv.DictReader(file, delimiter="\t")}


def _print(reports: dict[str, Any]) -> None:
    lines = [(name, line) for name, data in reports.items() for line in data["blocked"]]
    known = [(name, line) for name, line in lines if line["service"]]
    print(f"{len(reports)} pages, {len(lines)} contacts blocked, {len(known)} of them of {_distinct(known)} services")
    _table("service", [(line["service"] or UNDECLARED, name) for name, line in lines])
    _table("host without service", [(line["host"], name) for name, line in lines if not line["service"]])


def _distinct(lines: list[tuple[str, Any]]) -> int:
    return len({line["service"] for _, line in lines})


def _table(title: str, found: list[tuple[str, str]]) -> None:
    """The most frequent first: how often, and in how many pages."""
    times = Counter(what for what, _ in found)
    pages = Counter(what for what, _ in set(found))
    print(f"\n{title:<40} {'blocked':>8} {'pages':>6}")
    for what, number in times.most_common(TOP):
        print(f"{what:<40} {number:>8} {pages[what]:>6}")


if __name__ == "__main__":
    main()
