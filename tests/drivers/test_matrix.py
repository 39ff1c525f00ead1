"""What a visitor meets is the same behind every driver: pages, decisions, cookies, faults."""

from __future__ import annotations

import gzip
import json
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from consentkit.consent.record import Record
from consentkit.errors import StoreError
from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from tests.drivers.clients import DRIVERS, NAVIGATION, Answered, Asked, Client
from tests.drivers.policies import SECRET, small_policy

Visit = Callable[..., Client]

PAGE = (
    b"<!doctype html><html lang=en><head><title>Brightwash</title></head><body><h1>Glass</h1>"
    b'<script src="https://counter.example/count.js"></script><img src="/a.png"></body></html>'
)
TEXT_HTML = ("Content-Type", "text/html; charset=utf-8")


def page(asked: Asked) -> Answered:
    """A page with a counter."""
    return Answered(PAGE)


def is_live(body: bytes) -> bool:
    """Whether a browser would fetch the counter."""
    return b'<script src="https://counter.example/count.js"></script>' in body


def test_first_visit(visit: Visit) -> None:
    """The first page contacts nobody, asks, and writes nothing."""
    client = visit(page)
    reply = client.get()
    assert 200 == reply.status
    assert not is_live(reply.body)
    assert 'data-ck="accept"' in reply.text
    assert ([], {}) == (reply.all("set-cookie"), client.cookies)
    assert reply.one("content-length") in {None, str(len(reply.body))}


def test_accepting(visit: Visit) -> None:
    """Accepting keeps one record, sets the cookie, and the next page is live; rejecting ends that."""
    client = visit(page)
    reply = client.post("/_ck/decide", "decision=accept&return=/there")
    assert (303, "/there", "0") == (reply.status, reply.one("location"), reply.one("content-length"))
    assert is_live(client.get().body)
    client.post("/_ck/decide", "decision=reject")
    assert not is_live(client.get().body)
    records = records_of(client)
    assert [{"analytics": True}, {"analytics": False}] == [record.choices for record in records]
    assert [None, records[0].record_id] == [record.previous for record in records]


def records_of(client: Client) -> list[Record]:
    """Everything the client's store keeps."""
    assert isinstance(client.store, MemoryStore)
    return client.store.records


def test_the_same_bytes_behind_each_driver() -> None:
    """Whole or in pieces, through WSGI or ASGI: the page is the same to the byte."""
    kit, bodies = ConsentKit(small_policy(), secret=SECRET), list[bytes]()
    for driver in DRIVERS:
        client = Client(driver, kit, MemoryStore(), page)
        bodies.append(client.get().body)
    assert [bodies[0]] * len(DRIVERS) == bodies


def test_what_the_app_sees(visit: Visit) -> None:
    """The app sees the consent and no cookie that was refused, and is asked for a page it has not compressed."""
    seen = list[Asked]()

    def site(asked: Asked) -> Answered:
        seen.append(asked)
        return Answered(PAGE)

    own = {"name": "visits", "lifetime": "1 year", "description": "Counts.", "purpose": "analytics",
           "third_party": False}  # fmt: skip
    client = visit(site, cookies=[own])
    client.cookies = {"visits": "3", "basket": "x"}
    client.get(headers=(*NAVIGATION, ("Accept-Encoding", "gzip"), ("Range", "bytes=0-9")))
    assert "basket=x" == seen[0].headers["cookie"]
    assert not {"accept-encoding", "range"} & set(seen[0].headers)
    assert not seen[0].allows("analytics")
    assert "visits" not in client.cookies
    client.post("/_ck/decide", "decision=accept")
    client.cookies["visits"] = "3"
    client.get()
    assert "visits=3" in seen[1].headers["cookie"]
    assert seen[1].allows("analytics")


@pytest.mark.parametrize("size", [0, 1, 70_000])
def test_what_is_no_page(visit: Visit, size: int) -> None:
    """What is no page passes with its bytes and length."""
    data = b"\x00\xff<script src=https://counter.example/>" * size
    headers = (("Content-Type", "application/octet-stream"), ("Content-Length", str(len(data))))
    reply = visit(lambda _: Answered(data, headers)).get()
    assert (data, str(len(data))) == (reply.body, reply.one("content-length"))


def test_compressed_pages(visit: Visit) -> None:
    """A page that comes compressed all the same is read and rewritten."""
    headers = (TEXT_HTML, ("Content-Encoding", "gzip"))
    reply = visit(lambda _: Answered(gzip.compress(PAGE), headers)).get()
    assert "<h1>Glass</h1>" in reply.text
    assert not is_live(reply.body)
    assert reply.one("content-encoding") is None


def test_unreadable_pages(visit: Visit) -> None:
    """A page in a coding nobody knows is not passed on."""
    reply = visit(lambda _: Answered(b"\x01\x02", (TEXT_HTML, ("Content-Encoding", "secret")))).get()
    assert 500 == reply.status
    assert b"\x01\x02" not in reply.body
    assert reply.one("content-length") in {None, str(len(reply.body))}


