"""What is kept of browsers' reports, and what anybody can do with the address that takes them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.effects import Count
from consentkit.consent.state import Consent
from consentkit.consent.violation import OTHERS
from consentkit.endpoints import Answer, Endpoints
from consentkit.endpoints import reports as module
from consentkit.endpoints.reports import CSP_REPORT, FLUSH_SECONDS, REPORT_LIMIT, REPORTS_JSON, Bucket, Reports
from consentkit.errors import StoreError, VisitorError
from consentkit.http import Request
from consentkit.pages.render import Pages
from tests.policies import make_policy, service

NOW = 1_790_000_000.0
SECRET = "a secret of 24 characters"
POLICY = make_policy(services=[service("counter", "numbers", hosts=["counter.example", "shared.example/count"])])


def csp_report(blocked: str, page: str = "https://shop.example/a?secret=1", directive: str = "img-src") -> bytes:
    """A report as `report-uri` sends it, with everything in it that could tell of the visitor."""
    report = {"document-uri": page, "blocked-uri": blocked, "effective-directive": directive, "referrer": "https://r.example/me",
              "script-sample": "secret", "original-policy": "x", "source-file": "https://shop.example/a?secret=2"}  # fmt: skip
    return json.dumps({"csp-report": report}).encode()


def reports_json(*blocked: str, page: str = "https://www.shop.example/b?q#f") -> bytes:
    """A delivery as `report-to` sends it."""
    return json.dumps(
        [
            {"type": "csp-violation", "age": 1, "url": page, "user_agent": "secret",
             "body": {"documentURL": page, "blockedURL": url, "effectiveDirective": "script-src-elem", "sample": "secret"}}
            for url in blocked
        ]
    ).encode()  # fmt: skip


def kept(reports: Reports, media_type: str, body: bytes, now: float = NOW) -> list[tuple[str, str, str, str, int]]:
    """What one delivery hands to the store."""
    count, _ = reports.receive(media_type, body, now=now)
    found = count.violations if count else ()
    return [(each.host, each.directive, each.service, each.page, each.count) for each in found]


def test_both_formats_are_counted() -> None:
    """Host, directive and page are kept, of either format; the declared service is named."""
    reports = Reports(POLICY)
    assert [("spy.example", "img-src", "", "/a", 1)] == kept(reports, CSP_REPORT, csp_report("https://spy.example/p?x"))
    sent = reports_json("https://cdn.spy.example/x", "https://counter.example/c", "https://cdn.spy.example/y")
    assert [
        ("cdn.spy.example", "script-src-elem", "", "/b", 2),
        ("counter.example", "script-src-elem", "counter", "/b", 1),
    ] == kept(reports, REPORTS_JSON, sent)


def test_nothing_about_the_visitor_is_kept() -> None:
    """Queries, samples, referrers and programs' names are in the report and not in what is kept or told."""
    reports = Reports(POLICY)
    told = [reports.receive(CSP_REPORT, csp_report("https://spy.example/?secret=3"), now=NOW),
            reports.receive(REPORTS_JSON, reports_json("https://spy2.example/?secret"), now=NOW)]  # fmt: skip
    assert "secret" not in repr(told)
    assert "r.example" not in repr(told)


@pytest.mark.parametrize(
    ("blocked", "page", "directive"),
    [("inline", "https://shop.example/", "script-src"), ("eval", "https://shop.example/", "script-src"),
     ("data", "https://shop.example/", "img-src"), ("https://shop.example/x", "https://shop.example/", "img-src"),
     ("https://cdn.shop.example/x", "https://shop.example/", "img-src"), ("https://spy.example/", "https://evil.example/", "img-src"),
     ("https://spy.example/", "about:blank", "img-src"), ("https://spy.example/", "https://shop.example/", "form-action"),
     ("https://spy.example/", "https://shop.example/", "<script>"), ("https://" + "a" * 3000 + ".example/", "https://shop.example/", "img-src"),
     ("https://" + "a." * 130 + "example/", "https://shop.example/", "img-src"),
     ("blob:https://spy.example/x", "https://shop.example/", "img-src")],
)  # fmt: skip
def test_what_is_no_third_party_of_this_site_is_not_counted(blocked: str, page: str, directive: str) -> None:
    """Only a page of this site, a host of somebody else and a directive about fetching make a violation."""
    reports = Reports(POLICY)
    assert kept(reports, CSP_REPORT, csp_report(blocked, page, directive)) == []
    assert reports.waiting == ()


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [("text/plain", csp_report("https://spy.example/"), 415), ("application/json", csp_report("https://spy.example/"), 415),
     ("", b"", 415), (CSP_REPORT, b"", 400), (CSP_REPORT, b"\xff", 400), (CSP_REPORT, b"{", 400), (CSP_REPORT, b"[" * 60_000, 400),
     (REPORTS_JSON, b'{"a":' * 12_000, 400)],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(media_type: str, body: bytes, status: int) -> None:
    """A wrong type or broken JSON is told so, however deep it is."""
    with pytest.raises(VisitorError) as caught:
        Reports(POLICY).receive(media_type, body, now=NOW)
    assert caught.value.status == status


@pytest.mark.parametrize("value", [None, 1, [], {}, {"csp-report": []}, {"csp-report": {"document-uri": 1}}, [1, None, {}],
                                   [{"type": "deprecation", "body": {}}], [{"type": "csp-violation"}],
                                   [{"type": "csp-violation", "body": {"documentURL": "x", "blockedURL": [], "effectiveDirective": {}}}]])  # fmt: skip
