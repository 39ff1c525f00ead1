"""`ConsentKit` and `Exchange`: the contract that every driver relies on."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.effects import Append
from consentkit.consent.state import Consent
from consentkit.errors import StoreError, UsageError
from consentkit.http import Head, Headers, Request, Response, header_values
from consentkit.kit import ConsentKit, Exchange
from tests.policies import cookie, make_policy, service

NOW = 1_790_000_000.0
ENTROPY = bytes(range(64))
SECRET = "a secret of 24 characters"
CHANGES = {
    "cookies": [cookie("seen", "numbers"), cookie("basket", "basket")],
    "services": [service("films", "ads", hosts=["films.example"])],
}
KIT = ConsentKit(make_policy(**CHANGES), secret=SECRET)
SHARED = ConsentKit(make_policy(**CHANGES, mode="shared"), secret=SECRET)
HTML = ("Content-Type", "text/html; charset=utf-8")
JSON = ("Content-Type", "application/json")
NAVIGATION = ("Sec-Fetch-Dest", "document")
FORM = (("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin"))
LIVE = b'<script src="https://films.example/a.js">'
PAGE = b"<!doctype html><html><head><title>Shop</title></head><body><h1>Glass</h1>" + LIVE + b"</script></body></html>"


def opened(*headers: tuple[str, str], kit: ConsentKit = KIT, method: str = "GET", path: str = "/",
           host: str = "shop.example", root_path: str = "") -> Exchange:  # fmt: skip
    """The exchange of one request."""
    request = Request(method, "https", host, path, root_path=root_path, headers=headers)
    return kit.open(request, now=NOW, entropy=ENTROPY)


def cookie_of(*grant: str, kit: ConsentKit = KIT) -> tuple[str, str]:
    """The Cookie field of a visitor who granted these."""
    request = Request("GET", "https", "shop.example", "/")
    decision = kit.decide(request, grant=grant, now=NOW, entropy=ENTROPY)
    return ("Cookie", decision.set_cookie.partition(";")[0])


def page(exchange: Exchange, body: bytes = PAGE, *headers: tuple[str, str], status: int = 200) -> tuple[Head, bytes]:
    """The app's page through the exchange."""
    head = exchange.start(status, (HTML, *headers))
    return head, exchange.feed(body) + exchange.finish()


# An own endpoint.


def decided(exchange: Exchange, body: bytes) -> Response:
    """The answer, with a store that works."""
    exchange.receive(body)
    exchange.resolve([None] * len(exchange.effects))
    return exchange.reply


def test_a_decision() -> None:
    """The body comes in, the record goes out, and success with the cookie is answered after it was kept."""
    exchange = opened(*FORM, method="POST", path="/_ck/decide")
    assert (exchange.body_limit or 0) > 100
    exchange.receive(b"decision=accept")
    (effect,) = exchange.effects
    assert isinstance(effect, Append)
    assert {"numbers": True, "ads": True} == effect.record.choices
    exchange.resolve([None])
    (set_cookie,) = header_values(exchange.reply.headers, "set-cookie")
    assert 303 == exchange.reply.status
    known = opened(("Cookie", set_cookie.partition(";")[0]))
    assert (effect.record.record_id, True) == (known.consent.record_id, known.consent.allows("ads"))


def test_a_decision_that_was_not_kept() -> None:
    """Without the record there is no success, no cookie, and nothing of the store's error for the visitor."""
    exchange = opened(*FORM, method="POST", path="/_ck/decide")
    exchange.receive(b"decision=accept")
    exchange.resolve(StoreError("the disk is full"))
    assert 503 == exchange.reply.status
    assert [] == header_values(exchange.reply.headers, "set-cookie")
    assert b"disk" not in exchange.reply.body


@pytest.mark.parametrize("path", ["/_ck/policy", "/_ck/preferences", "/_ck/state", "/_ck/nothing"])
def test_pages_of_our_own(path: str) -> None:
    """They need no body and no store."""
    exchange = opened(path=path)
    assert exchange.body_limit == 0
    assert (404 if "nothing" in path else 200) == decided(exchange, b"").status
    assert () == exchange.effects


def test_mounted() -> None:
    """Below a mount point the endpoints are found, and pages point to them there."""
    assert opened(path="/_ck/state", root_path="/shop").body_limit == 0
    _, body = page(opened(NAVIGATION, root_path="/shop"))
    assert b'"/shop/_ck/decide"' in body
    assert b'"/_ck/' not in body


