"""What the report of `consentkit rewrite` holds."""

from __future__ import annotations

from pathlib import Path

from consentkit.cli.report import report
from consentkit.html.decision import Block, Blocked, Kind
from tests.cli.conftest import Run
from tests.cli.reports import URL, report_of


def test_the_report(run: Run, page_file: Path, policy_file: Path, tmp_path: Path) -> None:
    """The report lists what was blocked where, and counts it by service, host and kind."""
    page = page_file.read_bytes()
    path = tmp_path / "report.json"
    assert 0 == run("rewrite", page_file, "--url", URL, "--policy", policy_file, "--report", path).exit_code
    assert {
        "url": URL,
        "policy": "2026-11",
        "granted": [],
        "totals": {
            "blocked": 3,
            "by_service": {"gravatar": 1, "unknown": 1, "youtube": 1},
            "by_host": {"secure.gravatar.com": 1, "tracker.example": 1, "www.youtube.com": 1},
            "by_kind": {"frame": 1, "image": 1, "script": 1},
        },
        "blocked": [
            {
                "offset": page.index(b"<iframe"),
                "element": "iframe",
                "attribute": "src",
                "kind": "frame",
                "url": "https://www.youtube.com/embed/abcdefghijk",
                "host": "www.youtube.com",
                "service": "youtube",
                "purposes": ["media"],
            },
            {
                "offset": page.index(b"<script"),
                "element": "script",
                "attribute": "src",
                "kind": "script",
                "url": "https://tracker.example/t.js",
                "host": "tracker.example",
                "service": None,
                "purposes": [],
            },
            {
                "offset": page.index(b"<img src=//"),
                "element": "img",
                "attribute": "src",
                "kind": "image",
                "url": "https://secure.gravatar.com/avatar/1",
                "host": "secure.gravatar.com",
                "service": "gravatar",
                "purposes": ["functional"],
            },
        ],
    } == report_of(path)


def test_the_most_frequent_comes_first() -> None:
    """Counts are ordered by number, equal ones by name; code without a host counts for its service alone."""
    found = [
        Blocked(Block(service, (), host), Kind.SCRIPT, "script", "src", "", 0)
        for service, host in (("b", "b.example"), ("", "z.example"), ("a", ""), ("", "z.example"), ("a", "a.example"))
    ]
    totals = report(found, url=URL, granted=(), version=None)["totals"]
    assert [("a", 2), ("unknown", 2), ("b", 1)] == list(totals["by_service"].items())
    assert [("z.example", 2), ("a.example", 1), ("b.example", 1)] == list(totals["by_host"].items())
    assert ({"script": 5}, 5) == (totals["by_kind"], totals["blocked"])