def test_head(visit: Visit) -> None:
    """HEAD gets the head that GET gets, and no length but GET's."""
    client = visit(lambda asked: Answered(b"" if asked.method == "HEAD" else PAGE, (TEXT_HTML,)))
    reply = client.request("HEAD", "/", NAVIGATION)
    assert (200, b"", None) == (reply.status, reply.body, reply.one("content-length"))
    for path in ("/_ck/policy", "/_ck/preferences"):
        reply = client.request("HEAD", path, NAVIGATION)
        assert (200, b"") == (reply.status, reply.body)
        assert str(len(client.get(path).body)) == reply.one("content-length")


def test_mounted(visit: Visit) -> None:
    """Below a mount point the endpoints answer, and every URL of ours begins with it."""
    client = visit(page, mount="/shop")
    text = client.get().text
    assert 'action="/shop/_ck/decide"' in text
    assert 'action="/_ck/' not in text
    assert 200 == client.get("/_ck/policy").status
    client.post("/_ck/decide", "decision=accept")
    assert is_live(client.get().body)


def test_bodies_too_large(visit: Visit) -> None:
    """A decision larger than any can be is refused and not kept."""
    client = visit(page)
    reply = client.post("/_ck/decide", "decision=accept&x=" + "x" * 1_000_000)
    assert (413, [], []) == (reply.status, reply.all("set-cookie"), records_of(client))


def test_cross_site(visit: Visit) -> None:
    """Another site cannot decide for the visitor."""
    client = visit(page)
    body = b"decision=accept"
    headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Origin", "https://other.example"))
    reply = client.request("POST", "/_ck/decide", (*headers, ("Sec-Fetch-Site", "cross-site")), body)
    assert reply.status == 403
    assert ([], []) == (reply.all("set-cookie"), records_of(client))


@pytest.mark.parametrize("form", ["decision=accept", "decision=save&purpose=analytics"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_store_that_fails(visit: Visit, caplog: pytest.LogCaptureFixture, form: str, accept: str) -> None:
    """Without a proof there is no decision: 503 with a sentence, no cookie, and the owner's log knows why."""

    class Broken(MemoryStore):
        def append(self, record: Record, /) -> None:
            """Fails."""
            raise StoreError("the disk is full; free some space")

    client = visit(page, store=Broken())
    reply = client.post("/_ck/decide", form, (("Accept", accept),))
    assert (503, [], {}) == (reply.status, reply.all("set-cookie"), client.cookies)
    assert len(reply.body) > 20
    assert b"disk" not in reply.body
    assert "the disk is full" in caplog.text
    assert not is_live(client.get().body)


def test_the_state(visit: Visit) -> None:
    """Scripts of the page can ask for the state."""
    client = visit(page)
    client.post("/_ck/decide", "decision=accept")
    reply = client.get("/_ck/state", (("Accept", "application/json"),))
    assert 200 == reply.status
    assert json.loads(reply.body)


def test_an_app_that_decides(visit: Visit) -> None:
    """An app decides for its user: the record is kept first, the cookie is the app's to send, and it holds."""

    def account(asked: Asked) -> Answered:
        if asked.path != "/account":
            return Answered(PAGE)
        decision = asked.decide(["analytics"])
        return Answered(b"{}", (("Content-Type", "application/json"), ("Set-Cookie", decision.set_cookie)))

    client = visit(account)
    reply = client.get("/account")
    assert 1 == len(reply.all("set-cookie"))
    assert ["account"] == [record.source for record in records_of(client)]
    assert is_live(client.get().body)


def test_unknown_hosts_are_logged_once(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    """A third party that nobody declared is told of once, with its name."""
    own_kit = secrets.token_hex(8)  # no other test has seen the host
    client = visit(lambda _: Answered(PAGE.replace(b"counter.example", b"stranger.example")), version=own_kit)
    for _ in range(3):
        client.get()
    assert 1 == sum("stranger.example" in record.getMessage() for record in caplog.records)


def test_a_store_that_is_away(visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a spool the decision works although the store does not, and is stored when it is back."""
    monkeypatch.chdir(tmp_path)

    class Moody(MemoryStore):
        works = False

        def append(self, record: Record, /) -> None:
            """Fails, or keeps."""
            if not self.works:
                raise StoreError("the database is away")
            super().append(record)

    store = Moody()
    client = visit(page, store=store, on_store_failure="spool")
    assert 303 == client.post("/_ck/decide", "decision=accept").status
    assert is_live(client.get().body)
    assert [] == store.records
    store.works = True
    client.post("/_ck/decide", "decision=reject")
    assert [{"analytics": True}, {"analytics": False}] == [record.choices for record in store.records]
