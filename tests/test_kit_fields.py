"""Header fields through a whole exchange: what the app sees, what the visitor gets."""

from __future__ import annotations

import html
import re

import pytest

from consentkit.consent.state import Consent, grant
from consentkit.headers.cookies import MAX_EXPIRIES
from consentkit.http import Head, Headers, Request, header_values
from consentkit.kit import ConsentKit
from tests.policies import cookie, make_policy, service

NOW = 1_790_000_000.0
ENTROPY = bytes(range(64))
DECLARED = {
    "cookies": [cookie("seen", "numbers"), cookie("basket", "basket")],
    "services": [service("films", "ads", hosts=["films.example"])],
}
POLICY = make_policy(**DECLARED)
KIT = ConsentKit(POLICY, secret="a secret of 24 characters")
SHARED = ConsentKit(make_policy(**DECLARED, mode="shared"), secret="a secret of 24 characters")
PAGE = ("Content-Type", "text/html; charset=utf-8")
NAVIGATION = ("Sec-Fetch-Dest", "document")


def cookie_for(*names: str) -> str:
    """The consent cookie of a visitor who granted exactly these."""
    consent = Consent(POLICY, grant(POLICY, names), int(NOW), "ab" * 16, "b6a1ff0e-3f4c-4a67-9d0f-8a2f7b3a1c55")
    return KIT.cookie.dump(consent).partition(";")[0]


def visit(asked: Headers, status: int, answered: Headers, *, kit: ConsentKit = KIT) -> tuple[Request, Head]:
    """One exchange without a body: the request as the app sees it, the head as the visitor gets it."""
    exchange = kit.open(Request("GET", "https", "shop.example", "/", headers=asked), now=NOW, entropy=ENTROPY)
    inner = exchange.inner
    head = exchange.start(status, answered)
    exchange.finish()
    return inner, head


@pytest.mark.parametrize("how", [NAVIGATION, ("Sec-Fetch-Dest", "empty"), ("Accept", "text/html")])
def test_not_modified_keeps_the_visitors_tag(how: tuple[str, str]) -> None:
    """A 304 without Content-Type, as apps send it, has the page's tag, Vary and Cache-Control, however it was asked for (R144)."""
    _, page = visit((how,), 200, (PAGE, ("ETag", '"v1"')))
    inner, not_modified = visit((how, ("If-None-Match", page.header("etag") or "")), 304, (("ETag", '"v1"'),))
    assert '"v1"' == inner.header("if-none-match")
    for name in ("etag", "vary", "cache-control", "content-security-policy"):
        assert page.header(name) == not_modified.header(name) is not None


def test_a_change_of_mind_asks_the_app_anew() -> None:
    """The tag of the page before the decision does not reach the app after it (R143)."""
    _, page = visit((NAVIGATION,), 200, (PAGE, ("ETag", '"v1"')))
    asked = (NAVIGATION, ("If-None-Match", page.header("etag") or ""), ("Cookie", cookie_for("ads")))
    assert visit(asked, 200, (PAGE,))[0].header("if-none-match") is None


def test_refused_cookies_neither_reach_the_app_nor_stay() -> None:
    """A cookie of a refused purpose is taken out of the request and deleted with the visitor (R15)."""
    inner, head = visit((NAVIGATION, ("Cookie", f"seen=1; basket=2; {cookie_for()}")), 200, (PAGE,))
    assert f"basket=2; {cookie_for()}" == inner.header("cookie")
    assert {"seen="} == {value.partition(";")[0] for value in header_values(head.headers, "set-cookie")}


def test_pictures_stay_cacheable() -> None:
    """The answer to a request for a picture deletes no cookies and keeps its Cache-Control."""
    fields = (("Content-Type", "image/png"), ("Cache-Control", "public, max-age=60"))
    inner, head = visit((("Sec-Fetch-Dest", "image"), ("Cookie", "seen=1")), 200, fields)
    assert inner.header("cookie") is None
    assert fields == head.headers


def test_other_media_pass_untouched() -> None:
    """An answer that is no page, sets no cookie and names nobody is the very same head."""
    fields = (("Content-Type", "application/json"), ("ETag", '"a"'), ("Last-Modified", "x"), ("Content-Length", "2"))
    asked = (("Accept-Encoding", "gzip"), ("Range", "bytes=0-1"), ("If-None-Match", '"a"'), ("If-Modified-Since", "x"))
    inner, head = visit(asked, 200, fields)
    assert asked == inner.headers
    assert fields == head.headers