@pytest.mark.parametrize(
    ("path", "step", "sentence"),
    [
        ("/", lambda e: e.receive(b""), "the app's"),
        ("/", lambda e: e.effects, "call `receive`"),
        ("/", lambda e: e.resolve([]), "call `receive`"),
        ("/", lambda e: e.reply, "call `resolve`"),
        ("/", lambda e: e.feed(b"a"), "call `start`"),
        ("/_ck/state", lambda e: e.start(200, ()), "not the app's"),
        ("/_ck/state", lambda e: e.feed(b"a"), "call `start`"),
        ("/_ck/state", lambda e: e.effects, "call `receive`"),
        ("/_ck/state", lambda e: (e.receive(b""), e.reply), "call `resolve`"),
        ("/_ck/state", lambda e: (e.receive(b""), e.receive(b"")), "already"),
        ("/", lambda e: (e.start(200, (HTML,)), e.feed(b"a"), e.start(200, ())), "cannot follow"),
    ],
)  # fmt: skip
def test_the_wrong_order(path: str, step: object, sentence: str) -> None:
    """A driver that calls in the wrong order is told so; nothing passes unread."""
    with pytest.raises(UsageError, match=sentence):
        step(opened(path=path))  # type: ignore[operator]


# The app's request.


def test_the_inner_request() -> None:
    """What need not change is the very same request; a navigation asks for what can be read."""
    request = Request("GET", "https", "shop.example", "/a.js", headers=(("Accept-Encoding", "gzip"),))
    assert request is KIT.open(request, now=NOW, entropy=ENTROPY).inner
    inner = opened(NAVIGATION, ("Accept-Encoding", "gzip"), ("Range", "bytes=0-"), ("X-Own", "1")).inner
    assert (NAVIGATION, ("X-Own", "1")) == inner.headers


def test_what_must_pass_the_exchange() -> None:
    """Only where a document may come of it the server's shortcuts are not offered."""
    assert opened(NAVIGATION).inner_needs_body
    assert opened(("Accept", "text/html")).inner_needs_body
    assert not opened(("Sec-Fetch-Dest", "image"), ("Accept", "text/html")).inner_needs_body


# The app's answer.


def test_what_is_no_page_passes() -> None:
    """Bytes of other types pass as they are, the same objects, with the same head."""
    exchange = opened(NAVIGATION)
    headers = (JSON, ("Content-Length", "3"))
    assert Head(200, headers) == exchange.start(200, headers)
    data = b"<!--"
    assert exchange.passthrough
    assert data is exchange.feed(data)
    assert b"" == exchange.finish()


def test_a_page_before_and_after_the_decision() -> None:
    """What was not granted is inert, what was granted is live."""
    _, asked = page(opened(NAVIGATION))
    _, granted = page(opened(NAVIGATION, cookie_of("ads")))
    assert (False, True) == (LIVE in asked, LIVE in granted)
    assert b'data-ck="accept"' in asked


def test_a_head_may_be_replaced_before_the_body() -> None:
    """An error page may take the place of a page of which nothing was sent, and is judged by itself."""
    exchange = opened(NAVIGATION)
    exchange.start(200, (HTML,))
    assert b"" == exchange.feed(b"")
    assert 500 == exchange.start(500, (JSON,)).status
    assert exchange.passthrough
    assert b"{}" == exchange.feed(b"{}")


def test_after_the_visitor_left() -> None:
    """After `close` nothing of a page comes any more, and closing twice is once."""
    exchange = opened(NAVIGATION)
    exchange.start(200, (HTML,))
    exchange.close()
    exchange.close()
    assert (b"", b"") == (exchange.feed(LIVE), exchange.finish())


def test_hints() -> None:
    """Interim answers lead to nobody who was not granted, before the answer starts."""
    links = (("Link", "<https://films.example/a.js>; rel=preload"), ("Link", "</own.css>; rel=preload"))
    assert links[1:] == opened(NAVIGATION).hint(links)
    assert links == opened(NAVIGATION, cookie_of("ads")).hint(links)


