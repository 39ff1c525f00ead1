"""`consentkit report` and `consentkit openapi`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from consentkit.consent.effects import Count
from consentkit.consent.violation import OTHERS, Violation
from consentkit.records.sqlite import SQLiteStore
from consentkit.records.store import perform
from tests.cli.conftest import Run


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A site's file, with what its browsers reported."""
    path = tmp_path / "records.sqlite3"
    seen = (
        Violation("www.googletagmanager.com", "script-src-elem", "", "/shop", 7, 1),
        Violation("www.googletagmanager.com", "connect-src", "", "/shop", 2, 1),
        Violation("spy.example", "img-src", "", "/", 3, 1),
        Violation("www.youtube.com", "frame-src", "youtube", "/film", 40, 1),
        Violation(OTHERS, "img-src", "", "/", 1, 1),
    )
    perform(SQLiteStore(path), [Count(seen)])
    return path


def test_report_names_whom_nobody_declared(run: Run, records: Path) -> None:
    """Hosts by frequency with the ways and a page, then the lines that declare each; declared services are only counted."""
    out = run("report", "--records", str(records)).stdout
    lines = out.splitlines()
    assert lines[0] == "undeclared third parties: 3"
    assert [line.split()[:2] for line in lines[1:3]] == [["9", "www.googletagmanager.com"], ["3", "spy.example"]]
    assert "script-src-elem, connect-src" in lines[1]
    assert "(seen at /shop)" in lines[1]
    assert "(further hosts)" in lines[3]
    assert "declared services, stopped until they are granted: 1 host" in lines[4]
    declared = tomllib.loads(out[out.index("[[services]]") :])["services"]
    assert declared[0] == {"id": "google-tag-manager"}
    assert declared[1]["hosts"] == ["spy.example"]
    assert len(declared) == 2


def test_report_as_json(run: Run, records: Path) -> None:
    """The same for programs."""
    found = json.loads(run("report", "--records", str(records), "--json").stdout)
    assert [("www.googletagmanager.com", 9, "google-tag-manager"), ("spy.example", 3, None), (OTHERS, 1, None)] == [
        (each["host"], each["count"], each["suggestion"]) for each in found["undeclared"]
    ]
    assert ["youtube"] == [each["service"] for each in found["declared"]]


def test_report_without_reports(run: Run, tmp_path: Path) -> None:
    """A file without any says so; a file that is not there, or is something else, is refused with a sentence."""
    SQLiteStore(tmp_path / "empty.sqlite3")
    assert "reported nothing" in run("report", "--records", str(tmp_path / "empty.sqlite3")).stdout
    assert run("report", "--records", str(tmp_path / "missing")).exit_code == 2
    (tmp_path / "text").write_text("something else" * 99)
    refused = run("report", "--records", str(tmp_path / "text"))
    assert (2, True) == (refused.exit_code, "keeps its records in" in refused.stderr)
