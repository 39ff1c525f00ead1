"""Every real page through the rewriter: no exception, nothing left to block, nothing lost, and a report that adds up."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from consentkit.cli.app import commands
from consentkit.cli.report import report
from consentkit.policy import catalogue
from consentkit.rewrite import rewrite_html, rewrite_report

CLI_PAGES = 5  # of them through the command: it does no more than the function, in a process


@pytest.fixture(scope="module")
def pages(shared: Path) -> list[tuple[Path, str]]:
    """Each page with its address."""
    folder = shared / "corpus"
    with (folder / "pages.tsv").open(encoding="utf-8", newline="") as file:
        found = [
            (folder / "pages" / row["file"], f"https://{row['site']}/") for row in csv.DictReader(file, delimiter="\t")
        ]
    assert found
    return found


def _bytes(pages: list[tuple[Path, str]]) -> Iterator[tuple[str, bytes, str]]:
    for path, url in pages:
        yield path.name, path.read_bytes(), url


def test_what_was_blocked_stays_blocked(pages: list[tuple[Path, str]]) -> None:
    """Each page is rewritten without an exception, and in what comes out there is nothing left to block."""
    left = {}
    for name, html, url in _bytes(pages):
        if blocked := rewrite_report(rewrite_html(html, url=url), url=url)[1]:
            left[name] = [(item.element, item.attribute, item.url) for item in blocked[:3]]
    assert left == {}


def test_with_everything_granted_nothing_changes(pages: list[tuple[Path, str]]) -> None:
    """The identity, whatever the page."""
    assert [] == [name for name, html, url in _bytes(pages) if rewrite_html(html, url=url, grant="*") != html]


def test_the_reports_add_up(pages: list[tuple[Path, str]]) -> None:
    """Totals are those of the lines; services are of the catalogue; offsets are in the page, in its order."""
    known = {service.id for service in catalogue.services()}
    for name, html, url in _bytes(pages):
        blocked = rewrite_report(html, url=url)[1]
        data = report(blocked, url=url, granted=[], version=None)
        totals, lines = data["totals"], data["blocked"]
        assert (
            totals["blocked"] == len(lines) == sum(totals["by_service"].values()) == sum(totals["by_kind"].values())
        ), name
        assert set(totals["by_service"]) <= known | {"unknown"}, name
        offsets = [line["offset"] for line in lines]
        assert offsets == sorted(offsets), name
        assert all(html[offset : offset + 1] == b"<" for offset in offsets), name
        assert all(line["service"] or line["host"] or line["url"] for line in lines), name


def test_the_command_does_the_same(pages: list[tuple[Path, str]], tmp_path: Path) -> None:
    """`consentkit rewrite` prints what the function returns, and its report is JSON."""
    for path, url in pages[:: max(1, len(pages) // CLI_PAGES)]:
        result = CliRunner().invoke(
            commands, ["rewrite", str(path), "--url", url, "--report", str(tmp_path / "report.json")]
        )
        page, blocked = rewrite_report(path.read_bytes(), url=url)
        assert (0, page) == (result.exit_code, result.stdout_bytes)
        assert len(blocked) == len(json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["blocked"])
