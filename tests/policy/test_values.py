"""What a single value of a policy file may be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from consentkit.policy.models import Cookie, seconds
from tests.policy.refused import Declared, refused_keys


@pytest.mark.parametrize(
    "lifetime",
    ["", "13", "months", "13months", "-1 days", "0 days", "1.5 years", "P1Y", "١ day", "1 fortnight", "2  days"],
)
def test_what_is_no_duration(lifetime: str) -> None:
    """Anything else is refused, with an example."""
    with pytest.raises(ValueError, match="write a number and a unit, such as '13 months'"):
        seconds(lifetime)
    with pytest.raises(ValidationError):
        Cookie.model_validate({"name": "a", "lifetime": lifetime, "description": "b"})


@pytest.mark.parametrize("rule", ["no arrow", "([ -> x", " -> "])
def test_watch_url_is_a_rule(declared: Declared, rule: str) -> None:
    """The rule for a link to people's page has an arrow and a sound regular expression."""
    declared["services"][0]["watch_url"] = rule
    assert ["services.0.watch_url"] == refused_keys(declared)


@pytest.mark.parametrize(
    ("pattern", "sound"),
    [
        ("counter.example", True),
        ("*.counter.example", True),
        ("counter.example/js/*/track", True),
        ("*/matomo.js", True),
        ("farm*.pictures.example", True),
        ("localhost", True),
        ("*", False),
        ("https://counter.example", False),
        ("counter.example:8080", False),
        ("Counter.example", False),
        ("counter.example.", False),
        ("counter.example/a b", False),
        ("", False),
    ],
)
def test_hosts_of_services(declared: Declared, pattern: str, sound: bool) -> None:
    """A host, perhaps with stars, perhaps with the beginning of a path; no scheme, no port, small letters."""
    declared["services"][0]["hosts"] = [pattern]
    assert ([] if sound else ["services.0.hosts.0"]) == refused_keys(declared)


@pytest.mark.parametrize(
    "site", ["brightwash.example", "localhost", "127.0.0.1", "shop.brightwash.co.uk", "me.github.io"]
)
def test_sites(declared: Declared, site: str) -> None:
    """A site is a host, on whatever suffix; hosts of development too."""
    declared["sites"] = [site]
    assert [] == refused_keys(declared)


@pytest.mark.parametrize(
    "site", ["https://brightwash.example", "brightwash.example:8000", "Brightwash.example", "a b", ""]
)
def test_what_is_no_site(declared: Declared, site: str) -> None:
    """No scheme, no port, small letters."""
    declared["sites"] = [site]
    assert ["sites.0"] == refused_keys(declared)
