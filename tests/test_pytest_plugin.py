"""`pytest --consentkit-strict`, in runs of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("flask")

TESTS = """
import flask, pytest
app = flask.Flask("site")
app.add_url_rule("/", "page", lambda: '<!doctype html><img src="/a"><iframe src="https://www.youtube.com/embed/x"></iframe>')
app.add_url_rule("/plain", "plain", lambda: '<!doctype html><img src="/a.png">')
def test_page(): assert app.test_client().get("/").status_code == 200
def test_plain(): assert app.test_client().get("/plain").status_code == 200
@pytest.mark.consentkit_allow("youtube")
def test_allowed(): assert app.test_client().get("/").status_code == 200
"""


def run(folder: Path, *options: str) -> str:
    """What pytest says of the tests above."""
    (folder / "test_site.py").write_text(TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        *options,
        str(folder),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_strict(tmp_path: Path) -> None:
    """A page that would contact others fails its test, with the tag and what to declare; marks allow it."""
    out = run(tmp_path, "--consentkit-strict")
    assert "1 failed, 2 passed" in out
    assert '<iframe src="https://www.youtube.com/embed/x"> contacts www.youtube.com' in out
    assert 'id = "youtube"' in out
    assert "It is written in test_site.py:4" in out


def test_a_policy_with_mistakes(tmp_path: Path) -> None:
    """What is wrong with the policy is said as pytest says what is wrong with its options, without a traceback."""
    (tmp_path / "test_site.py").write_text(TESTS)
    (tmp_path / "privacy.toml").write_text("sites = 1\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--consentkit-strict", "--consentkit-policy"]
    for name, said in (
        ("privacy.toml", "privacy.toml:1: sites: "),
        ("nowhere.toml", "nowhere.toml: (file): there is no"),
    ):
        seen = subprocess.run([*command, name], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert pytest.ExitCode.USAGE_ERROR == seen.returncode
        assert f"ERROR: {said}" in seen.stderr or f"\n{said}" in seen.stderr
        assert "Traceback" not in seen.stdout + seen.stderr


def test_without_the_option(tmp_path: Path) -> None:
    """Without the option nothing is checked."""
    assert "3 passed" in run(tmp_path)


def test_the_plugin_is_light() -> None:
    """Until the option is used, the plugin imports none of consentkit's rooms."""
    code = "import sys, consentkit.pytest_plugin; print([m for m in sys.modules if m.startswith('consentkit.')])"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "['consentkit.pytest_plugin']\n" == seen.stdout
