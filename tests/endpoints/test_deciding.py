"""What a visitor says becomes a cookie and its proof, or a sentence why not."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.effects import Append
from consentkit.consent.state import Consent, grant
from consentkit.endpoints import Endpoints
from consentkit.endpoints.deciding import withdrawn
from consentkit.errors import StoreError
from consentkit.html.urls import parse_url
from consentkit.http import Request
from consentkit.pages.render import Pages
from tests.endpoints.shop import (
    COOKIE,
    FORM,
    HERE,
    JSON,
    PAGES,
    POLICY,
    SECRET,
    WANTS_JSON,
    answer,
    header,
    kept,
    post,
    request,
    serve,
)


def test_a_form_leads_back_with_the_cookie_and_is_not_stored() -> None:
    """R173: 303 to the path in the form, `no-store`, one Set-Cookie."""
    response = post([("decision", "accept"), ("return", "/a?b=c")])
    assert (303, "/a?b=c", "no-store") == (
        response.status, header(response, "Location"), header(response, "Cache-Control")
    )  # fmt: skip
    assert response.body == b""


@pytest.mark.parametrize(
    ("root_path", "back", "expected"),
    [("", None, "/"), ("/shop", None, "/shop/"), ("/shop", "/_ck/decide", "/_ck/decide"),
     ("/shop", "/shop/_ck/decide?x", "/shop/_ck/preferences"), ("/a b", None, "/a%20b/")],
)  # fmt: skip
def test_where_no_path_is_given_the_site_begins_anew(root_path: str, back: str | None, expected: str) -> None:
    """Without a path the visitor lands at the app's root; never at the address that takes POST only."""
    fields = [("decision", "reject"), *([("return", back)] if back else [])]
    assert header(post(fields, root_path=root_path), "Location") == expected


def test_json_answers_with_the_new_state() -> None:
    """A program that reads JSON gets the state instead of a redirect."""
    body = json.dumps({"decision": "save", "grant": ["media", "counter"], "return": "/x"}).encode()
    response = serve(request("POST", "/_ck/decide", JSON, HERE), body)
    said = json.loads(response.body)
    assert response.status == 200
    assert (["counter", "maps", "media", "tube"], [], False) == (said["granted"], said["undecided"], said["withdrawn"])
    assert said["state"] == kept(response).state_hash


def test_a_form_can_be_answered_in_json() -> None:
    """The client script sends the form and asks for JSON."""
    response = post([("decision", "accept")], FORM, HERE, WANTS_JSON)
    assert "media" in json.loads(response.body)["granted"]


def test_each_decision_appends_one_record_before_success() -> None:
    """R180: one record of what was decided, by what means, in which texts; success only after the store took it."""
    asked = request("POST", "/_ck/decide", FORM, HERE)
    given = answer(asked, b"decision=save&purpose=media&source=preferences&lang=en")
    (effect,) = given.effects
    assert isinstance(effect, Append)
    record = effect.record
    assert record.choices == {"numbers": False, "media": True, "ads": False}
    assert (record.source, record.language, record.text_hash) == ("preferences", "en", PAGES.text_hash_in(None))
    assert kept(given.finish([None])).record_id == record.record_id


def test_store_that_fails_means_nothing_was_decided() -> None:
    """Without a proof there is no success: 503, a sentence, and no cookie."""
    given = answer(request("POST", "/_ck/decide", FORM, HERE), b"decision=accept")
    response = given.finish(StoreError("disk full"))
    assert response.status == 503
    assert header(response, "Set-Cookie") is None
    assert "could not be recorded" in response.body.decode()
    assert "disk full" not in response.body.decode()


def test_withdrawal_clears_what_was_kept() -> None:
    """A withdrawal empties the cache, one of everything the storage, too; never the cookies, ours among them."""
    before = Consent(POLICY, grant(POLICY, ["numbers", "media"]), decided_at=1, subject="0" * 32)
    assert header(post([("decision", "save"), ("purpose", "media")], consent=before), "Clear-Site-Data") == '"cache"'
    assert header(post([("decision", "reject")], consent=before), "Clear-Site-Data") == '"cache", "storage"'
    assert header(post([("decision", "accept")], consent=before), "Clear-Site-Data") is None
    assert header(post([("decision", "reject")]), "Clear-Site-Data") is None


def test_owner_keeps_the_storage() -> None:
    """An owner whose app keeps things of its own in the browser can have the storage left alone."""
    before = Consent(POLICY, grant(POLICY, ["media"]), decided_at=1, subject="0" * 32)
    endpoints = Endpoints(POLICY, COOKIE, PAGES, clear_storage=False)
    asked = request("POST", "/_ck/decide", FORM, HERE)
    assert header(serve(asked, b"withdraw=1", before, endpoints), "Clear-Site-Data") == '"cache"'


