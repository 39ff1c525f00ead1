"""What becomes of a request to our own addresses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.effects import Append
from consentkit.consent.state import Choice, Consent, grant
from consentkit.endpoints import Answer, Endpoints
from consentkit.endpoints.deciding import withdrawn
from consentkit.endpoints.state import state
from consentkit.endpoints.table import BODY_LIMIT
from consentkit.errors import StoreError
from consentkit.html.urls import parse_url
from consentkit.http import Request, Response, header_values
from consentkit.pages.render import Pages
from tests.pages.markup import find, one, parse, text
from tests.pages.policies import full_policy

SECRET = b"a secret of 24 characters"
NOW = 1_790_000_000.0
ENTROPY = bytes(range(64))
POLICY = full_policy()
PAGES = Pages(POLICY, secrets=[SECRET])
COOKIE = ConsentCookie(POLICY, [SECRET])
ENDPOINTS = Endpoints(POLICY, COOKIE, PAGES)
NOBODY = Consent(POLICY)
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")
HERE = ("Sec-Fetch-Site", "same-origin")
WANTS_JSON = ("Accept", "application/json")


def request(method: str, path: str, *headers: tuple[str, str], query: str = "", **changes: Any) -> Request:
    """A request to the shop."""
    known = {"scheme": "https", "host": "shop.example", **changes}
    return Request(method=method, path=path, query=query, headers=headers, **known)


def answer(asked: Request, body: bytes = b"", consent: Consent = NOBODY, endpoints: Endpoints = ENDPOINTS) -> Answer:
    """What is answered."""
    route = endpoints.match(asked)
    assert route is not None
    return endpoints.answer(route, asked, consent, body, now=NOW, entropy=ENTROPY)


def serve(asked: Request, body: bytes = b"", consent: Consent = NOBODY, endpoints: Endpoints = ENDPOINTS) -> Response:
    """The response, where the store takes whatever it is given."""
    given = answer(asked, body, consent, endpoints)
    return given.finish([None] * len(given.effects))


def post(
    fields: Sequence[tuple[str, str]] | bytes, *headers: tuple[str, str], consent: Consent = NOBODY, **changes: Any
) -> Response:
    """The response to a form."""
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    return serve(request("POST", "/_ck/decide", *(headers or (FORM, HERE)), **changes), body, consent)


def header(response: Response, name: str) -> str | None:
    """The one value of a field, None without it."""
    values = header_values(response.headers, name)
    assert len(values) <= 1
    return values[0] if values else None


def kept(response: Response) -> Consent:
    """The state in the cookie that a response sets."""
    value = header(response, "Set-Cookie")
    assert value is not None
    return COOKIE.parse(value.partition(";")[0], now=NOW)


def granted(response: Response) -> set[str]:
    """What the cookie of a response grants."""
    consent = kept(response)
    return {p.id for p in POLICY.asked_purposes if consent.allows(p.id)} | consent.allowed_services


# Which requests are ours.


@pytest.mark.parametrize(
    "path",
    ["/", "/_ck", "/_ckx/decide", "/x/_ck/decide", "//_ck/decide", "/_CK/decide", "/privacy/", "/Privacy", "/privacy.pdf",
     "/_ck\\decide", "", "_ck/decide"],
)  # fmt: skip
def test_what_is_the_apps_stays_the_apps(path: str) -> None:
    """Paths are compared as they are: neither case, nor doubled slashes, nor a longer name makes a request ours."""
    assert ENDPOINTS.match(request("GET", path)) is None


@pytest.mark.parametrize(
    "path", ["/_ck/", "/_ck/nothing", "/_ck/decide/", "/_ck/../decide", "/_ck/%2e%2e/x", "/_ck/consent.js"]
)
def test_below_the_prefix_what_is_not_there_is_not_found(path: str) -> None:
    """Everything below the prefix is ours; what is not there is a 404 with a sentence."""
    response = serve(request("GET", path))
    assert response.status == 404
    assert "There is nothing at this address." in text(parse(response.body.decode()))


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "/_ck/decide", "POST"), ("PUT", "/_ck/decide", "POST"), ("HEAD", "/_ck/decide", "POST"),
     ("POST", "/_ck/preferences", "GET, HEAD"), ("DELETE", "/privacy", "GET, HEAD"), ("POST", "/_ck/state", "GET, HEAD"),
     ("TRACE", "/_ck/frame", "GET, HEAD"), ("", "/_ck/state", "GET, HEAD")],
)  # fmt: skip
def test_other_methods_are_refused(method: str, path: str, allow: str) -> None:
    """405 names the methods that the address takes."""
    response = serve(request(method, path))
    assert (405, allow) == (response.status, header(response, "Allow"))
    assert method == "HEAD" or allow in response.body.decode()


def test_a_get_with_a_method_override_changes_nothing() -> None:
    """Neither a field nor a query makes a GET a POST."""
    asked = request(
        "GET", "/_ck/decide", HERE, ("X-HTTP-Method-Override", "POST"), query="_method=POST&decision=accept"
    )
    assert answer(asked).effects == ()


# Deciding.


def test_accept_grants_all_that_was_asked_and_nothing_else() -> None:
    """R10: accept grants every purpose that the banner asks for, with all its services."""
    assert granted(post([("decision", "accept")])) == {"numbers", "media", "ads", "counter", "tube", "maps", "adverts"}


def test_reject_denies_all_and_is_a_decision() -> None:
    """R16: a refusal is kept like a grant; nothing stays undecided."""
    response = post([("decision", "reject")])
    assert granted(response) == set()
    assert kept(response).undecided == ()


def test_save_grants_exactly_what_is_ticked() -> None:
    """R10, R18: purposes and services that are named, and no other."""
    assert granted(post([("decision", "save"), ("purpose", "numbers"), ("service", "tube")])) == {
        "numbers",
        "counter",
        "tube",
    }
    assert granted(post([("decision", "save")])) == set()


def test_buttons_beside_tick_boxes_mean_what_they_say() -> None:
    """A form sends its ticked boxes with every button: reject denies them all the same, accept grants all."""
    assert granted(post([("purpose", "ads"), ("decision", "reject")])) == set()
    assert len(granted(post([("purpose", "ads"), ("decision", "accept")]))) == 7


def test_allow_adds_to_what_was_granted() -> None:
    """A placeholder's "always allow" grants one service, keeps what there was, and leaves the rest undecided."""
    before = Consent(POLICY, {"numbers": Choice(True, frozenset({"counter"}))}, decided_at=int(NOW), subject="0" * 32)
    response = post([("allow", "tube")], consent=before)
    assert granted(response) == {"numbers", "counter", "tube"}
    assert kept(response).undecided == ("ads",)
    assert granted(post([("allow", "media")])) == {"media", "tube", "maps"}


