"""What a visitor can see, take along and erase of their own decisions (R191)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.decision import decide
from consentkit.consent.effects import Erase, Find
from consentkit.consent.receipt import parse_receipt
from consentkit.consent.record import Record
from consentkit.consent.state import Choice, Consent, grant
from consentkit.endpoints import Answer, Endpoints
from consentkit.errors import StoreError, UsageError
from consentkit.http import Request, Response, header_values
from consentkit.pages.render import Pages
from tests.pages.markup import find, one, parse, text
from tests.pages.policies import full_policy

SECRET = b"a secret of 24 characters"
NOW = 1_790_000_000.0
POLICY = full_policy()
PAGES = Pages(POLICY, secrets=[SECRET])
COOKIE = ConsentCookie(POLICY, [SECRET])
ENDPOINTS = Endpoints(POLICY, COOKIE, PAGES, secrets=[SECRET])
NOBODY = Consent(POLICY)
HERE = ("Sec-Fetch-Site", "same-origin")
WANTS_JSON = ("Accept", "application/json")
ASKED = [purpose.id for purpose in POLICY.asked_purposes]


def decided(before: Consent, choices: dict[str, Choice], number: int) -> tuple[Consent, Record]:
    """The state after a decision, and its record."""
    entropy = bytes([number]) * 64
    made = decide(
        before, choices, now=NOW + number, entropy=entropy, source="banner", text_hash="0" * 64, language="en"
    )
    return made.consent, made.record


CONSENT, FIRST = decided(NOBODY, grant(POLICY, ASKED), 1)
CONSENT, SECOND = decided(CONSENT, grant(POLICY, ()), 2)


def answer(method: str, path: str, *headers: tuple[str, str], consent: Consent = CONSENT, **known: Any) -> Answer:
    """What is answered to the visitor."""
    asked = Request(method, "https", "shop.example", path, headers=headers, **known)
    route = ENDPOINTS.match(asked)
    assert route is not None
    return ENDPOINTS.answer(route, asked, consent, b"", now=NOW, entropy=bytes(64))


def shown(given: Answer, *found: Record) -> Response:
    """The response where the store finds these."""
    return given.finish([list(found)] if given.effects else [])


def header(response: Response, name: str) -> str:
    """The one value of a field."""
    (value,) = header_values(response.headers, name)
    return value


def test_the_history_asks_the_store_for_the_subject_of_the_cookie_alone() -> None:
    """Nothing in the request but the signed cookie says whose records are shown."""
    given = answer("GET", "/_ck/records", query="subject=somebody-else")
    assert CONSENT.subject is not None
    assert (Find(CONSENT.subject),) == given.effects


def test_who_never_decided_is_shown_that_nothing_is_kept_without_asking_the_store() -> None:
    """A visitor without a decision causes no store work and reads that there is none."""
    given = answer("GET", "/_ck/records", consent=NOBODY)
    assert () == given.effects
    page = shown(given)
    assert 200 == page.status
    assert PAGES.texts.plain("records.none") in text(one(parse(page.body.decode()), "main"))


def test_the_history_shows_every_decision_newest_first_with_each_purpose() -> None:
    """Each record is an article with every purpose and whether it was allowed."""
    page = shown(answer("GET", "/_ck/records"), FIRST, SECOND)
    articles = find(parse(page.body.decode()), "article")
    assert [SECOND.record_id, FIRST.record_id] == [
        str(a.get("aria-labelledby")).removeprefix("ck-r-") for a in articles
    ]
    newest, oldest = (text(article) for article in articles)
    assert len(ASKED) == newest.count("Refused")
    assert len(ASKED) == oldest.count("Allowed")
    assert "no-store" == header(page, "Cache-Control")


def test_the_history_is_in_the_language_asked_for() -> None:
    """The page of a visitor's own decisions speaks the visitor's language."""
    page = shown(answer("GET", "/_ck/records", ("Accept-Language", "de")), FIRST).body.decode()
    assert '<html lang="de"' in page
    assert "Ihre Entscheidungen" in page


def test_the_history_as_json_has_every_record_oldest_first() -> None:
    """Programs get all records with their choices, and no subject."""
    response = shown(answer("GET", "/_ck/records", WANTS_JSON), FIRST, SECOND)
    records = json.loads(response.body)["records"]
    assert [FIRST.record_id, SECOND.record_id] == [record["record_id"] for record in records]
    assert dict.fromkeys(ASKED, False) == records[1]["choices"]
    assert str(CONSENT.subject) not in response.body.decode()


def test_a_head_request_for_the_history_has_no_body() -> None:
    """HEAD answers as GET does, without the page."""
    response = shown(answer("HEAD", "/_ck/records"), FIRST)
    assert (200, b"") == (response.status, response.body)


def test_the_receipt_of_a_decision_is_a_file_that_the_site_recognises() -> None:
    """A receipt is served as a download, and its signature verifies with the site's secret."""
    response = shown(answer("GET", "/_ck/receipt", query=f"id={SECOND.record_id}"), FIRST, SECOND)
    assert f'attachment; filename="consent-receipt-{SECOND.record_id}.json"' == header(response, "Content-Disposition")
    receipt = parse_receipt(response.body, [SECRET])
    assert SECOND.record_id == receipt["record_header"]["record_id"]
    assert {"ConsentWithdrawn"} == {event["event_state"] for event in receipt["events"]}
    with pytest.raises(UsageError):
        parse_receipt(response.body, [b"another secret of 24 char"])


