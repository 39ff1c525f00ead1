"""Together with what else Django sites have: caches, compression, conditional requests, static files, CSP, htmx."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings

from consentkit.django.checks import FETCH, OURS, UPDATE
from consentkit.records.memory import MemoryStore
from tests.django.conftest import FORM, HEADERS, accept
from tests.django.views import COUNTER, Calls
from tests.drivers.policies import small_policy

GZIP = "django.middleware.gzip.GZipMiddleware"
CONDITIONAL = "django.middleware.http.ConditionalGetMiddleware"
REST = settings.MIDDLEWARE[2:]


def site(before: Sequence[str] = (), after: Sequence[str] = (), **changes: Any) -> Any:
    """The site with middleware around and inside of consentkit, and an empty cache."""
    cache.clear()
    Calls.count = 0
    return override_settings(MIDDLEWARE=[*before, OURS, *after, *REST], **changes)


def shared(store: MemoryStore) -> dict[str, Any]:
    """The setting with pages that are the same for all."""
    return {"CONSENTKIT": {**settings.CONSENTKIT, "policy": small_policy(mode="shared"), "records": store}}


@pytest.fixture
def visitors(store: MemoryStore) -> tuple[Client, Client]:
    """One who accepted everything and one who did not."""
    yes, no = Client(headers=HEADERS), Client(headers=HEADERS)
    cookies = accept(Client(headers=HEADERS)).cookies
    yes.cookies.update(cookies)  # they load the middleware at their first request, inside of `site`
    return yes, no


@pytest.mark.parametrize(("path", "inside"), [("/counting", (UPDATE, FETCH)), ("/cached", ())])
def test_a_cache_inside(visitors: tuple[Client, Client], path: str, inside: Sequence[str]) -> None:
    """A page is made once and kept, and each visitor gets it rewritten as they decided."""
    yes, no = visitors
    with site(after=inside):
        for _ in range(2):
            for client, live in ((yes, True), (no, False)):
                text = client.get(path).content.decode()
                assert live == (COUNTER in text)
                assert "made 1 times" in text


@pytest.mark.parametrize(("path", "inside"), [("/counting?ask", (UPDATE, FETCH)), ("/cached?ask", ())])
def test_pages_that_ask(visitors: tuple[Client, Client], path: str, inside: Sequence[str]) -> None:
    """A page that asked for the visitor's consent is not kept for the next one."""
    with site(after=inside):
        for _ in range(2):
            for client, allowed in zip(visitors, (True, False), strict=True):
                assert f"allowed: {allowed}" in client.get(path).content.decode()
    assert 4 == Calls.count


def test_a_cache_outside_of_pages_that_differ(visitors: tuple[Client, Client]) -> None:
    """Nothing is kept outside of pages that differ by visitor."""
    with site(before=(UPDATE, FETCH)):
        for _ in range(2):
            for client, live in zip(visitors, (True, False), strict=True):
                assert live == (COUNTER in client.get("/counting").content.decode())
    assert 4 == Calls.count


def test_a_cache_outside_of_shared_pages(store: MemoryStore) -> None:
    """Shared pages are kept with the rewriting in them, and our own endpoints still answer each visitor."""
    with site(before=(UPDATE, FETCH), **shared(store)):
        yes, no = Client(headers=HEADERS), Client(headers=HEADERS)
        assert 303 == accept(yes).status_code
        pages = [client.get("/counting").content for client in (yes, no, yes, no)]
        assert pages == [pages[0]] * 4
        assert 1 == Calls.count
        states = [client.get("/_ck/state").json() for client in (yes, no, yes, no)]
        assert states[0] == states[2] != states[1] == states[3]


@pytest.mark.parametrize(("path", "inside"), [("/counting", (UPDATE, FETCH)), ("/cached", ())])
def test_a_cache_inside_of_shared_pages(store: MemoryStore, path: str, inside: Sequence[str]) -> None:
    """Inside as well, by middleware or `cache_page`: made once, and the same bytes for those who accepted and others."""
    with site(after=inside, **shared(store)):
        yes, no = Client(headers=HEADERS), Client(headers=HEADERS)
        accept(yes)
        pages = [client.get(path).content for client in (yes, no, yes, no)]
    assert pages == [pages[0]] * 4
    assert 1 == Calls.count


