"""`consentkit rewrite`: bytes in, bytes out, and a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from consentkit.policy.load import load_policy
from consentkit.rewrite import rewrite_html
from tests.cli.conftest import Run
from tests.cli.reports import URL, report_of


def test_a_file(run: Run, page_file: Path) -> None:
    """The output is what `rewrite_html` makes of the file, byte for byte."""
    result = run("rewrite", page_file, "--url", URL)
    assert 0 == result.exit_code
    assert rewrite_html(page_file.read_bytes(), url=URL) == result.stdout_bytes
    assert b"" == result.stderr_bytes


@pytest.mark.parametrize("name", [["-"], []])
def test_the_standard_input(run: Run, page_file: Path, name: list[str]) -> None:
    """Without a file, or with `-`, the page is read from the standard input."""
    page = page_file.read_bytes()
    assert (
        run("rewrite", page_file, "--url", URL).stdout_bytes
        == run("rewrite", *name, "--url", URL, stdin=page).stdout_bytes
    )


def test_grant_all_is_the_identity(run: Run, page_file: Path, tmp_path: Path) -> None:
    """With everything granted the output is the input, line ends and encoding included, and nothing is reported."""
    result = run("rewrite", page_file, "--url", URL, "--grant-all", "--report", tmp_path / "report.json")
    assert page_file.read_bytes() == result.stdout_bytes
    report = report_of(tmp_path / "report.json")
    assert ["*"] == report["granted"]
    assert [] == report["blocked"]
    assert {"blocked": 0, "by_service": {}, "by_host": {}, "by_kind": {}} == report["totals"]


def test_a_policy_and_grants(run: Run, page_file: Path, policy_file: Path) -> None:
    """With a policy its services are known, and what is granted stays as it was."""
    page = page_file.read_bytes()
    result = run("rewrite", page_file, "--url", URL, "--policy", policy_file, "--grant", "media", "--grant", "media")
    assert rewrite_html(page, url=URL, policy=load_policy(policy_file), grant=["media"]) == result.stdout_bytes
    assert b'<iframe src="https://www.youtube.com/embed/abcdefghijk">' in result.stdout_bytes
    assert b"<img src=//secure.gravatar.com" not in result.stdout_bytes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing option '--url'"),
        (["--url", "index.html"], "'index.html' is no address of a page; give the one it is served at"),
        (["--url", "ftp://www.brightwash.example/"], "is no address of a page"),
        (["--url", "https://[::1/"], "is no address of a page"),
        (["--url", URL, "--grant", "medai"], "no purpose or service has the id 'medai': did you mean 'media'?"),
        (
            ["--url", URL, "--grant", "qqqqqqqq"],
            "no purpose or service has the id 'qqqqqqqq': purposes are functional, media",
        ),
        (["--url", URL, "--grant", "media", "--grant-all"], "--grant-all grants everything; leave out either"),
        (["--url", URL, "--policy", "missing.toml"], "'missing.toml' does not exist"),
        (["--url", URL, "--report", "/missing/report.json"], "/missing/report.json: No such file or directory"),
    ],
)
def test_mistakes_of_the_user(run: Run, page_file: Path, arguments: list[str], said: str) -> None:
    """Each is a sentence and exit status 2; no page is printed."""
    result = run("rewrite", page_file, *arguments)
    assert 2 == result.exit_code
    assert said in result.stderr
    assert b"" == result.stdout_bytes


def test_a_missing_page(run: Run, tmp_path: Path) -> None:
    """A page that is not there is said."""
    result = run("rewrite", tmp_path / "missing.html", "--url", URL)
    assert 2 == result.exit_code
    assert "missing.html" in result.stderr


def test_a_broken_policy(run: Run, page_file: Path, policy_file: Path) -> None:
    """A policy that cannot be used is refused with all its problems."""
    policy_file.write_text("version = 1\n", encoding="utf-8")
    result = run("rewrite", page_file, "--url", URL, "--policy", policy_file)
    assert 2 == result.exit_code
    assert f"Error: {policy_file}:1: version: " in result.stderr
    assert f"{policy_file}:1: sites: " in result.stderr


def test_an_unreadable_encoding(run: Run) -> None:
    """A page that cannot be read without decoding is refused, not printed as it came."""
    result = run("rewrite", "--url", URL, stdin=b"<meta charset=iso-2022-kr><img src=//tracker.example>")
    assert 2 == result.exit_code
    assert "Error: " in result.stderr
    assert b"" == result.stdout_bytes
