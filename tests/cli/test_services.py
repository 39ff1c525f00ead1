"""`consentkit services`: list, search, show."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest
from click.testing import Result

from consentkit.policy import catalogue
from consentkit.policy.models import Service

Run = Callable[..., Result]


def test_list(run: Run) -> None:
    """Every service is a line that begins with its id."""
    lines = run("services").stdout.splitlines()
    assert [service.id for service in catalogue.services()] == [line.split()[0] for line in lines]


@pytest.mark.parametrize("word", ["youtube", "YouTube", "youtu.be", "VISITOR_INFO1"])
def test_search(run: Run, word: str) -> None:
    """Ids, names, hosts and cookies are searched, whatever the case."""
    assert "youtube" in [line.split()[0] for line in run("services", "search", word).stdout.splitlines()]


@pytest.mark.parametrize(("word", "said"), [("yuotube", "did you mean youtube"), ("qqqqqqqq", "declare it in full")])
def test_search_without_result(run: Run, word: str, said: str) -> None:
    """Nothing found is said, with the nearest ids or another way."""
    result = run("services", "search", word)
    assert 2 == result.exit_code
    assert f"Error: no service of the catalogue has '{word}' in it: " in result.stderr
    assert said in result.stderr


@pytest.mark.parametrize(
    "service", catalogue.services()[:: max(1, len(catalogue.services()) // 25)], ids=lambda s: s.id
)
def test_show_is_what_a_policy_would_declare(run: Run, service: Service) -> None:
    """What is shown is TOML, and the same service when it is read again."""
    (table,) = tomllib.loads(run("services", "show", service.id).stdout)["services"]
    assert service == Service.model_validate(table)


@pytest.mark.parametrize(
    ("name", "said"), [("yuotube", "did you mean youtube"), ("qqqqqqqq", "`consentkit services` lists all")]
)
def test_show_of_the_unknown(run: Run, name: str, said: str) -> None:
    """An unknown id gets the nearest ones."""
    result = run("services", "show", name)
    assert 2 == result.exit_code
    assert said in result.stderr
