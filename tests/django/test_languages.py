"""What visitors read follows Django's active language."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import AsyncClient, Client, override_settings

from consentkit.pages.texts import load
from consentkit.records.memory import MemoryStore
from tests.django.conftest import HEADERS

LOCALE = "django.middleware.locale.LocaleMiddleware"
GERMAN = {**HEADERS, "Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


def words(language: str, key: str = "banner.settings") -> str:
    """What consentkit says in a language."""
    return load(language).plain(key)


@pytest.fixture
def translated(store: MemoryStore) -> Iterator[None]:
    """The site with Django's middleware for languages, and three of them."""
    stack = [*settings.MIDDLEWARE[:3], LOCALE, *settings.MIDDLEWARE[3:]]
    spoken = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
    with override_settings(MIDDLEWARE=stack, LANGUAGES=spoken, CONSENTKIT={**settings.CONSENTKIT, "records": store}):
        yield


@pytest.mark.parametrize("path", ["/spoken", "/spoken?say"])
def test_pages(translated: None, path: str) -> None:
    """Banner, links and policy speak as the page does, whether its html element says so or not."""
    text = Client(headers=GERMAN).get(path).content.decode()
    assert 3 <= text.count(words("de"))  # the control, the link of the site's own, the policy
    assert words("en") not in text
    assert words("de", "banner.accept") in text
    assert "/_ck/preferences?lang=de&amp;return=/spoken" in text


def test_pages_in_the_event_loop(translated: None) -> None:
    """The same where the site is awaited."""

    async def visit() -> str:
        headers = {name: value for name, value in GERMAN.items() if name != "Host"}  # this client would send two
        response = await AsyncClient().get("/spoken", headers=headers)
        return str(response.content.decode())

    assert words("de", "banner.accept") in asyncio.run(visit())


def test_a_chosen_language(translated: None) -> None:
    """A language that the visitor chose in Django comes before the browser's, on our own pages too."""
    client = Client(headers=GERMAN)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    assert words("fr", "banner.accept") in client.get("/spoken").content.decode()
    for path in ("/_ck/preferences", "/_ck/policy"):
        assert '<html lang="fr"' in client.get(path).content.decode()


def test_languages_that_the_site_does_not_speak(translated: None) -> None:
    """What Django does not offer is not spoken: the site stays in one language."""
    polish = {**HEADERS, "Accept-Language": "pl"}
    assert words("en", "banner.accept") in Client(headers=polish).get("/spoken").content.decode()


def test_without_the_middleware(store: MemoryStore) -> None:
    """Without it a page that says no language is asked in the visitor's, and links follow LANGUAGE_CODE."""
    with override_settings(LANGUAGE_CODE="fr"):
        text = Client(headers=GERMAN).get("/spoken").content.decode()
    assert words("de", "banner.accept") in text
    assert words("fr") in text
