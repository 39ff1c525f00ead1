"""The policy's further forms, the statement on Global Privacy Control, and what refused visitors are told."""

from __future__ import annotations

import datetime
import json

import pytest

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.state import Consent
from consentkit.endpoints import Endpoints
from consentkit.http import Request, Response, header_values
from consentkit.pages.languages import NAMES
from consentkit.pages.render import Pages
from consentkit.pages.texts import load
from consentkit.policy.models import Policy
from tests.pages.policies import full_policy

SECRET = b"a secret of 24 characters"
STATED = datetime.date(2026, 11, 1)


def endpoints(policy: Policy) -> Endpoints:
    """The endpoints of a policy."""
    return Endpoints(policy, ConsentCookie(policy, [SECRET]), Pages(policy, secrets=[SECRET]))


PLAIN = endpoints(full_policy())
STATING = endpoints(full_policy(gpc_statement=STATED))


def get(path: str, query: str = "", served: Endpoints = PLAIN, root_path: str = "", **fields: str) -> Response | None:
    """The answer to a request, None if it is the app's to answer."""
    headers = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    request = Request(
        method="GET", scheme="https", host="shop.example", path=path, query=query, headers=headers, root_path=root_path
    )
    route = served.match(request)
    if route is None:
        return None
    consent = Consent(full_policy())
    return served.answer(route, request, consent, b"", now=1_793_500_000.0, entropy=bytes(64)).finish([])


def seen(response: Response | None) -> Response:
    """An answer of ours."""
    assert response is not None
    return response


@pytest.mark.parametrize("path", ["/privacy", "/_ck/policy"])
def test_the_policy_as_text_and_its_schema(path: str) -> None:
    """Both stand beside the page, cached as it is; plain text also comes to who accepts nothing else."""
    text = seen(get(path + ".txt"))
    assert ["text/plain; charset=utf-8"] == list(header_values(text.headers, "content-type"))
    assert text.body == seen(get(path, accept="text/plain")).body
    schema = seen(get(path + ".schema.json"))
    assert ["application/schema+json; charset=utf-8"] == list(header_values(schema.headers, "content-type"))
    assert "PurposeEntry" in json.loads(schema.body)["$defs"]
    for found in (text, schema):
        assert ["public, max-age=300"] == list(header_values(found.headers, "cache-control"))
        (etag,) = header_values(found.headers, "etag")
        assert 304 == seen(get(path + (".txt" if found is text else ".schema.json"), if_none_match=etag)).status


def test_each_order_is_an_address_with_its_own_tag() -> None:
    """What is sorted otherwise has other bytes and another entity tag; what is made up changes neither."""
    tags = {query: next(iter(header_values(seen(get("/privacy", query)).headers, "etag"))) for query in
            ("", "sort=lifetime", "services=country", "sort=nonsense", "sort=%3Cscript%3E&services=x")}  # fmt: skip
    assert tags[""] == tags["sort=nonsense"] == tags["sort=%3Cscript%3E&services=x"]
    assert 3 == len({tags[""], tags["sort=lifetime"], tags["services=country"]})


@pytest.mark.parametrize("language", sorted(NAMES))
def test_each_language_has_its_version(language: str) -> None:
    """By address or by Accept-Language, with an entity tag of its own; the page says which it is and names the others."""
    page = seen(get("/privacy", f"lang={language}"))
    html = page.body.decode()
    assert f'<html lang="{language}" dir="{load(language).direction}">' in html
    assert all(f'<a href="?lang={tag}" hreflang="{tag}" lang="{tag}"' in html for tag in NAMES)
    assert page.body == seen(get("/privacy", accept_language=language)).body
    assert ["Accept, Accept-Language"] == list(header_values(page.headers, "vary"))
    if language != "en":
        assert header_values(page.headers, "etag") != header_values(seen(get("/privacy")).headers, "etag")


def test_the_statement_on_global_privacy_control() -> None:
    """R42: `gpc` and the date of the statement, as JSON; nothing where the owner states nothing or is not at the root."""
    found = seen(get("/.well-known/gpc.json", served=STATING))
    assert {"gpc": True, "lastUpdate": "2026-11-01"} == json.loads(found.body)
    assert ["application/json"] == list(header_values(found.headers, "content-type"))
    assert get("/.well-known/gpc.json") is None
    assert get("/.well-known/gpc.json", served=STATING, root_path="/app") is None


@pytest.mark.parametrize("language", sorted(NAMES))
def test_what_is_refused_is_said_in_the_visitors_language(language: str) -> None:
    """The page and the JSON say it in the visitor's language; the exact sentence, in English, is marked as that."""
    texts = load(language)
    page = seen(get("/_ck/nothing", accept_language=language, accept="text/html"))
    html = page.body.decode()
    assert 404 == page.status
    assert f"<h1>{texts.html('error.title_404')}</h1>" in html
    error = json.loads(seen(get("/_ck/nothing", accept_language=language, accept="application/json")).body)["error"]
    assert "There is nothing at this address." == error["message"]
    if language == "en":
        assert error["message"] == error["text"]
    else:
        assert texts.plain("error.text_404") == error["text"]
        assert texts.html("error.text_404") in html
        assert '<p lang="en" dir="ltr">There is nothing at this address.</p>' in html