def test_allowing_a_service_of_two_purposes_grants_it_in_both() -> None:
    """R31: a service is contacted only when each of its purposes lets it; allowing it says so for each."""
    assert granted(post([("allow", "adverts")])) == {"adverts"}


def test_withdrawing_denies_everything() -> None:
    """R14: one field takes everything back."""
    before = Consent(POLICY, grant(POLICY, ["numbers", "media", "ads"]), decided_at=1, subject="0" * 32)
    assert granted(post([("withdraw", "1")], consent=before)) == set()


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


@pytest.mark.parametrize(
    ("body", "source"),
    [
        (b"decision=accept", "banner"),
        (b"allow=tube", "placeholder"),
        (b"allow=tube&source=preferences", "placeholder"),
        (b"withdraw=1&source=preferences", "preferences"),
        (b"withdraw=1&source=control", "control"),
        (b"withdraw=1&source=banner", "control"),
    ],
)
def test_records_say_by_what_means(body: bytes, source: str) -> None:
    """R183: the banner, the preferences, the control on every page, also while the banner shows, or a placeholder."""
    (effect,) = answer(request("POST", "/_ck/decide", FORM, HERE), body).effects
    assert isinstance(effect, Append)
    assert effect.record.source == source


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


# Refusals.


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "exactly one of"),
        (b"decision=yes", "accept, reject, save"),
        (b"decision=ACCEPT", "accept, reject, save"),
        (b"decision=", "accept, reject, save"),
        (b"decision=accept&decision=reject", "`decision` came twice"),
        (b"decision=accept&withdraw=1", "exactly one of"),
        (b"decision=reject&allow=tube", "exactly one of"),
        (b"withdraw=0", "`withdraw` must be 1"),
        (b"decision=save&purpose=nothing", "no purpose “nothing”"),
        (b"decision=save&purpose=basket", "no purpose “basket”"),
        (b"decision=save&purpose=sponsor", "no purpose “sponsor”"),
        (b"decision=save&purpose=tube", "no purpose “tube”"),
        (b"decision=save&service=media", "no service “media”"),
        (b"decision=save&purpose=ads&purpose=ads", "twice"),
        (b"allow=basket", "no purpose or service “basket”"),
        (b"allow=%3Cscript%3E", "no purpose or service “<script>”"),
        (b"decision=accept&return=//evil.example", "`return` must be a path"),
        (b"decision=accept&return=/a&return=/b", "`return` came twice"),
        (b"decision=accept&lang=xx", "`lang` must be"),
        (b"decision=accept&source=gpc", "`source` must be"),
        (b"decision=accept&csrf=1", "no field “csrf”"),
        (b"decision=accept&return=/%0d%0aSet-Cookie:%20a=b", "`return` must be a path"),
        (b"decision=%ff", "cannot be read"),
        (b"decision=\xff", "cannot be read"),
        (b"&".join(b"purpose=p%d" % n for n in range(3000)), "cannot be read"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(body: bytes, says: str) -> None:
    """400 says what to send, in HTML and in JSON; nothing is recorded and no cookie set."""
    asked = request("POST", "/_ck/decide", FORM, HERE)
    given = answer(asked, body)
    response = given.finish([])
    assert (400, ()) == (response.status, given.effects)
    assert header(response, "Set-Cookie") is None
    assert says in text(parse(response.body.decode()))
    machine = serve(request("POST", "/_ck/decide", FORM, HERE, WANTS_JSON), body)
    assert says in json.loads(machine.body)["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'"accept"', b"{", b"\xff", b"[" * 60_000, b'{"a":' * 12_000, b'{"decision": "accept", "decision": "reject"}',
     b'{"decision": 1}', b'{"decision": ["accept"]}', b'{"decision": "save", "grant": "ads"}', b'{"decision": "save", "grant": [1]}',
     b'{"decision": "save", "grant": ["ads", "ads"]}', b'{"decision": "reject", "grant": ["ads"]}', b'{"withdraw": "yes"}',
     b'{"withdraw": false}', b'{"decision": "save", "purposes": {}}', b'{"decision": NaN}', b'{"decision": 1e999}', b"1" * 5000,
     b'{"decision": "save", "grant": ["basket"]}', b'{"decision": null}', b'{"decision": "accept", "return": null}'],
)  # fmt: skip
def test_json_nonsense_is_refused(body: bytes) -> None:
    """Whatever the JSON holds, however deep, the answer is a sentence in JSON."""
    response = serve(request("POST", "/_ck/decide", JSON, HERE), body)
    assert response.status == 400
    assert json.loads(response.body)["error"]["message"]


@pytest.mark.parametrize(
    "content_type", [None, "", "multipart/form-data; boundary=x", "text/plain", "application/json-seq", "*/*"]
)
def test_other_types_are_refused(content_type: str | None) -> None:
    """415 names the types that are taken; a form of a page elsewhere sends text/plain."""
    headers = (HERE,) if content_type is None else (("Content-Type", content_type), HERE)
    response = post(b"decision=accept", *headers)
    assert response.status == 415
    assert b"application/x-www-form-urlencoded" in response.body


def test_too_much_is_refused() -> None:
    """413 for a body over the limit, and for one that says so before it comes."""
    assert post(b"a" * (BODY_LIMIT + 1)).status == 413
    assert post(b"decision=accept", FORM, HERE, ("Content-Length", str(BODY_LIMIT + 1))).status == 413
    assert post(b"decision=accept", FORM, HERE, ("Content-Length", "15")).status == 303


def test_a_large_policy_fits_into_a_decision() -> None:
    """400 services by the longest names there can be are less than the limit."""
    assert 400 * len("service=" + "x" * 64 + "&") < BODY_LIMIT


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


# Showing.


def test_state_tells_the_client_script() -> None:
    """The state names purposes and services, what is undecided, and the hash a page can compare."""
    given = {id_: replace(choice, despite_gpc=True) for id_, choice in grant(POLICY, ["media"]).items()}
    consent = Consent(POLICY, given, decided_at=int(NOW), gpc=True)
    response = serve(request("GET", "/_ck/state"), consent=consent)
    said = json.loads(response.body)
    assert said == json.loads(json.dumps(state(consent)))
    assert said["granted"] == ["maps", "media", "tube"]
    assert said["purposes"] == {"basket": True, "numbers": False, "media": True, "ads": False, "sponsor": False}
    assert (said["gpc"], said["decided_at"]) == (True, int(NOW))
    assert header(response, "Cache-Control") == "no-store"


def test_preferences_lead_back_to_a_path_of_this_site_only() -> None:
    """A path in the query is where saving leads back to; one of another site is not."""
    tree = parse(serve(request("GET", "/_ck/preferences", query="return=" + quote("/a?b=c"))).body.decode())
    assert {"/a?b=c"} == {field.get("value") for field in find(tree, "input", name_="return")}
    for query in ("return=//evil.example", "return=/a&return=/b", "return=%ff", "x=1", "a=b" * 4000):
        tree = parse(serve(request("GET", "/_ck/preferences", query=query, root_path="/s")).body.decode())
        assert {"/s/"} == {field.get("value") for field in find(tree, "input", name_="return")}


@pytest.mark.parametrize("path", ["/_ck/preferences", "/privacy", "/_ck/nothing"])
def test_our_own_pages_have_strict_headers(path: str) -> None:
    """R171: no foreign content, no sniffing, no framing by others, no base, a charset."""
    response = serve(request("GET", path))
    csp = header(response, "Content-Security-Policy") or ""
    for directive in ("default-src 'none'", "base-uri 'none'", "object-src 'none'", "frame-ancestors 'self'"):
        assert directive in csp
    assert "unsafe" not in csp
    assert header(response, "X-Content-Type-Options") == "nosniff"
    assert header(response, "Referrer-Policy") == "same-origin"
    assert header(response, "Content-Type") == "text/html; charset=utf-8"
    assert header(response, "Content-Length") == str(len(response.body))


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        ("/privacy", None, "text/html"),
        ("/privacy", "*/*", "text/html"),
        ("/privacy", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("/privacy", "application/json", "application/json"),
        ("/privacy", "text/markdown", "text/markdown"),
        ("/privacy", "text/html;q=0.1, text/markdown;q=0.9", "text/markdown"),
        ("/privacy", "image/png", "text/html"),
        ("/privacy", ",;q=", "text/html"),
        ("/privacy.json", "text/html", "application/json"),
        ("/_ck/policy.md", None, "text/markdown"),
        ("/_ck/policy", None, "text/html"),
    ],
)
def test_policy_comes_in_the_form_that_is_asked_for(path: str, accept: str | None, media_type: str) -> None:
    """HTML, JSON or Markdown by suffix or by Accept; HTML where nothing fits."""
    response = serve(request("GET", path, *([("Accept", accept)] if accept is not None else [])))
    assert (header(response, "Content-Type") or "").partition(";")[0] == media_type
    assert header(response, "Vary") == "Accept, Accept-Language"
    assert "public" in (header(response, "Cache-Control") or "")


@pytest.mark.parametrize("path", ["/privacy", "/privacy.json", "/_ck/" + next(iter(PAGES.assets))])
def test_what_did_not_change_is_not_sent_again(path: str) -> None:
    """An entity tag of the bytes; 304 with the same fields for whoever has it, weakly compared, in a list or by star."""
    first = serve(request("GET", path))
    etag = header(first, "ETag")
    for asked in (etag, f'"x", W/{etag}', "*"):
        again = serve(request("GET", path, ("If-None-Match", str(asked))))
        assert (304, b"", etag) == (again.status, again.body, header(again, "ETag"))
        assert header(again, "Cache-Control") == header(first, "Cache-Control")
        assert header(again, "Content-Length") is None
    assert serve(request("GET", path, ("If-None-Match", '"other"'))).status == 200


def test_assets_are_kept_for_ever() -> None:
    """A file whose name changes with its bytes is cached for a year, by everybody."""
    for name, asset in PAGES.assets.items():
        response = serve(request("GET", f"/_ck/{name}"))
        assert response.body == asset.body
        assert header(response, "Cache-Control") == "public, max-age=31536000, immutable"
        assert header(response, "X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize(
    "path", ["/privacy", "/_ck/state", "/_ck/preferences", "/_ck/" + next(iter(PAGES.assets)), "/_ck/none"]
)
def test_head_is_get_without_a_body(path: str) -> None:
    """HEAD has GET's fields, the length among them, and no body."""
    get, head = (serve(request(method, path)) for method in ("GET", "HEAD"))
    assert (get.status, get.headers, b"") == (head.status, head.headers, head.body)


# The frame endpoint.

EMBED = "https://tube.example/embed/a?x=1"


def frame(token: str | None, *headers: tuple[str, str]) -> Response:
    """The response for a frame's address."""
    return serve(request("GET", "/_ck/frame", *headers, query="" if token is None else f"t={token}"))


def test_frame_shows_the_embed_under_a_policy_of_its_own() -> None:
    """The small document holds the embed with its permissions, allows that service alone, and sends a referrer as embeds expect."""
    token = PAGES.frames.dump("tube", EMBED, {"allow": "fullscreen", "allowfullscreen": "", "onload": "x()"}, now=NOW)
    response = frame(token)
    embed = one(parse(response.body.decode()), "iframe")
    assert (EMBED, "fullscreen", "", None) == tuple(embed.get(k) for k in ("src", "allow", "allowfullscreen", "onload"))
    csp = header(response, "Content-Security-Policy") or ""
    assert "default-src 'none'; frame-src https://tube.example https://*.tube.example;" in csp
    assert "frame-ancestors 'self'" in csp
    assert header(response, "Referrer-Policy") == "strict-origin-when-cross-origin"
    assert header(response, "Permissions-Policy") is None


@pytest.mark.parametrize("token", [None, "", "x", "x.y.z", "%00", "a&t=b"])
def test_frames_that_this_site_did_not_give_out_are_refused(token: str | None) -> None:
    """Only what the server itself put into a placeholder is shown."""
    response = frame(token)
    assert response.status == 403
    assert not find(parse(response.body.decode()), "iframe")


def test_frames_are_refused_to_other_sites() -> None:
    """A page of another site cannot use our frame even with an address that we gave out."""
    token = PAGES.frames.dump("tube", EMBED, {}, now=NOW)
    assert frame(token, ("Sec-Fetch-Site", "cross-site")).status == 403
    assert frame(token, ("Sec-Fetch-Site", "same-origin")).status == 200