@pytest.mark.parametrize("media_type", [CSP_REPORT, REPORTS_JSON])
def test_other_reports_are_passed_over(media_type: str, value: Any) -> None:
    """JSON of another shape counts nothing and is no error: browsers send reports of other kinds as well."""
    assert kept(Reports(POLICY), media_type, json.dumps(value).encode()) == []


def test_a_new_host_is_written_at_once_and_counts_follow() -> None:
    """The first report of a host goes to the store; further ones are added up and follow after some seconds."""
    reports = Reports(POLICY)
    body = csp_report("https://spy.example/")
    assert len(kept(reports, CSP_REPORT, body)) == 1
    assert kept(reports, CSP_REPORT, body, NOW + 1) == []
    assert kept(reports, CSP_REPORT, body, NOW + 2) == []
    assert [3] == [each[-1] for each in kept(reports, CSP_REPORT, body, NOW + FLUSH_SECONDS)]


def test_a_new_undeclared_host_is_told_once() -> None:
    """The owner's log gets one line for each host that is not declared, and none for declared ones."""
    reports = Reports(POLICY)
    subjects = []
    for url in ("https://spy.example/", "https://spy.example/", "https://counter.example/"):
        _, notices = reports.receive(CSP_REPORT, csp_report(url), now=NOW)
        subjects += [(notice.kind, notice.subject) for notice in notices]
    assert subjects == [("violation", "spy.example")]


def test_invented_hosts_fill_a_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the number that are told apart hosts are counted as one, and the counts go on."""
    monkeypatch.setattr(module, "MAX_TOLD_APART", 3)
    reports = Reports(POLICY)
    for number in range(9):
        kept(reports, CSP_REPORT, csp_report(f"https://h{number}.example/"))
    assert [(OTHERS, "", "/", 6)] == [(v.host, v.service, v.page, v.count) for v in reports.waiting]


def test_too_many_deliveries_are_not_read() -> None:
    """The bucket gives what it holds, then what comes in by the second; a clock that goes back gives nothing."""
    bucket = Bucket(2.0, 3)
    assert [True] * 3 + [False] == [bucket.take(NOW) for _ in range(4)]
    assert not bucket.take(NOW - 1000)
    assert [True, True, False] == [bucket.take(NOW - 999) for _ in range(3)]
    reports = Reports(POLICY)
    for _ in range(int(module.BURST)):
        reports.receive(CSP_REPORT, b"{}", now=NOW)
    with pytest.raises(VisitorError) as caught:
        reports.receive(CSP_REPORT, b"{}", now=NOW)
    assert (429, [("Retry-After", "60")]) == (caught.value.status, list(caught.value.headers))


# The address.


def answered(endpoints: Endpoints, body: bytes, *headers: tuple[str, str], method: str = "POST") -> Answer:
    """What the endpoint answers."""
    request = Request(method, "https", "shop.example", "/_ck/report", headers=headers)
    route = endpoints.match(request)
    assert route is not None
    return endpoints.answer(route, request, Consent(POLICY), body, now=NOW, entropy=bytes(64))


def made() -> Endpoints:
    """Endpoints that were told nothing yet."""
    return Endpoints(POLICY, ConsentCookie(POLICY, [SECRET]), Pages(POLICY, secrets=[SECRET]))


def test_a_report_is_answered_without_a_body_and_counted_by_the_store() -> None:
    """204, not stored by caches, with the counting left to the store; no cookie is looked at or set."""
    answer = answered(made(), csp_report("https://spy.example/"), ("Content-Type", CSP_REPORT))
    (effect,) = answer.effects
    assert isinstance(effect, Count)
    response = answer.finish([None])
    assert (204, (("Cache-Control", "no-store"),), b"") == (response.status, response.headers, response.body)


def test_a_store_that_fails_is_tried_again_with_the_next_report() -> None:
    """The browser is told nothing of it, never 5xx, and no count is lost."""
    endpoints = made()
    answer = answered(endpoints, csp_report("https://spy.example/"), ("Content-Type", CSP_REPORT))
    assert answer.finish(StoreError("full")).status == 204
    (effect,) = answered(endpoints, csp_report("https://two.example/"), ("Content-Type", CSP_REPORT)).effects
    assert isinstance(effect, Count)
    assert ["spy.example", "two.example"] == [violation.host for violation in effect.violations]


@pytest.mark.parametrize(
    ("method", "body", "headers", "status"),
    [("GET", b"", (), 405), ("POST", b"x" * (REPORT_LIMIT + 1), (("Content-Type", CSP_REPORT),), 413),
     ("POST", b"", (("Content-Type", CSP_REPORT), ("Content-Length", "999999")), 413), ("POST", b"{}", (), 415)],
)  # fmt: skip
def test_other_requests_are_refused(
    method: str, body: bytes, headers: tuple[tuple[str, str], ...], status: int
) -> None:
    """Another method, too long a body and another type have their own status."""
    assert answered(made(), body, *headers, method=method).finish([]).status == status


@given(
    media_type=st.sampled_from([CSP_REPORT, REPORTS_JSON, "application/json"]) | st.text(max_size=20),
    body=st.binary(max_size=100)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20)
        | st.sampled_from(["csp-violation", "https://spy.example/", "https://shop.example/", "https://[::1", "img-src"]),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["csp-report", "type", "body", "document-uri", "blocked-uri", "effective-directive",
                                           "documentURL", "blockedURL", "effectiveDirective"]), inner, max_size=5),
    ).map(lambda value: json.dumps(value).encode()),
)  # fmt: skip
def test_no_report_breaks_anything(media_type: str, body: bytes) -> None:
    """Whatever is sent is counted, passed over or refused; never an exception, never 5xx."""
    response = answered(made_once, body, ("Content-Type", media_type)).finish([])
    assert response.status in {204, 400, 415, 429}


made_once = made()
