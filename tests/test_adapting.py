"""What the frameworks' adapters say in the same words."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.adapting import is_led, missing, policy_html, preferences_url, refusal, settings_link
from consentkit.consent.state import Consent, grant
from consentkit.errors import UsageError
from consentkit.http import Request
from consentkit.kit import ConsentKit
from tests.policies import make_policy, purpose, service

SECRET = "a secret of 24 characters"
POLICY = make_policy(
    purposes=[purpose("media", title="Films & songs"), purpose("ads"), purpose("news", asked="form")],
    services=[{**service("tube", "media"), "name": "Tube"}, service("adverts", "ads")],
)
KIT = ConsentKit(POLICY, secret=SECRET)


def asked(path: str = "/films", *headers: tuple[str, str], method: str = "GET", **more: Any) -> Request:
    """A request to the shop."""
    return Request(method, "https", "shop.example", path, headers=headers, **more)


def test_the_preferences_lead_back() -> None:
    """Mount point, path and query of the page are in the address, encoded; a language that the site speaks is named."""
    request = asked("/films & more", query="a=1&b=2", root_path="/app")
    assert "/app/_ck/preferences?return=/app/films%2520%26%2520more%3Fa%3D1%26b%3D2" == preferences_url(KIT, request)
    assert "/_ck/preferences?lang=de&return=/films" == preferences_url(KIT, asked(), "de-AT")
    assert "/_ck/preferences?lang=en&return=/films" == preferences_url(KIT, asked(), "tlh")


@pytest.mark.parametrize(
    ("method", "headers", "led"),
    [
        ("GET", [("Sec-Fetch-Dest", "document")], True),
        ("HEAD", [("Sec-Fetch-Dest", "document")], True),
        ("GET", [("Accept", "text/html")], True),
        ("POST", [("Sec-Fetch-Dest", "document")], False),
        ("GET", [("Sec-Fetch-Dest", "image")], False),
        ("GET", [("Accept", "application/json")], False),
    ],
)
def test_who_is_led_to_the_preferences(method: str, headers: list[tuple[str, str]], led: bool) -> None:
    """Only a visitor who asked for a page: a form would be lost, and a program reads no page."""
    assert led is is_led(asked("/", *headers, method=method))


def test_the_link_to_the_preferences_is_markup() -> None:
    """Its words are ours in the page's language, or the site's own, which are text."""
    link = settings_link(KIT, asked())
    assert link.startswith(
        '<a href="/_ck/preferences?return=/films" data-ck="settings" hx-boost="false" data-turbo="false">'
    )
    assert settings_link(KIT, asked(), language="de").striptags() != link.striptags()
    own = settings_link(KIT, asked("/a", query='"><script>'), text="Films & <b>cookies</b>")
    assert '">Films &amp; &lt;b&gt;cookies&lt;/b&gt;</a>' in own
    assert "<script" not in own


def test_the_policy_for_a_page_of_the_sites_own() -> None:
    """Its texts in the page's language, without a document around them."""
    html = policy_html(KIT, asked())
    assert "Films &amp; songs" in html
    assert "<html" not in html
    assert html != policy_html(KIT, asked(), "de")


def test_what_is_missing() -> None:
    """In the order in which it was asked for: purposes and services that the visitor has not granted."""
    granted = Consent(POLICY, grant(POLICY, ["media"]), decided_at=1)
    assert ("ads", "adverts") == missing(granted, ["media", "ads", "tube", "adverts"])
    assert () == missing(granted, [])
    assert ("media",) == missing(Consent(POLICY), ["media"])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("medai", "did you mean 'media'"), ("zzzz", "there are media, ads, news, tube, adverts"), ("news", "at a form")],
)
def test_what_could_never_be_granted_is_a_mistake(name: str, sentence: str) -> None:
    """A name that nobody declared, or that only a form asks for, is told of, whatever else is asked for."""
    with pytest.raises(UsageError, match=sentence):
        missing(Consent(POLICY), ["media", name])


def test_the_refusal_says_what_for_and_where() -> None:
    """Titles of purposes and names of services, and the address at which they can be granted."""
    assert (
        "This needs your consent (Films & songs, Tube), which you have not given. "
        "You can give it at /_ck/preferences?return=/films"
    ) == refusal(KIT, asked(), ["media", "tube"])
