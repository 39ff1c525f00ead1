"""A decision is what a request says explicitly, about names the policy asks for."""

from __future__ import annotations

import json

import pytest

from consentkit.consent.effects import Append
from consentkit.consent.state import Choice, Consent, grant
from consentkit.http import Response
from tests.endpoints.shop import FORM, HERE, JSON, NOW, POLICY, WANTS_JSON, answer, header, kept, post, request, serve
from tests.pages.markup import parse, text


def granted(response: Response) -> set[str]:
    """What the cookie of a response grants."""
    consent = kept(response)
    return {p.id for p in POLICY.asked_purposes if consent.allows(p.id)} | consent.allowed_services


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
     b'{"decision": "save", "grant": ["basket"]}', b'{"decision": null}', b'{"decision": "accept", "return": null}',
     rb'{"\ud800": 1}', rb'{"decision": "save", "grant": ["\udfff"]}', rb'{"allow": "\udfff"}', rb'{"decision": "\ud800"}'],
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
