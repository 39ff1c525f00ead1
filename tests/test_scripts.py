"""What the make targets stand on says in one sentence what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import matrix
from tests.browser import chromium
from tests.conftest import PROJECT

FIND_PYTHON = ["sh", str(PROJECT / ".ci" / "find-python")]


def find_python(**environment: str) -> subprocess.CompletedProcess[str]:
    """Look for a Python with nothing in the environment but this."""
    return subprocess.run(FIND_PYTHON, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with a shell and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    return str(folder)


def test_named_python_is_taken() -> None:
    """The Python that CONSENTKIT_PYTHON names is the one that is used."""
    seen = find_python(CONSENTKIT_PYTHON=sys.executable, PATH="/usr/bin:/bin")
    assert (0, sys.executable) == (seen.returncode, seen.stdout.strip())


def test_python_of_pyenv_is_found(tmp_path: Path, bare_path: str) -> None:
    """A Python that only pyenv knows is found."""
    program = tmp_path / "versions" / "3.12.9" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    seen = find_python(PYENV_ROOT=str(tmp_path), PATH=bare_path)
    assert (0, str(program)) == (seen.returncode, seen.stdout.strip())


@pytest.mark.parametrize("named", ["", "/no/such/python"])
def test_no_python(tmp_path: Path, bare_path: str, named: str) -> None:
    """Without a Python that fits there is one sentence and status 1."""
    seen = find_python(CONSENTKIT_PYTHON=named, PYENV_ROOT=str(tmp_path), PATH=bare_path, HOME=str(tmp_path))
    assert 1 == seen.returncode
    assert 1 == len(seen.stderr.splitlines())
    assert "3.11" in seen.stderr


def test_named_chromium_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no browser is not taken for one, though it starts."""
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\necho 'please install the snap'\n")
    fake.chmod(0o755)
    assert not chromium.runs(str(fake))
    assert not chromium.runs(str(tmp_path / "nothing"))
    monkeypatch.setenv("CONSENTKIT_CHROMIUM", str(fake))
    assert str(fake) == next(chromium.candidates())


@pytest.mark.parametrize(("environment", "version"), [
    ("py311-core", "3.11"), ("py313", "3.13"), ("lint", None), ("coverage", None),
])  # fmt: skip
def test_matrix_knows_which_python_is_wanted(environment: str, version: str | None) -> None:
    """The names of tox's environments say which Python they want."""
    assert version == matrix.version_of(environment)


def test_matrix_does_not_take_a_shim_for_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shim with nothing behind it is no Python of that version, and none on PATH is none."""
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not matrix.runs("3.12")
    assert not matrix.runs("3.11")
