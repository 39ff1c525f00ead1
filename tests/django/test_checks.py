"""The system checks: one test for each id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.middleware.gzip import GZipMiddleware
from django.test import override_settings

from consentkit.django.checks import FETCH, OURS, UPDATE, check_advice, check_middleware, check_setting
from consentkit.django.conf import driver
from consentkit.http import Request
from consentkit.kit import ConsentKit
from tests.drivers.policies import SECRET, small_policy

GZIP = "django.middleware.gzip.GZipMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"


def found(*, deploy: bool = False, **changes: Any) -> list[tuple[str, str, str]]:
    """Id, message and hint of every check under these settings."""
    with override_settings(**changes):
        messages = [*check_setting(), *check_middleware(), *(check_advice() if deploy else ())]
        return [(str(m.id).removeprefix("consentkit."), str(m.msg), str(m.hint)) for m in messages]


def ids(*, deploy: bool = False, **changes: Any) -> list[str]:
    """The ids alone."""
    return [identity for identity, _, _ in found(deploy=deploy, **changes)]


def configured(**changes: Any) -> dict[str, Any]:
    """The setting with some keys changed."""
    return {"CONSENTKIT": {**settings.CONSENTKIT, **changes}, "DEBUG": True}


def test_the_site_of_the_tests() -> None:
    """A site that is right has nothing said about it, and the checks are registered."""
    assert [] == ids(DEBUG=True)
    with override_settings(CONSENTKIT=None):
        assert "consentkit.E001" in {message.id for message in run_checks()}


def test_e001() -> None:
    """E001: the setting is missing."""
    assert ["E001"] == ids(CONSENTKIT=None)
    with override_settings(CONSENTKIT=None), pytest.raises(ImproperlyConfigured, match="missing"):
        driver()


@pytest.mark.parametrize("value", [5, ["policy.toml"], {}, {"secret": "x" * 40}])
def test_e002(value: object) -> None:
    """E002: the setting is something else, or names no policy."""
    assert ["E002"] == ids(CONSENTKIT=value)
    with override_settings(CONSENTKIT=value), pytest.raises(ImproperlyConfigured, match="CONSENTKIT"):
        driver()


def test_e003() -> None:
    """E003: a key that nobody knows, with the nearest that is known."""
    ((identity, message, hint),) = found(**configured(record="x"))
    assert ("E003", "CONSENTKIT has no key 'record'.", "did you mean 'records'?") == (identity, message, hint)
    assert "there are policy," in found(**configured(zzz=1))[0][2]


def test_e004(tmp_path: Path) -> None:
    """E004: each problem of the policy, with file and line, and how to mend it."""
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "1"\nsites = ["brightwash.example"]\nservices = ["youtub"]\n')
    messages = found(CONSENTKIT=policy)
    assert {"E004"} == {identity for identity, _, _ in messages}
    assert any(f"{policy}:3: services" in message and "youtube" in hint for _, message, hint in messages)
    with override_settings(CONSENTKIT=str(policy)), pytest.raises(ImproperlyConfigured, match=r"policy\.toml:3"):
        driver()


def test_e005() -> None:
    """E005: a secret that is too short, or anything else the kit refuses."""
    ((identity, message, _),) = found(**configured(secret="short"))
    assert ("E005", True) == (identity, "secret" in message)
    with override_settings(**configured(secret="short")), pytest.raises(ImproperlyConfigured, match="secret"):
        driver()


def test_kits() -> None:
    """A kit needs nothing besides (E005), and has to be one (E002)."""
    kit = ConsentKit(small_policy(), secret=SECRET)
    assert [] == ids(CONSENTKIT={"kit": kit})
    assert ["E005"] == ids(CONSENTKIT={"kit": kit, "secret": SECRET})
    with (
        override_settings(CONSENTKIT={"kit": kit, "secret": SECRET}),
        pytest.raises(ImproperlyConfigured, match="already has its policy"),
    ):
        driver()
    assert ["E002"] == ids(CONSENTKIT={"kit": "policy.toml"})
    assert ["E002", "W003"] == ids(CONSENTKIT=5, MIDDLEWARE=[UPDATE, FETCH, OURS])


def test_the_documentation_names_each() -> None:
    """The page about Django lists every check that has a test here."""
    tested = {
        name.removeprefix("test_").upper() for name in globals() if name[5:6] in {"e", "w"} and name[6:].isdigit()
    }
    page = (Path(__file__).resolve().parents[2] / "docs" / "django.md").read_text(encoding="utf-8")
    listed = {
        line.split("`")[1].removeprefix("consentkit.")
        for line in page.splitlines()
        if line.startswith("| `consentkit.")
    }
    assert tested == listed


def test_e006() -> None:
    """E006: the middleware is not there."""
    assert ["E006"] == ids(DEBUG=True, MIDDLEWARE=[SESSIONS])


def test_e007() -> None:
    """E007: it is there twice."""
    assert ["E007"] == ids(DEBUG=True, MIDDLEWARE=[OURS, SESSIONS, OURS])


@pytest.mark.parametrize(
    "path", ["csp.middleware.CSPMiddleware", "django.middleware.csp.ContentSecurityPolicyMiddleware"]
)
def test_e008(path: str) -> None:
    """E008: what sets the site's own Content-Security-Policy stands outside, where it would give way to ours."""
    assert ["E008"] == ids(DEBUG=True, MIDDLEWARE=[path, OURS])
    assert [] == ids(DEBUG=True, MIDDLEWARE=[OURS, path])