def test_compression_outside(client: Client) -> None:
    """What is compressed around consentkit is the page that it wrote, although the app never hears of compression."""
    with site(before=(GZIP,)):
        response = client.get("/", headers={**HEADERS, "Accept-Encoding": "gzip"})
        assert "gzip" == response["Content-Encoding"]
        text = gzip.decompress(response.content).decode()
        assert ("ck-banner" in text, COUNTER in text) == (True, False)
        stream = client.get("/stream", headers={**HEADERS, "Accept-Encoding": "gzip"})
        assert "ck-banner" in gzip.decompress(b"".join(stream)).decode()


@pytest.mark.parametrize("outside", [True, False])
def test_conditional_requests(client: Client, outside: bool) -> None:
    """A page is confirmed while nothing changed, and sent anew after a decision."""
    with site(**{"before" if outside else "after": (CONDITIONAL,)}):
        first = client.get("/")
        again = client.get("/", headers={**HEADERS, "If-None-Match": first["ETag"]})
        assert (304, b"") == (again.status_code, again.content)
        assert first["ETag"].removeprefix("W/") == again["ETag"].removeprefix("W/")
        accept(client)
        changed = client.get("/", headers={**HEADERS, "If-None-Match": first["ETag"]})
        assert (200, True) == (changed.status_code, COUNTER in changed.content.decode())


@pytest.mark.parametrize("outside", [True, False])
def test_whitenoise(client: Client, tmp_path: Path, outside: bool) -> None:
    """Static files come from WhiteNoise on either side, unchanged and cacheable."""
    pytest.importorskip("whitenoise")
    (tmp_path / "site.css").write_text("h1 { color: teal }")
    noise = "whitenoise.middleware.WhiteNoiseMiddleware"
    where = {"before" if outside else "after": (noise,)}
    with site(**where, WHITENOISE_ROOT=str(tmp_path), STATIC_ROOT=None, WHITENOISE_MAX_AGE=600):
        response = client.get("/site.css", headers={**HEADERS, "Sec-Fetch-Dest": "style", "Accept": "text/css"})
        assert b"h1 { color: teal }" == b"".join(response)
        assert ("max-age=600, public", None) == (response["Cache-Control"], response.get("Content-Security-Policy"))
        assert "ck-banner" in client.get("/").content.decode()


def test_django_csp(client: Client) -> None:
    """The site's own policy stays, with room for our part, and ours stands beside it in the one field there is."""
    pytest.importorskip("csp")
    own = {"DIRECTIVES": {"default-src": ["'self'"], "script-src": ["'none'"]}}
    with site(after=("csp.middleware.CSPMiddleware",), CONTENT_SECURITY_POLICY=own):
        policies = client.get("/")["Content-Security-Policy"].split(", ")
        assert 2 == len(policies)
        assert "/_ck/" in policies[0].partition("script-src")[2].partition(";")[0]
        assert "counter.example" not in policies[1]


def test_djangos_own_csp(client: Client) -> None:
    """The same for the middleware that Django has since 6.0."""
    pytest.importorskip("django.middleware.csp")
    with site(after=("django.middleware.csp.ContentSecurityPolicyMiddleware",), SECURE_CSP={"default-src": ["'self'"]}):
        assert 2 == len(client.get("/")["Content-Security-Policy"].split(", "))


def test_htmx(client: Client) -> None:
    """A fragment for htmx gets no banner, and what it would contact is blocked like in every page."""
    pytest.importorskip("django_htmx")
    with site(after=("django_htmx.middleware.HtmxMiddleware",)):
        headers = {"Host": "brightwash.example", "HX-Request": "true", "Sec-Fetch-Dest": "empty", "Accept": "*/*"}
        text = client.get("/fragment", headers=headers).content.decode()
        assert ("ck-banner" in text, COUNTER in text, "<p>part" in text) == (False, False, True)


def test_messages_survive_a_decision(client: Client) -> None:
    """A message waits for the next page of the site and is not used up by a page of ours."""
    text = client.get("/form").content.decode()
    token = text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    client.post("/form", {"csrfmiddlewaretoken": token}, headers=FORM)
    accept(client)
    client.get("/_ck/preferences")
    assert "thank you" in client.get("/form").content.decode()
