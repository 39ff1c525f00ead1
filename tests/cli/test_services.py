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


def test_list_says_what_is_verified(run: Run) -> None:
    """A verified service has its day at the end of the line, another has none, and their numbers follow apart."""
    result = run("services")
    lines = dict(zip(catalogue.services(), result.stdout.splitlines(), strict=True))
    verified = [service for service in lines if service.verified]
    assert verified
    assert all(
        line.endswith(f", verified {service.verified}") == (service in verified) for service, line in lines.items()
    )
    assert f"{len(lines)} services, {len(verified)} verified\n" == result.stderr


@pytest.mark.parametrize(("option", "verified"), [("--verified", True), ("--unverified", False)])
def test_list_of_the_verified_or_the_others(run: Run, option: str, verified: bool) -> None:
    """Either kind can be listed alone, and be searched alone."""
    kind = [service.id for service in catalogue.services() if (service.verified is not None) == verified]
    listed = [line.split()[0] for line in run("services", option).stdout.splitlines()]
    assert kind == listed
    found = [line.split()[0] for line in run("services", "search", "google", option).stdout.splitlines()]
    assert found
    assert set(found) < set(kind)


def test_search_of_the_wrong_kind(run: Run) -> None:
    """Where only the other kind has the word, that is said."""
    result = run("services", "search", "klaviyo.com", "--unverified")
    assert 2 == result.exit_code
    assert "Error: no unverified service has 'klaviyo.com' in it: 1 service with it is verified\n" == result.stderr


def test_option_in_front_of_the_command(run: Run) -> None:
    """An option that would be lost in front of a command is refused."""
    result = run("services", "--verified", "search", "maps")
    assert 2 == result.exit_code
    assert "behind the command: services search" in result.stderr


@pytest.mark.parametrize("word", ["youtube", "YouTube", "youtu.be", "VISITOR_INFO1"])
def test_search(run: Run, word: str) -> None:
    """Ids, names, hosts and cookies are searched, whatever the case."""
    assert "youtube" in [line.split()[0] for line in run("services", "search", word).stdout.splitlines()]


def test_search_for_several_words(run: Run) -> None:
    """Each word has to be somewhere: nobody knows how the catalogue writes a name."""
    assert run("services", "search", "google", "fonts").stdout == run("services", "search", "Fonts google").stdout
    found = [line.split()[0] for line in run("services", "search", "google", "fonts").stdout.splitlines()]
    assert "google-fonts" in found
    assert "google-analytics" not in found
    assert "has 'google qqqqqqqq' in it" in run("services", "search", "google", "qqqqqqqq").stderr


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


@pytest.mark.parametrize("verified", [True, False])
def test_show_says_what_is_verified(run: Run, verified: bool) -> None:
    """A verified service is shown with the document and the day, another with the word that it is not."""
    service = next(each for each in catalogue.services() if (each.verified is not None) == verified)
    shown = run("services", "show", service.id).stdout
    assert verified == (f'source = "{service.source}"\nverified = {service.verified}\n' in shown)
    assert verified == ("# not verified: " not in shown)


@pytest.mark.parametrize(
    ("name", "said"), [("yuotube", "did you mean youtube"), ("qqqqqqqq", "`consentkit services` lists all")]
)
def test_show_of_the_unknown(run: Run, name: str, said: str) -> None:
    """An unknown id gets the nearest ones."""
    result = run("services", "show", name)
    assert 2 == result.exit_code
    assert said in result.stderr
