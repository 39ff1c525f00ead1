"""`consentkit openapi`."""

from __future__ import annotations

import json
from pathlib import Path

from consentkit import __version__
from consentkit.endpoints.openapi import openapi
from tests.cli.conftest import Run


def test_openapi_prints_the_description(run: Run, tmp_path: Path) -> None:
    """Without a policy it is the default prefix's, with one that site's; a bad policy is refused."""
    assert json.loads(run("openapi").stdout) == openapi(__version__)
    (tmp_path / "bad.toml").write_text("version = 1")
    assert run("openapi", str(tmp_path / "bad.toml")).exit_code == 2


def test_openapi_of_a_site(run: Run, policy_file: Path) -> None:
    """The site's own prefix and policy page are in it."""
    policy_file.write_text('prefix = "/_own"\npolicy_path = "/privacy"\n' + policy_file.read_text())
    assert json.loads(run("openapi", str(policy_file)).stdout) == openapi(__version__, "/_own", "/privacy")
