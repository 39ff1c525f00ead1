"""The placeholder for a frame that a script adds: whose it is, and never a way to show just any address."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.state import Consent, grant_all
from consentkit.endpoints import Endpoints
from consentkit.http import Request, Response, header_values
from consentkit.pages.render import Pages
from tests.policies import exempt, make_policy, purpose, service

SECRET = b"a secret of 24 characters"
POLICY = make_policy(
    purposes=[exempt("basket"), purpose("media")], services=[service("tube", "media", placeholder="video")]
)
PAGES = Pages(POLICY, secrets=[SECRET])
ENDPOINTS = Endpoints(POLICY, ConsentCookie(POLICY, [SECRET]), PAGES)
FILM = "https://tube.example/embed/a"


def ask(consent: Consent | None = None, *headers: tuple[str, str], **query: str) -> Response:
    """The answer to a request for a placeholder."""
    asked = Request(
        method="GET",
        path="/_ck/placeholder",
        query=urlencode(query),
        headers=headers,
        scheme="https",
        host="shop.example",
    )
    route = ENDPOINTS.match(asked)
    assert route is not None
    return ENDPOINTS.answer(route, asked, consent or Consent(POLICY), b"", now=1.0, entropy=bytes(64)).finish([])


def test_the_placeholder_names_the_service_and_its_ways() -> None:
    """Who would be contacted, in the frame's size, with a button that allows it and a link; nothing that loads it."""
    response = ask(url=FILM, width="400", height="225", lang="de")
    text = response.body.decode()
    assert (200, ["no-store"]) == (response.status, header_values(response.headers, "cache-control"))
    assert 'viewBox="0 0 400 225"' in text
    assert 'lang="de"' in text
    assert 'value="tube"' in text
    assert f'href="{FILM}"' in text
    assert not [way for way in ("data-ck-frame", "load-once", "<script", "<iframe") if way in text]


def test_what_is_allowed_needs_none() -> None:
    """For what may be shown anyway, and for the site itself, there is nothing to put in its place."""
    granted = Consent(POLICY, grant_all(POLICY), decided_at=1)
    assert [204, 204] == [ask(granted, url=FILM).status, ask(url="https://shop.example/own").status]


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "data:text/html,x", "//tube.example", "/own", "about:blank"]
)
def test_only_web_addresses_are_taken(url: str) -> None:
    """Nothing that a link must not lead to comes back as one."""
    assert ask(url=url).status == 400


def test_nothing_of_the_address_becomes_markup() -> None:
    """However the address is written, it stands in attributes only."""
    text = ask(url='https://tube.example/"><script>alert(1)</script>', width='"><b>').body.decode()
    assert not [markup for markup in ("<script", "<b>") if markup in text.replace('<b class="ck-title">', "")]


def test_other_sites_get_nothing() -> None:
    """It is for this site's own pages."""
    assert ask(None, ("Sec-Fetch-Site", "cross-site"), url=FILM).status == 403
    assert ask(None, ("Sec-Fetch-Site", "same-origin"), url=FILM).status == 200
