"""How pages, frames and reports go together in one kit: the fields that lead from one to the other."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from pydantic import ValidationError

from consentkit.http import Head, Request, Response, header_values
from consentkit.kit import ConsentKit
from consentkit.pages.frames import FRAME_AGE, FRAME_PERIOD
from tests.policies import make_policy, service

NOW = 1_790_000_000.0
PAGE = b'<!doctype html><title>x</title><iframe src="https://tube.example/embed" sandbox="allow-scripts" loading="lazy"></iframe>'
HTML = ("Content-Type", "text/html; charset=utf-8")


def kit(**changes: Any) -> ConsentKit:
    """A shop with a video."""
    policy = make_policy(services=[service("tube", "ads", placeholder="video")], **changes)
    return ConsentKit(policy, secret="a secret of 24 characters")


def shown(made: ConsentKit, *headers: tuple[str, str], now: float = NOW, root_path: str = "") -> tuple[Head, str]:
    """The page as a visitor without a decision gets it."""
    request = Request("GET", "https", "shop.example", "/", "", root_path, (("Sec-Fetch-Dest", "document"),))
    exchange = made.open(request, now=now, entropy=bytes(64))
    head = exchange.start(200, (HTML, *headers))
    return head, (exchange.feed(PAGE) + exchange.finish()).decode()


def framed(made: ConsentKit, page: str, *, now: float = NOW, root_path: str = "") -> Response:
    """What the address in the page's placeholder answers."""
    found = re.search(r'data-ck-frame="([^"]*)"', page)
    assert found is not None
    path, _, query = unescape(found[1]).removeprefix(root_path).partition("?")
    exchange = made.open(
        Request("GET", "https", "shop.example", path, query, root_path, ()), now=now, entropy=bytes(64)
    )
    exchange.receive(b"")
    exchange.resolve([])
    return exchange.reply


def field(headers: Any, name: str) -> list[str]:
    """All values of a field."""
    return header_values(headers, name)


@pytest.mark.parametrize("root_path", ["", "/shop"])
@pytest.mark.parametrize("coep", ["", "require-corp", "credentialless"])
def test_the_frame_asks_for_the_isolation_that_the_page_asks_for(root_path: str, coep: str) -> None:
    """COEP is copied from the embedding page, and where it has none the frame has none; below a mount point as well."""
    made = kit()
    _, page = shown(made, *([("Cross-Origin-Embedder-Policy", coep)] if coep else []), root_path=root_path)
    response = framed(made, page, root_path=root_path)
    assert response.status == 200
    assert field(response.headers, "cross-origin-embedder-policy") == ([coep] if coep else [])
    assert field(response.headers, "permissions-policy") == []
    assert field(response.headers, "referrer-policy") == ["strict-origin-when-cross-origin"]
    assert b'sandbox="allow-scripts"' in response.body
    assert f'src="{root_path}/_ck/frame.'.encode() in response.body


def test_a_frame_ends_and_the_pages_tag_with_it() -> None:
    """An address in a page from days ago is refused; a page is not revalidated beyond the day its addresses are of."""
    made = kit()
    head, page = shown(made, ("ETag", '"a"'))
    assert framed(made, page, now=NOW + FRAME_AGE + FRAME_PERIOD).status == 403
    same, _ = shown(made, ("ETag", '"a"'), now=NOW // FRAME_PERIOD * FRAME_PERIOD)
    later, _ = shown(made, ("ETag", '"a"'), now=NOW + FRAME_PERIOD)
    assert field(head.headers, "etag") == field(same.headers, "etag") != field(later.headers, "etag")


def test_hosts_that_the_policy_names_may_frame() -> None:
    """`framed_by` opens our own pages to those hosts and to no other."""
    made = kit(framed_by=["partner.example"])
    response = framed(made, shown(made)[1])
    (csp,) = field(response.headers, "content-security-policy")
    assert csp.endswith("frame-ancestors 'self' partner.example:*")
    assert field(response.headers, "x-frame-options") == []
    with pytest.raises(ValidationError):
        kit(framed_by=["partner.example; script-src *"])


@pytest.mark.parametrize("root_path", ["", "/shop"])
def test_pages_say_where_to_report(root_path: str) -> None:
    """Old and new browsers are told the same first-party address, below the mount point; the app's own endpoints stay."""
    head, _ = shown(kit(), ("Reporting-Endpoints", 'default="/mine"'), root_path=root_path)
    (csp,) = field(head.headers, "content-security-policy")
    assert csp.endswith(f"; report-uri {root_path}/_ck/report; report-to consentkit")
    assert field(head.headers, "reporting-endpoints") == ['default="/mine"', f'consentkit="{root_path}/_ck/report"']


def test_reports_can_be_turned_off() -> None:
    """`csp_reports = false` sends no address; neither does a policy that is off."""
    for changes in ({"csp_reports": False}, {"csp": "off"}):
        head, _ = shown(kit(**changes))
        assert "report" not in " ".join(field(head.headers, "content-security-policy"))
        assert field(head.headers, "reporting-endpoints") == []


def test_a_report_reaches_the_log_and_the_store() -> None:
    """The exchange of a report has a notice for the log and a count for the store."""
    request = Request(
        "POST", "https", "shop.example", "/_ck/report", headers=(("Content-Type", "application/csp-report"),)
    )
    exchange = kit().open(request, now=NOW, entropy=bytes(64))
    exchange.receive(
        b'{"csp-report": {"document-uri": "https://shop.example/", "blocked-uri": "https://spy.example/x", '
        b'"effective-directive": "img-src"}}'
    )
    assert [notice.subject for notice in exchange.notices] == ["spy.example"]
    assert len(exchange.effects) == 1


def test_pages_get_the_policies_that_the_owner_names() -> None:
    """Referrer-Policy and Permissions-Policy are added to pages that have none; the app's own stay, other answers are left."""
    made = kit(referrer_policy="no-referrer", permissions_policy="camera=()")
    head, _ = shown(made)
    assert (["no-referrer"], ["camera=()"]) == tuple(
        field(head.headers, n) for n in ("referrer-policy", "permissions-policy")
    )
    head, _ = shown(made, ("referrer-policy", "origin"), ("Permissions-Policy", "camera=*"))
    assert (["origin"], ["camera=*"]) == tuple(
        field(head.headers, n) for n in ("referrer-policy", "permissions-policy")
    )
    exchange = made.open(Request("GET", "https", "shop.example", "/a.json"), now=NOW, entropy=bytes(64))
    assert field(exchange.start(200, (("Content-Type", "application/json"),)).headers, "referrer-policy") == []


@pytest.mark.parametrize(
    "changes", [{"referrer_policy": "none"}, {"permissions_policy": "a\r\nX: y"}, {"permissions_policy": ""}]
)
def test_policies_that_are_none_are_refused(changes: dict[str, Any]) -> None:
    """A value that no browser knows, or that would break the head, is refused at start-up."""
    with pytest.raises(ValidationError):
        kit(**changes)
