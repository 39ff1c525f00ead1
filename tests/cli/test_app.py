"""The commands together, as a process."""

from __future__ import annotations

import subprocess
from pathlib import Path

import consentkit
from tests.cli.processes import COMMAND, ENVIRONMENT


def test_version() -> None:
    """`--version` prints the package's."""
    run = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert f"consentkit {consentkit.__version__}\n" == run.stdout


def test_help_names_the_commands() -> None:
    """Without arguments the commands are explained."""
    run = subprocess.run(COMMAND, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert all(name in run.stdout + run.stderr for name in ("policy", "rewrite", "services"))


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    """A closed pipe ends the command without a word."""
    page = tmp_path / "page.html"
    page.write_bytes(b"<p>much text</p>" * 100_000)
    for arguments in (["rewrite", str(page), "--url", "https://www.brightwash.example/"], ["policy", "schema"]):
        with subprocess.Popen(
            [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
        ) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.read(10)
            process.stdout.close()
            assert b"" == process.stderr.read()