def test_no_page_reaches_a_shared_cache() -> None:
    """Whatever the app said, a page of one visitor is private and varies by what it was made from (R146)."""
    _, head = visit(
        (NAVIGATION,), 200, (PAGE, ("Cache-Control", "public, s-maxage=600"), ("CDN-Cache-Control", "max-age=9"))
    )
    assert "private" == head.header("cache-control")
    assert head.header("cdn-cache-control") is None
    assert {"cookie", "sec-gpc"} <= set((head.header("vary") or "").lower().split(", "))


def test_two_visitors_of_different_minds_have_different_tags() -> None:
    """The tag differs by decision and by signal, and is the same for the same of both."""
    tags = [
        visit((NAVIGATION, *more), 200, (PAGE, ("ETag", '"v1"')))[1].header("etag")
        for more in ((), (("Cookie", cookie_for()),), (("Cookie", cookie_for("ads")),), (("Sec-GPC", "1"),), ())
    ]
    assert 4 == len(set(tags))
    assert tags[0] == tags[-1]


def test_the_policy_follows_the_decision() -> None:
    """The derived Content-Security-Policy stands beside the app's own and opens what was granted."""
    own = ("Content-Security-Policy", "img-src 'self'")
    before = visit((NAVIGATION,), 200, (PAGE, own))[1]
    after = visit((NAVIGATION, ("Cookie", cookie_for("ads"))), 200, (PAGE, own))[1]
    for head, is_open in ((before, False), (after, True)):
        policies = header_values(head.headers, "content-security-policy")
        assert own[1] in policies
        assert is_open is any("films.example" in policy for policy in policies)


@pytest.mark.parametrize(
    ("content_type", "destination", "restricted"),
    [
        ("image/svg+xml", "document", True),
        ("text/javascript", "worker", True),
        ("text/javascript", "script", False),
        ("text/css", "style", False),
    ],
)
def test_documents_and_workers_are_restricted(content_type: str, destination: str, restricted: bool) -> None:
    """What becomes a document or a worker carries the policy and is private; a plain script stays cacheable."""
    fields = (("Content-Type", content_type), ("Cache-Control", "max-age=60"))
    _, head = visit((("Sec-Fetch-Dest", destination),), 200, fields)
    assert restricted is (head.header("content-security-policy") is not None)
    assert restricted is ("private" in (head.header("cache-control") or ""))


def test_links_wait_for_consent() -> None:
    """A preload from somebody else is sent after the grant and not before (R150)."""
    fields = (PAGE, ("Link", "<https://films.example/a.js>; rel=preload; as=script, </b.css>; rel=preload"))
    assert "</b.css>; rel=preload" == visit((NAVIGATION,), 200, fields)[1].header("link")
    assert fields[1][1] == visit((NAVIGATION, ("Cookie", cookie_for("ads"))), 200, fields)[1].header("link")


def test_shared_pages_are_the_same_for_all() -> None:
    """In shared mode two visitors of different minds get the same head, as cacheable as the app said."""
    fields = (PAGE, ("ETag", '"v1"'), ("Cache-Control", "public, max-age=60"))
    heads = [
        visit((NAVIGATION, *more), 200, fields, kit=SHARED)[1]
        for more in ((), (("Sec-GPC", "1"),), (("Cookie", cookie_for("ads")),), (("Cookie", "seen=1"),))
    ]
    assert heads[0] == heads[1] == heads[2] == heads[3]
    assert "public, max-age=60" == heads[0].header("cache-control")
    assert "cookie" not in (heads[0].header("vary") or "").lower()


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("GET", (PAGE, ("Cache-Control", "max-age=60, Private"))),
        ("GET", (PAGE, ("cache-control", "no-store"))),
        ("GET", (PAGE, ("Set-Cookie", "basket=1"))),
        ("POST", (PAGE,)),
    ],
)
def test_refused_cookies_go_with_what_no_cache_shares(method: str, fields: Headers) -> None:
    """In shared mode a refused cookie reaches no app, and is deleted by answers that the app keeps from shared caches."""
    request = Request(method, "https", "shop.example", "/", headers=(NAVIGATION, ("Cookie", "seen=1")))
    exchange = SHARED.open(request, now=NOW, entropy=ENTROPY)
    assert exchange.inner.header("cookie") is None
    set_cookies = header_values(exchange.start(200, fields).headers, "set-cookie")
    assert any(value.startswith("seen=;") for value in set_cookies)


