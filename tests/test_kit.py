"""`ConsentKit` and `Exchange`: the contract that every driver relies on."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.effects import Append
from consentkit.errors import StoreError, UsageError
from consentkit.http import Headers, Request, Response, header_values
from consentkit.kit import ConsentKit, Exchange
from tests.exchanges import CHANGES, ENTROPY, KIT, LIVE, NAVIGATION, NOW, PAGE, SECRET, SHARED, cookie_of, opened, page
from tests.policies import make_policy

FORM = (("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin"))


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


def test_a_page_before_and_after_the_decision() -> None:
    """What was not granted is inert, what was granted is live."""
    _, asked = page(opened(NAVIGATION))
    _, granted = page(opened(NAVIGATION, cookie_of("ads")))
    assert (False, True) == (LIVE in asked, LIVE in granted)
    assert b'data-ck="accept"' in asked


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


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><image href='%s'/></svg>"


@pytest.mark.parametrize("content_type", ["image/svg+xml", "text/xml; charset=utf-8", "application/xml"])
@pytest.mark.parametrize(
    ("way", "url", "dest", "passes"),
    [
        ("block", b"https://films.example/a", "document", False),
        ("block", b"https://films.example/a", "iframe", False),
        ("block", b"/own.png", "document", True),
        ("block", b"https://films.example/a", "image", True),  # a picture fetches nothing
        ("csp", b"https://films.example/a", "document", True),
    ],
)
def test_documents_of_xml(content_type: str, way: str, url: bytes, dest: str, passes: bool) -> None:
    """XML that would contact somebody without consent is not shown as a document; all other passes byte for byte."""
    kit = ConsentKit(make_policy(**CHANGES, on_unreadable=way), secret=SECRET)
    exchange = opened(("Sec-Fetch-Dest", dest), kit=kit, path="/a.svg")
    body = SVG % url
    head = exchange.start(200, (("Content-Type", content_type), ("Content-Length", str(len(body)))))
    out = exchange.feed(body) + exchange.finish()

    assert passes == (body == out)
    assert (b"1999/xhtml" in out) != passes
    assert head.header("content-length") in {None, str(len(out))}
    assert content_type == head.header("content-type")
    assert ([] if passes else ["unreadable"]) == [notice.kind for notice in exchange.notices]
    assert all("XML" in notice.message for notice in exchange.notices)  # what is wrong, not what is right for a page


@pytest.mark.parametrize(("url", "passes"), [(b"https://films.example/a", False), (b"/own.png", True)])
def test_documents_of_xml_without_a_type(url: bytes, passes: bool) -> None:
    """Where no field says what it is, a browser takes for XML what begins so, and it is shown whole or not at all."""
    exchange = opened(NAVIGATION, path="/a")
    exchange.start(200, ())
    body = b"<?xml version='1.0'?><h:img xmlns:h='http://www.w3.org/1999/xhtml' src='%s'/>" % url
    out = exchange.feed(body) + exchange.finish()

    assert passes == (body == out)
    assert (b"cannot be shown" in out) != passes


def test_a_granted_document_of_xml() -> None:
    """With consent it is shown."""
    exchange = opened(NAVIGATION, cookie_of("ads"), path="/a.svg")
    exchange.start(200, (("Content-Type", "image/svg+xml"),))
    body = SVG % b"https://films.example/a"

    assert body == exchange.feed(body) + exchange.finish()


def test_a_broken_coding_of_xml() -> None:
    """Of XML in a coding that turns out to be none, nothing is shown but what is wrong."""
    exchange = opened(NAVIGATION, path="/a.svg")
    exchange.start(200, (("Content-Type", "image/svg+xml"), ("Content-Encoding", "gzip")))

    assert b"1999/xhtml" in exchange.feed(b"no gzip") + exchange.finish()


def test_rules_in_a_file() -> None:
    """Speculation rules that come as a file of their own are judged as those in a page."""
    exchange = opened(("Sec-Fetch-Dest", "speculationrules"), path="/rules.json")
    exchange.start(200, (("Content-Type", "application/speculationrules+json"),))
    rules = b'{"prefetch":[{"urls":["/own","https://films.example/"]}]}'

    assert rules.replace(b"https:", b"about:invalid#ck:https:") == exchange.feed(rules) + exchange.finish()


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
