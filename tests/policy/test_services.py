"""Whom a site contacts, and what is kept on the visitor's device."""

from __future__ import annotations

import pytest

from consentkit.policy.models import Cookie, OwnCookie, Policy
from tests.policy.refused import Declared, refused_keys


def test_a_service_serves_a_purpose(declared: Declared) -> None:
    """A service without a purpose could be neither granted nor refused."""
    declared["services"][0]["purposes"] = []
    assert ["services.0.purposes"] == refused_keys(declared)


def test_who_reads_a_cookie(declared: Declared) -> None:
    """A service's cookie is read by the service unless it is told; of the site's own the owner says so (R22)."""
    policy = Policy.model_validate(declared)
    assert policy.services[0].cookies[0].third_party
    assert not policy.cookies[0].third_party


@pytest.mark.parametrize(
    ("lifetime", "max_age"),
    [
        ("session", None),
        ("1 second", 1),
        ("30 minutes", 1800),
        ("24 hours", 86_400),
        ("90 days", 7_776_000),
        ("2 weeks", 1_209_600),
        ("13 months", 34_187_400),
        ("2 years", 63_115_200),
    ],
)
def test_lifetimes(lifetime: str, max_age: int | None) -> None:
    """A lifetime is a session, or a number and a unit."""
    cookie = Cookie.model_validate({"name": "a", "lifetime": lifetime, "description": "b"})
    assert max_age == cookie.max_age


def test_own_cookies_are_cookies() -> None:
    """Whoever takes a cookie takes the site's own as well."""
    own = {"name": "a", "lifetime": "session", "description": "b", "purpose": "basket", "third_party": False}
    assert isinstance(OwnCookie.model_validate(own), Cookie)
