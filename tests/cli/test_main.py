"""The command as a process: without its extra, into a closed pipe, on a poor terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import consentkit

COMMAND = [sys.executable, "-m", "consentkit"]
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error"}


def test_version() -> None:
    """`--version` prints the package's."""
    run = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert f"consentkit {consentkit.__version__}\n" == run.stdout


def test_help_names_the_commands() -> None:
    """Without arguments the commands are explained."""
    run = subprocess.run(COMMAND, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert all(name in run.stdout + run.stderr for name in ("policy", "rewrite", "services"))


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra(missing: str) -> None:
    """Where Click or Rich is not installed, one sentence says how to install them; exit status 2."""
    code = f"import sys; sys.modules['{missing}'] = None; from consentkit.cli import main; sys.exit(main())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert 2 == run.returncode
    assert (
        "consentkit: the command line needs two more packages; install them with: pip install 'consentkit[cli]'\n"
        == run.stderr
    )


def test_another_missing_module_is_not_hidden() -> None:
    """A package that is broken otherwise says so itself."""
    code = "import sys; sys.modules['idna'] = None; from consentkit.cli import main; main()"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert "import of idna halted" in run.stderr


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


def test_letters_that_a_terminal_lacks(tmp_path: Path) -> None:
    """Where the output cannot show a letter, its number is shown; nothing fails."""
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "1"\nsites = ["bücher"]\n', encoding="utf-8")
    run = subprocess.run(
        [*COMMAND, "policy", "check", str(policy)], capture_output=True, check=False,
        env={**ENVIRONMENT, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert 1 == run.returncode
    assert b"'b\\xfccher' is no host" in run.stdout


def test_no_escapes_reach_the_terminal(tmp_path: Path) -> None:
    """Control characters of a file are not passed on to the terminal."""
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "1"\nsites = ["\\u001b[2Jx"]\n', encoding="utf-8")
    run = subprocess.run([*COMMAND, "policy", "check", str(policy)], capture_output=True, check=False, env=ENVIRONMENT)
    assert b"\x1b" not in run.stdout
