"""A policy made ready: what its rules cover, refuse and tell the owner."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.blocking import Blocker, Grant, Rules, compile_policy
from consentkit.consent.state import Consent
from consentkit.consent.state import grant as choices_of
from consentkit.errors import UsageError
from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.rewriter import Rewriter
from consentkit.policy import catalogue
from tests.blocking.declared import RULES, SERVICES, policy, resource, service_of
from tests.policies import make_policy


def test_own_words_cover_the_catalogue() -> None:
    """An owner's service that names a host covers what the catalogue knows of that host, code included."""
    own = {"id": "measuring", "purposes": ["numbers"], "hosts": ["connect.facebook.net", "facebook.com"]}
    rules = compile_policy(policy([own]))

    assert service_of("https://www.facebook.com/tr?id=1", rules=rules) == "measuring"
    assert service_of("https://www.facebook.com/tr?id=1", "numbers", rules=rules) is None
    assert Blocker(rules, Grant()).decide_inline("fbq('init', '1')", Kind.SCRIPT) == Block("measuring", ("numbers",))
    assert Blocker(rules, rules.grant(["numbers"])).decide_inline("fbq('init', '1')", Kind.SCRIPT) is None


IAB = "__tcfapi, __gpp, __uspapi or __cmp, the interfaces of the IAB"


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ("window.__tcfapi = function () {}", IAB),
        ("__gpp('ping', console.log)", IAB),
        ("window['__cmp'] ||= stub", IAB),
        ("__uspapi('getUSPData', 1, save)", IAB),
        ("window.axeptioSettings = {}", "axeptio"),
    ],
)
def test_another_consent_manager_is_noticed(html: str, name: str) -> None:
    """Code of another consent manager is told to the owner, once (R91)."""
    rules = compile_policy(make_policy())
    for _ in range(2):
        Blocker(rules, Consent(make_policy())).decide_inline(html, Kind.SCRIPT)
    assert [name] == [notice.subject for notice in rules.notices() if notice.kind == "consent-manager"]


def test_a_consent_managers_host_is_noticed() -> None:
    """So is its script."""
    rules = compile_policy(make_policy())
    url = "https://static.axept.io/sdk.js"
    Blocker(rules, Consent(make_policy())).decide(
        Resource(url, "static.axept.io", "/sdk.js", Kind.SCRIPT, "script", "src")
    )
    assert {"unknown-host", "consent-manager"} == {notice.kind for notice in rules.notices()}


def test_notices() -> None:
    """Each unknown host and service is told once, with the lines that declare it."""
    rules = Rules(policy())
    blocker = Blocker(rules, Grant())
    for _ in range(2):
        blocker.decide(resource("https://unknown.example/"))
        blocker.decide(resource("https://www.youtube.com/embed/x"))
        blocker.decide(resource("https://counter.example/"))
        blocker.decide_inline("fbq('init', '1')", Kind.SCRIPT)
    first = blocker.notices()

    assert [("unknown-host", "unknown.example"), ("unknown-host", "www.youtube.com"),
            ("unknown-service", "facebook-pixel")] == [(n.kind, n.subject) for n in first]  # fmt: skip
    assert 'hosts = ["unknown.example"]' in first[0].message
    assert "name it in `sites` if it is yours" in first[0].message
    assert 'id = "youtube"' in first[1].message
    assert "sites" not in first[1].message
    assert blocker.notices() == []


def test_a_stranger_on_a_known_host_is_noticed() -> None:
    """A service that nobody declared is told of, though another service on its host was met before it."""
    known = catalogue.service("google-maps")
    assert known is not None
    rules = compile_policy(policy([known.model_dump() | {"purposes": ["films"]}]))
    page = (
        b'<!doctype html><iframe src="https://www.google.com/maps/embed?pb=1"></iframe>'
        b'<script src="https://www.google.com/recaptcha/api.js"></script>'
    )
    rewriter = Rewriter(Blocker(rules, Grant()), url="https://site.example/")
    rewriter.feed(page)
    rewriter.finish()

    [notice] = rules.notices()
    assert ("unknown-host", "www.google.com") == (notice.kind, notice.subject)
    assert 'id = "google-recaptcha"' in notice.message


def test_hosts_allowed() -> None:
    """The host patterns of the services that may be contacted are known."""
    declared = policy()
    consent = Consent(declared, choices_of(declared, ["kino"]))

    assert RULES.hosts_allowed(consent) == ["basket.example", "kino.example/embed/", "static.kino.example"]


@pytest.mark.parametrize("grant", [["nonsense"], "numbers"])
def test_wrong_grant(grant: Any) -> None:
    """Granting what is not declared is the caller's mistake, and is told."""
    with pytest.raises(UsageError, match=r"nonsense|grant="):
        RULES.grant(grant)


def test_catalogue() -> None:
    """Without a policy the whole catalogue is declared and first party is the page's registrable domain."""
    rules = compile_policy()
    blocker = Blocker(rules, rules.grant([]), site="site.example")

    assert rules is compile_policy(None)
    assert blocker.decide(resource("https://static.site.example/a.js")) is None
    assert blocker.decide(resource("https://shop.example/a.js")) == Block("", (), "shop.example")
    block = blocker.decide(resource("https://www.youtube.com/embed/x"), Mark(exempt=True))
    assert block is not None
    assert block.service == "youtube"
    allowed = Blocker(rules, rules.grant(block.purposes), site="site.example")
    assert allowed.decide(resource("https://www.youtube.com/embed/x")) is None


def test_catalogue_is_known_beside_files_anywhere() -> None:
    """A file declared on any host does not make the owner's word the only one on every host."""
    rules = compile_policy(policy([SERVICES[5]]))
    text = "new Image().src = 'https://www.facebook.com/tr?id=1'"

    assert Blocker(rules, Grant()).decide_inline(text, Kind.SCRIPT) == Block("", ())


def test_catalogue_shares_hosts_by_path() -> None:
    """Declaring one entry of the catalogue does not let in another one that has a path of the same host."""
    rules = compile_policy(policy([dict(compile_policy().services["facebook"].model_dump(), purposes=["numbers"])]))

    assert service_of("https://connect.facebook.net/en_US/sdk.js", "numbers", rules=rules) is None
    assert service_of("https://connect.facebook.net/en_US/fbevents.js", "numbers", rules=rules) == ""