def test_withdrawn_names_what_was_lost() -> None:
    """What was allowed before and no longer is."""
    before, after = (Consent(POLICY, grant(POLICY, names)) for names in (["media", "numbers"], ["numbers", "tube"]))
    assert withdrawn(before, after) == ["maps", "media"]


@pytest.mark.parametrize("headers", [(FORM,), (FORM, ("Sec-Fetch-Site", "cross-site")), (FORM, ("Origin", "null"))])
def test_other_sites_are_refused(headers: tuple[tuple[str, str], ...]) -> None:
    """403 for what another site sent, or nobody knows who."""
    response = post(b"decision=accept", *headers)
    assert response.status == 403
    assert header(response, "Set-Cookie") is None


def test_plain_http_says_that_the_cookie_would_be_lost() -> None:
    """R119: a cookie that the browser would drop is never called success; the answer names `insecure_dev`."""
    given = answer(
        request("POST", "/_ck/decide", FORM, ("Origin", "http://shop.example"), scheme="http"), b"decision=accept"
    )
    response = given.finish([])
    assert (400, ()) == (response.status, given.effects)
    assert b"insecure_dev" in response.body
    pages = Pages(POLICY, secrets=[SECRET], insecure_dev=True)
    development = Endpoints(POLICY, ConsentCookie(POLICY, [SECRET], insecure_dev=True), pages)
    asked = request(
        "POST", "/_ck/decide", FORM, ("Origin", "http://127.0.0.1:8000"), scheme="http", host="127.0.0.1:8000"
    )
    assert serve(asked, b"decision=accept", endpoints=development).status == 303


@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS", "get", ""]) | st.text(max_size=5),
    path=st.sampled_from(["decide", "preferences", "state", "frame", "policy", "policy.json", "policy.md", "x", "", *PAGES.assets])
    .map(lambda name: f"/_ck/{name}") | st.just("/privacy"),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["Content-Type", "Accept", "Origin", "Referer", "Sec-Fetch-Site", "Content-Length", "Cookie",
                             "If-None-Match", "Sec-GPC"]),
            st.sampled_from(["application/json", "application/x-www-form-urlencoded", "same-origin", "https://shop.example",
                             "*", "0", "99999999999999999999999", "text/html;q=0"]) | st.text(max_size=30),
        ),
        max_size=6,
    ),
    query=st.text(max_size=40),
    scheme=st.sampled_from(["http", "https"]),
    host=st.sampled_from(["shop.example", "evil.example", "", "[::1]:80"]) | st.text(max_size=20),
    body=st.binary(max_size=200)
    | st.lists(st.tuples(st.sampled_from(["decision", "purpose", "service", "allow", "withdraw", "return", "lang", "source"]),
                         st.sampled_from(["accept", "reject", "save", "ads", "tube", "1", "en", "banner", "//evil.example"])
                         | st.text(max_size=20)), max_size=6).map(lambda pairs: urlencode(pairs, errors="replace").encode())
    | st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3)
                   | st.dictionaries(st.sampled_from(["decision", "grant", "return", "withdraw", "x"]), inner, max_size=4))
    .map(lambda value: json.dumps(value).encode()),
)  # fmt: skip
def test_nothing_that_is_sent_breaks_or_leads_astray(
    method: str, path: str, headers: list[tuple[str, str]], query: str, scheme: str, host: str, body: bytes
) -> None:
    """Any request gives an answer of ours: never an exception, never 5xx, never a redirect off the site, no decision unproven."""
    asked = Request(method, scheme, host, path, query, "", tuple(headers))
    given = answer(asked, body)
    response = given.finish([None] * len(given.effects))
    assert 200 <= response.status < 500
    assert (header(response, "Set-Cookie") is not None) == (len(given.effects) == 1)
    location = header(response, "Location")
    if location is not None:
        url = parse_url(location, parse_url("https://shop.example/_ck/decide", None))
        assert url is not None
        assert url.host == "shop.example"
    for name, value in response.headers:
        assert "\r" not in name + value
        assert "\n" not in name + value
        (name + value).encode("latin-1")


@given(st.text(max_size=60))
def test_return_paths_never_lead_off_the_site(path: str) -> None:
    """Whatever stands in `return`, the visitor stays on this site."""
    response = post(urlencode({"decision": "reject", "return": path}, errors="replace").encode())
    assert response.status in {303, 400}
    url = parse_url(header(response, "Location") or "/", parse_url("https://shop.example/", None))
    assert url is not None
    assert url.host == "shop.example"