@pytest.mark.parametrize(("body", "kept"), [(b"decision=reject", False), (b"decision=accept", True), (b"x", True)])
def test_refused_cookies_go_with_the_decision_in_shared_mode(body: bytes, kept: bool) -> None:
    """In shared mode the answer to a decision deletes what it refuses, and neither what it grants nor anything else."""
    fields = (("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin"))
    request = Request("POST", "https", "shop.example", "/_ck/decide", headers=(*fields, ("Cookie", "basket=1; seen=2")))
    exchange = SHARED.open(request, now=NOW, entropy=ENTROPY)
    exchange.receive(body)
    exchange.resolve([None])
    deleted = {v.partition("=")[0] for v in header_values(exchange.reply.headers, "set-cookie") if "Max-Age=0" in v}
    assert (set() if kept else {"seen"}) == deleted


def test_refused_cookies_of_other_folders_go_with_the_decision_in_shared_mode() -> None:
    """A cookie declared for a folder is not sent with a decision: what refuses it deletes it there all the same, in one answer."""
    declared = [
        cookie("seen", "numbers"),
        cookie("viewed", "numbers", path="/shop"),
        cookie("kept", "basket", path="/shop"),
    ]
    kit = ConsentKit(make_policy(cookies=declared, mode="shared"), secret="a secret of 24 characters")
    fields = (("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin"))
    request = Request("POST", "https", "shop.example", "/_ck/decide", headers=(*fields, ("Cookie", "seen=1")))
    exchange = kit.open(request, now=NOW, entropy=ENTROPY)
    exchange.receive(b"decision=reject")
    exchange.resolve([None])
    deleted = [v for v in header_values(exchange.reply.headers, "set-cookie") if "Max-Age=0" in v]
    assert {"seen", "viewed"} == {value.partition("=")[0] for value in deleted}
    assert {"/shop"} <= {value.partition("Path=")[2].partition(";")[0] for value in deleted if value[0] == "v"}
    assert len(deleted) <= MAX_EXPIRIES


@pytest.mark.parametrize(
    "value", ["=", "x" * 100_000, "__Host-consent=" + "A" * 1_000_000, "\xff;\xfe=\x00", "__Host-consent=x;" * 5000]
)
def test_hostile_cookies_are_no_error(value: str) -> None:
    """Whatever the Cookie field holds, the page is served as to somebody who has not decided."""
    _, head = visit((NAVIGATION, ("Cookie", value)), 200, (PAGE, ("ETag", '"v1"')))
    assert visit((NAVIGATION,), 200, (PAGE, ("ETag", '"v1"')))[1].header("etag") == head.header("etag")


def test_subdomains_share_a_decision() -> None:
    """With `share_across_subdomains` the cookie names the domain, and loses the prefix that forbids one (R117)."""
    kit = ConsentKit(
        make_policy(sites=["www.shop.example"], share_across_subdomains="shop.example"),
        secret="a secret of 24 characters",
    )
    asked = Request("GET", "https", "www.shop.example", "/")
    decision = kit.decide(asked, grant={"ads"}, now=NOW, entropy=ENTROPY)
    assert decision.set_cookie.startswith("__Secure-consent=")
    assert "Domain=shop.example" in decision.set_cookie.split("; ")
    again = asked.replaced(headers=(("Cookie", decision.set_cookie.partition(";")[0]),))
    assert kit.consent(again, now=NOW).allows("ads")


@pytest.mark.parametrize("domain", ["example", "other.example", "op.example"])
def test_a_decision_is_shared_with_nobody_else(domain: str) -> None:
    """A domain that is no site's and above none is refused when the policy is read, with the site to write."""
    with pytest.raises(ValueError, match="neither a site"):
        make_policy(share_across_subdomains=domain)


def read(kit: ConsentKit, answered: Headers, method: str = "GET") -> tuple[Head, bytes]:
    """A page with a third party's script, as the visitor gets it."""
    exchange = kit.open(Request(method, "https", "shop.example", "/", headers=(NAVIGATION,)), now=NOW, entropy=ENTROPY)
    head = exchange.start(200, answered)
    data = b"<script src=https://stranger.example/x.js></script>"
    return head, data if exchange.passthrough else exchange.feed(data) + exchange.finish()