@pytest.mark.parametrize("query", ["id=00000000-0000-4000-8000-000000000000", "", "id=", "id=%00", "id=a&id=b"])
def test_a_receipt_of_what_is_not_the_visitors_is_refused(query: str) -> None:
    """Whatever number is asked for, only the visitor's own records are looked through."""
    response = shown(answer("GET", "/_ck/receipt", query=query), FIRST, SECOND)
    assert 404 == response.status


def test_erasing_removes_the_records_and_the_decision_with_them() -> None:
    """The store erases the subject, and the cookie is deleted: what cannot be proven is not relied on."""
    given = answer("POST", "/_ck/erase", HERE)
    assert CONSENT.subject is not None
    assert (Erase(CONSENT.subject),) == given.effects
    response = given.finish([2])
    assert (303, "/_ck/records") == (response.status, header(response, "Location"))
    assert COOKIE.expire() == header(response, "Set-Cookie")
    assert '"cache", "storage"' == header(response, "Clear-Site-Data")


def test_erasing_as_json_says_how_many_records_went() -> None:
    """Programs are told the number of records."""
    response = answer("POST", "/_ck/erase", HERE, WANTS_JSON).finish([2])
    assert {"erased": 2} == json.loads(response.body)


@pytest.mark.parametrize("headers", [(), (("Sec-Fetch-Site", "cross-site"),), (("Origin", "https://evil.example"),)])
def test_another_site_cannot_erase(headers: tuple[tuple[str, str], ...]) -> None:
    """A request that does not come from this site erases nothing."""
    given = answer("POST", "/_ck/erase", *headers)
    assert () == given.effects
    assert 403 == given.finish([]).status


def test_a_link_cannot_erase() -> None:
    """GET changes nothing: the address takes POST only."""
    given = answer("GET", "/_ck/erase")
    assert () == given.effects
    assert 405 == given.finish([]).status


@pytest.mark.parametrize(("method", "path"), [("GET", "/_ck/records"), ("GET", "/_ck/receipt"), ("POST", "/_ck/erase")])
def test_a_store_that_fails_is_told_and_nothing_is_lost(method: str, path: str) -> None:
    """A failing store is answered with 503 and a sentence; the decision's cookie stays."""
    response = answer(method, path, HERE).finish(StoreError("the disk is full"))
    assert 503 == response.status
    assert [] == list(header_values(response.headers, "Set-Cookie"))
    assert b"disk" not in response.body
