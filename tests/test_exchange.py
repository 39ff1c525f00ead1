"""One request and its answer, from the request's head to the body's last byte."""

from __future__ import annotations

import pytest

from consentkit.errors import UsageError
from consentkit.http import Head, Request
from tests.exchanges import ENTROPY, HTML, KIT, LIVE, NAVIGATION, NOW, cookie_of, opened

JSON = ("Content-Type", "application/json")


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


@pytest.mark.parametrize(
    ("asked", "content_type"),
    [
        (NAVIGATION, "multipart/x-mixed-replace; boundary=b"),
        (("Sec-Fetch-Dest", "iframe"), "text/xsl"),
        (NAVIGATION, "application/signed-exchange;v=b3"),
        (("Sec-Fetch-Dest", "empty"), "application/signed-exchange;v=b3"),
    ],
)
def test_documents_in_forms_that_nobody_reads_are_not_shown(asked: tuple[str, str], content_type: str) -> None:
    """Of such an answer no byte leaves, and the owner is told."""
    exchange = opened(asked)
    head = exchange.start(200, (("Content-Type", content_type),))
    assert 500 == head.status
    assert LIVE not in exchange.feed(LIVE) + exchange.finish()
    assert ["unreadable"] == [notice.kind for notice in exchange.notices]


def test_what_is_no_page_passes() -> None:
    """Bytes of other types pass as they are, the same objects, with the same head."""
    exchange = opened(NAVIGATION)
    headers = (JSON, ("Content-Length", "3"))
    assert Head(200, headers) == exchange.start(200, headers)
    data = b"<!--"
    assert exchange.passthrough
    assert data is exchange.feed(data)
    assert b"" == exchange.finish()


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
