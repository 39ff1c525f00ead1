"""Commands run in this process, and a policy file for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentkit.cli.app import commands
from tests.policy.files import TABLES

POLICY = f"""\
version = "2026-11"
sites = ["www.brightwash.example"]
services = ["youtube", "gravatar"]
mandatory_data = "You need not tell us anything."
automated_decisions = "There are none."

[[purposes]]
id = "media"
[[purposes]]
id = "functional"

{TABLES}"""

PAGE = (
    b"<!doctype html><title>Caf\xe9</title>\r\n"
    b'<img src="/logo.png"><iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>\r\n'
    b'<script src="https://tracker.example/t.js"></script><img src=//secure.gravatar.com/avatar/1>'
)

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run the command with arguments and standard input."""

    def call(*arguments: str | Path, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(
            commands, [str(argument) for argument in arguments], input=stdin, prog_name="consentkit"
        )

    return call


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    """A sound policy with two services."""
    path = tmp_path / "policy.toml"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    """A page in another encoding than UTF-8, with three third parties, one of them unknown."""
    path = tmp_path / "page.html"
    path.write_bytes(PAGE)
    return path
