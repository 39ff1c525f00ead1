"""How the commands speak, on any terminal."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.cli.processes import COMMAND, ENVIRONMENT


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