def test_per_visitor_and_shared() -> None:
    """Per visitor a page is private and varies; shared it is the same bytes for all, and as cacheable as the app said."""
    cached = ("Cache-Control", "public, max-age=60")
    head, _ = page(opened(NAVIGATION), PAGE, cached)
    assert "private, max-age=60" == head.header("cache-control")
    assert {"Cookie", "Sec-GPC"} <= set((head.header("vary") or "").split(", "))
    answers = [
        page(opened(NAVIGATION, *cookies, kit=SHARED), PAGE, cached)
        for cookies in ((), (cookie_of("ads", kit=SHARED),), (("Sec-GPC", "1"),))
    ]
    assert answers[0] == answers[1] == answers[2]
    assert "public, max-age=60" == answers[0][0].header("cache-control")
    assert "Cookie" not in (answers[0][0].header("vary") or "")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html; charset=windows-1252", "caf\xe9".encode("cp1252")),
        ("text/html", b"<meta charset=windows-1252>caf\xe9"),
        ("text/html; charset=utf-8", "café".encode()),
        ("text/html; charset=shift_jis", "喫茶".encode("shift_jis")),
    ],
)
def test_the_encoding_of_the_page(content_type: str, body: bytes) -> None:
    """The page keeps its encoding, as head or document name it, and its text its bytes."""
    exchange = opened(NAVIGATION)
    head = exchange.start(200, (("Content-Type", content_type),))
    assert content_type == head.header("content-type")
    assert body.rpartition(b">")[2] in exchange.feed(body + b"\n") + exchange.finish()


def test_the_apps_policy_is_widened_for_us_alone() -> None:
    """Our folder is added to the app's Content-Security-Policy, with the host that was asked for."""
    head, _ = page(opened(NAVIGATION), PAGE, ("Content-Security-Policy", "script-src 'nonce-x'"))
    own, ours = header_values(head.headers, "content-security-policy")
    assert "script-src 'nonce-x' https://shop.example/_ck/" == own
    assert "films.example" not in ours


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example; script-src *",
        "a b",
        "a,script-src *",
        "a'b",
        "shop.example\r\nX-Own: 1",
        "ü.example",
        "[::1",
        "*",
    ],
)
def test_a_hostile_host_widens_nothing(host: str) -> None:
    """A Host field that is no host changes no policy, and pages are rewritten all the same."""
    head, body = page(opened(NAVIGATION, host=host), PAGE, ("Content-Security-Policy", "script-src 'nonce-x'"))
    assert "script-src 'nonce-x'" == header_values(head.headers, "content-security-policy")[0]
    assert LIVE not in body
    assert not any("evil" in value or "\n" in value for _, value in head.headers)


@pytest.mark.parametrize(("way", "status", "passes"), [("block", 500, False), ("csp", 200, True), ("pass", 200, True)])
def test_what_cannot_be_read(way: str, status: int, passes: bool) -> None:
    """The policy says what becomes of a page that nobody can read; the owner is told in any case."""
    kit = ConsentKit(make_policy(**CHANGES, on_unreadable=way), secret=SECRET)
    exchange = opened(NAVIGATION, kit=kit, path="/odd")
    head, body = page(exchange, b"\x01\x02", ("Content-Encoding", "secret"))
    assert (status, passes) == (head.status, body == b"\x01\x02")
    (notice,) = exchange.notices
    assert ("unreadable", "/odd") == (notice.kind, notice.subject)
    assert f'on_unreadable = "{way}"' in notice.message


def test_notices_of_strangers() -> None:
    """Who is contacted undeclared is told to the owner with what to write; only once."""
    kit = ConsentKit(make_policy(**CHANGES, version="of this test"), secret=SECRET)
    told = []
    for _ in range(2):
        exchange = opened(NAVIGATION, kit=kit)
        page(exchange, b"<!doctype html><img src=https://stranger.example/a.gif>")
        told += exchange.notices
    assert ["unknown-host"] == [notice.kind for notice in told]
    assert "stranger.example" in told[0].message


# The visitor.


def test_deciding_by_the_app() -> None:
    """An app that decides gets cookie, record and state, all of one decision; what nobody declared is refused."""
    request = Request("GET", "https", "shop.example", "/")
    decision = KIT.decide(request, grant=["ads"], now=NOW, entropy=ENTROPY, source="account")
    assert {"numbers": False, "ads": True} == decision.record.choices
    assert decision.record.record_id == decision.consent.record_id
    assert KIT.decide(request, grant="*", now=NOW, entropy=ENTROPY).consent.allows("numbers")
    with pytest.raises(UsageError, match="cannot grant strangers"):
        KIT.decide(request, grant=["strangers"], now=NOW, entropy=ENTROPY)