def test_no_transform_is_heeded_where_the_policy_says_so() -> None:
    """`no-transform` binds proxies, not the site itself; an owner may honour it, under the CSP alone (R147)."""
    answered = (PAGE, ("Cache-Control", "max-age=60, No-Transform"), ("ETag", '"v1"'), ("Content-Length", "51"))
    honouring = ConsentKit(make_policy(no_transform="honour"), secret="a secret of 24 characters")

    head, page = read(KIT, answered)
    assert b"<script src=https://stranger" not in page
    assert "no-transform" in (head.header("cache-control") or "").lower()

    head, page = read(honouring, answered)
    assert b"<script src=https://stranger.example/x.js></script>" == page
    assert ('"v1"', "51") == (head.header("etag"), head.header("content-length"))
    assert "default-src 'self'" in (head.header("content-security-policy") or "")
    assert "private" in (head.header("cache-control") or "")
    assert head == read(honouring, answered, "HEAD")[0]
    assert b"<script src=https://stranger" not in read(honouring, (PAGE,))[1]


def test_what_cannot_be_read_is_said_in_the_visitors_language() -> None:
    """Our page in the place of one that cannot be read speaks as the visitor does."""
    asked = (NAVIGATION, ("Accept", "text/html"), ("Accept-Language", "de-AT, en;q=0.5"))
    for answered, data in (
        ((PAGE, ("Content-Encoding", "rot13")), b"page"),
        ((PAGE, ("Content-Encoding", "gzip")), b"this is no gzip"),
    ):
        exchange = KIT.open(Request("GET", "https", "shop.example", "/", headers=asked), now=NOW, entropy=ENTROPY)
        exchange.start(200, answered)
        body = (exchange.feed(data) + exchange.finish()).decode()
        assert '<html lang="de"' in body
        assert "Diese Seite kann nicht gezeigt werden" in body


META = (
    ("script-src 'nonce-abc' 'strict-dynamic'", "'sha256-"),
    ("script-src 'sha256-abc'; style-src 'none'", "style-src https://shop.example/_ck/"),
    ("frame-src films.example", "frame-src films.example https://shop.example/_ck/"),
    ("default-src 'none'; form-action 'none'", "form-action https://shop.example/_ck/"),
)


@pytest.mark.parametrize(("given", "expected"), META)
@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_policies_in_meta_elements_get_room_too(given: str, expected: str, quote: str) -> None:
    """A page's policy in a `meta` element is widened like one in the header: by our folder and hashes, and only then."""
    value = given if quote == '"' else given.replace("'", "&#39;")
    value = value if quote else value.replace(" ", "&#32;")
    tag = f"<meta http-equiv=Content-Security-Policy content={quote}{value}{quote}>"
    page = f"<!doctype html><html><head>{tag}<title>x</title></head><body>text</body></html>".encode()
    for kit, found in (
        (KIT, True),
        (ConsentKit(make_policy(csp_widen=False), secret="a secret of 24 characters"), False),
    ):
        exchange = kit.open(
            Request("GET", "https", "shop.example", "/", headers=(NAVIGATION,)), now=NOW, entropy=ENTROPY
        )
        exchange.start(200, (PAGE,))
        out = (exchange.feed(page) + exchange.finish()).decode()
        assert (tag in out) is not found
        metas = re.findall(r"content=([\"']?)(.*?)\1>", out.partition("Content-Security-Policy")[2])
        assert (expected in html.unescape(metas[0][1])) is found


def test_a_policy_in_a_meta_element_that_allows_us_stays() -> None:
    """One with room for us already leaves byte for byte."""
    tag = b'<meta http-equiv="content-security-policy" content="default-src \'self\'">'
    exchange = KIT.open(Request("GET", "https", "shop.example", "/", headers=(NAVIGATION,)), now=NOW, entropy=ENTROPY)
    exchange.start(200, (PAGE,))
    assert tag in exchange.feed(b"<!doctype html>" + tag + b"<title>x</title><p>text") + exchange.finish()


def test_strict_dynamic_is_warned_of() -> None:
    """The owner is told once what an app's `'strict-dynamic'` means for the hosts in its policy (R168)."""
    kinds = list[str]()
    for value in ("script-src 'self'", "script-src 'nonce-abc' 'strict-dynamic'"):
        exchange = KIT.open(
            Request("GET", "https", "shop.example", "/", headers=(NAVIGATION,)), now=NOW, entropy=ENTROPY
        )
        exchange.start(200, (PAGE, ("Content-Security-Policy", value)))
        kinds += [notice.kind for notice in exchange.notices]
    assert ["strict-dynamic"] == kinds
