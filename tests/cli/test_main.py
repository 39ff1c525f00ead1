"""The command as a process: without its extra, into a closed pipe, on a poor terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.processes import ENVIRONMENT


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