def test_states_have_their_own_hash() -> None:
    """Tags of pages differ by state and by policy."""
    states = [KIT.consent(Request("GET", "https", "h", "/", headers=h), now=NOW) for h in ((), (cookie_of("ads"),))]
    other = ConsentKit(make_policy(), secret=SECRET)
    hashes = {KIT.state_hash(states[0]), KIT.state_hash(states[1]), other.state_hash(Consent(other.policy))}
    assert 3 == len(hashes)


def test_the_same_in_the_same_out() -> None:
    """Clock and entropy come in, so that equal requests have equal answers, record and all."""
    both = [opened(*FORM, method="POST", path="/_ck/decide") for _ in range(2)]
    first, second = (decided(exchange, b"decision=reject") for exchange in both)
    assert first == second
    assert both[0].effects == both[1].effects


# Whatever comes.

TEXT = st.text(st.characters(max_codepoint=255), max_size=40)
NAMES = st.sampled_from([
    "Accept", "Accept-Encoding", "Cookie", "Content-Type", "Content-Encoding", "Content-Length", "Content-Disposition",
    "Cache-Control", "Content-Security-Policy", "ETag", "Host", "If-None-Match", "If-Match", "Link", "Origin", "Range",
    "Refresh", "Referer", "Sec-Fetch-Dest", "Sec-Fetch-Site", "Sec-GPC", "Set-Cookie", "Trailer", "Vary",
])  # fmt: skip
VALUES = TEXT | st.sampled_from([
    "text/html", "text/html; charset=utf-8", "document", "empty", "gzip", "*", '"a"', 'W/"a-ck0123456789abcdef"', "1",
    "same-origin", f"{KIT.cookie.name}=AAAA", "seen=1; basket=2", "seen=1; Path=/", "<https://films.example/>; rel=preload",
    "0; url=https://films.example/", "script-src 'self'", "application/json", "attachment", "bytes=0-1",
])  # fmt: skip
FIELDS = st.lists(st.tuples(NAMES | TEXT, VALUES), max_size=8).map(tuple)


@given(asked=FIELDS, answered=FIELDS, status=st.sampled_from([200, 204, 206, 301, 304, 404, 500]), host=VALUES,
       path=TEXT, body=st.binary(max_size=60) | st.just(PAGE), kit=st.sampled_from([KIT, SHARED]),
       method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]))  # fmt: skip
def test_any_fields(
    asked: Headers, answered: Headers, status: int, host: str, path: str, body: bytes, kit: ConsentKit, method: str
) -> None:
    """Whatever a visitor sends and an app answers, there is an answer, and no exception."""
    exchange = opened(*asked, kit=kit, method=method, path=f"/{path}", host=host)
    if exchange.body_limit is not None:
        assert decided(exchange, body).status < 500
        return
    head = exchange.start(status, answered)
    out = exchange.feed(body) + exchange.finish()
    assert 100 <= head.status < 600
    assert exchange.passthrough <= (out == body)
    exchange.close()


@given(asked=FIELDS, body=st.binary(max_size=80) | st.dictionaries(
    st.sampled_from(["decision", "grant", "allow", "withdraw", "return", "lang"]), st.none() | TEXT | st.lists(TEXT)
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_decision(asked: Headers, body: bytes) -> None:
    """Whatever is sent to be decided is decided or refused with a sentence; what succeeds has one record."""
    exchange = opened(*asked, method="POST", path="/_ck/decide")
    reply = decided(exchange, body)
    assert reply.status in {200, 303, 400, 403, 413, 415}
    assert (1 if reply.status in {200, 303} else 0) == len(exchange.effects)


def test_a_decision_that_outlives_its_cookie_is_told() -> None:
    """An owner who lets decisions hold for longer than browsers keep a cookie is told so (R115)."""
    changes = {**CHANGES, "reprompt_after": 500, "retention": {"records": "5 years", "text": "Proofs are kept."}}
    kit = ConsentKit(make_policy(**changes), secret=SECRET)
    assert ["cookie-lifetime"] == [notice.kind for notice in opened(kit=kit).notices]