@pytest.mark.parametrize("mode", ["per-visitor", "shared"])
def test_e009(mode: str) -> None:
    """E009: the page cache stores outside and answers inside."""
    changes = configured(policy=small_policy(mode=mode))
    assert ["E009"] == ids(**changes, MIDDLEWARE=[UPDATE, OURS, FETCH])
    assert [] == ids(**changes, MIDDLEWARE=[OURS, UPDATE, FETCH])


def test_e010() -> None:
    """E010: the database for the records is none of the site's."""
    assert ["E010"] == ids(**configured(database="elsewhere"))


def test_w001() -> None:
    """W001: a compressor inside, also one that was made from another."""
    assert ["W001"] == ids(DEBUG=True, MIDDLEWARE=[OURS, GZIP])
    assert ["W001"] == ids(DEBUG=True, MIDDLEWARE=[OURS, "tests.django.test_checks.OwnGZip"])
    assert [] == ids(DEBUG=True, MIDDLEWARE=[GZIP, OURS])


@pytest.mark.parametrize(
    "path",
    [
        SESSIONS,
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django_htmx.middleware.HtmxMiddleware",
    ],
)
def test_w002(path: str) -> None:
    """W002: what sets cookies or belongs to the app stands outside."""
    assert ["W002"] == ids(DEBUG=True, MIDDLEWARE=[path, OURS])


def test_w003() -> None:
    """W003: a cache outside of pages that differ by visitor; of shared pages it is right."""
    stack = [UPDATE, FETCH, OURS]
    assert ["W003"] == ids(DEBUG=True, MIDDLEWARE=stack)
    assert [] == ids(**configured(policy=small_policy(mode="shared")), MIDDLEWARE=stack)
    kit = ConsentKit(small_policy(mode="shared"), secret=SECRET)
    assert [] == ids(CONSENTKIT={"kit": kit}, MIDDLEWARE=stack)


def test_w004() -> None:
    """W004: insecure_dev where DEBUG is off."""
    assert ["W004"] == ids(DEBUG=False)
    assert [] == ids(CONSENTKIT={"policy": small_policy()})


def test_w005() -> None:
    """W005: what the policy's author may have overlooked, said where a site is about to be deployed and only there."""
    policy = small_policy().model_dump(mode="json", exclude_unset=True)
    assert [] == ids(CONSENTKIT={"policy": policy})
    assert {"W005"} == set(ids(deploy=True, CONSENTKIT={"policy": policy}))
    assert "W005" not in ids(deploy=True, CONSENTKIT={"policy": small_policy()})
    assert "W005" not in ids(deploy=True, CONSENTKIT=None)


def test_what_is_called() -> None:
    """E005: a dotted path that leads to nothing; one that leads somewhere is used."""
    minors = small_policy(minors={"age": 16, "text": "Ask your parents.", "mode": "signal"})
    assert ["E005"] == ids(**configured(policy=minors, minor="tests.django.views.no_such_function"))
    with override_settings(**configured(policy=minors, minor="tests.django.views.is_minor")):
        assert driver().seen(Request("GET", "https", "brightwash.example", "/")).facts.minor is True
    with (
        override_settings(**configured(policy=minors, minor="nowhere.at_all")),
        pytest.raises(ImproperlyConfigured, match="nowhere"),
    ):
        driver()


def test_middleware_that_does_not_exist() -> None:
    """What cannot be imported is left for Django to name."""
    assert [] == ids(DEBUG=True, MIDDLEWARE=["nowhere.Middleware", OURS])


class OwnGZip(GZipMiddleware):
    """A site's own version."""
