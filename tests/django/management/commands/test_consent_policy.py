"""`manage.py consent_policy`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from tests.django.commands import output

POLICY = Path(__file__).resolve().parents[4] / "examples" / "brightwash" / "policy.toml"


def test_a_good_policy() -> None:
    """`consent_policy check` says that the file is good."""
    with override_settings(CONSENTKIT=POLICY):
        assert f"{POLICY}: good\n" == output("consent_policy", "check").splitlines(keepends=True)[-1]


def test_a_bad_policy(tmp_path: Path) -> None:
    """It prints every problem with file and line, and fails."""
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "1"\nsites = ["brightwash.example"]\nservices = ["youtub"]\n')
    errors = io.StringIO()
    with override_settings(CONSENTKIT={"policy": policy}), pytest.raises(CommandError, match="problems"):
        call_command("consent_policy", "check", stderr=errors)
    assert f"{policy}:3: services[0]" in errors.getvalue()


@pytest.mark.parametrize("value", [None, {}, settings.CONSENTKIT])
def test_no_policy_to_check(value: object) -> None:
    """Without a file to check it says so."""
    with override_settings(CONSENTKIT=value), pytest.raises(CommandError, match="CONSENTKIT"):
        output("consent_policy", "check")
