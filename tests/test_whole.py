"""Pages that come again: kept when they come a second time, within limits, and only what can come again."""

from __future__ import annotations

import gzip

import pytest

from consentkit import whole
from consentkit.http import Headers, Request
from consentkit.kit import ConsentKit, Exchange
from consentkit.whole import MAX_FIRST, MAX_PAGE, KeptPages
from tests.policies import make_policy

HTML = ("Content-Type", "text/html; charset=utf-8")
PAGE = b"<!doctype html><html lang=en><head><title>Glass</title></head><body><p>glass</p>"
SECRET = "a secret of 24 characters"


def exchange_of(kit: ConsentKit, answered: Headers = (HTML,)) -> Exchange:
    """The exchange of a request for a page, its answer's head taken."""
    request = Request("GET", "https", "shop.example", "/", headers=(("Sec-Fetch-Dest", "document"),))
    exchange = kit.open(request, now=1_795_400_000.0, entropy=bytes(64))
    exchange.start(200, answered)
    return exchange


def test_what_comes_once_is_not_kept() -> None:
    """A page is kept when it comes again, and given from then on."""
    pages = KeptPages()
    for kept in (None, None, b"made"):
        assert kept == pages.get(("key",), b"page")
        pages.keep(("key",), b"page", b"made")
    assert pages.get(("another",), b"page") is None
    assert pages.get(("key",), b"Page") is None


def test_of_pages_with_one_key_the_last_is_kept() -> None:
    """Pages that differ where the key does not look take each other's place, and are never taken for each other."""
    pages = KeptPages()
    for page in (b"one", b"other", b"one", b"other"):
        assert pages.get(("key",), page) is None
        pages.keep(("key",), page, b"made of " + page)
    assert (1, b"made of other", None) == (len(pages), *(pages.get(("key",), page) for page in (b"other", b"one")))


def test_no_more_is_kept_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit of bytes what was kept before is let go of, and of numbers what was met."""
    monkeypatch.setattr(whole, "MAX_BYTES", 3 * (whole.MAX_KEY + 20))
    monkeypatch.setattr(whole, "MAX_MET", 2)
    pages, sizes = KeptPages(), list[int]()
    for number in range(8):
        for _ in range(2):
            pages.keep((number,), bytes(10), bytes(10))
        sizes.append(len(pages))
    assert [1, 2, 3, 1, 2, 3, 1, 2] == sizes
    for number in (20, 21, 22, 20):
        pages.keep((number,), b"", b"")
    assert pages.get((20,), b"") is None


def test_whoever_takes_a_place_takes_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page in another's place does not count twice."""
    monkeypatch.setattr(whole, "MAX_BYTES", 2 * (whole.MAX_KEY + 20))
    pages = KeptPages()
    for key in ("first", *["second"] * 9):
        for page in (b"1", b"2"):
            pages.keep((key,), page, page)
            pages.keep((key,), page, page)
    assert b"2" == pages.get(("first",), b"2") == pages.get(("second",), b"2")


@pytest.mark.parametrize(("size", "kept"), [(MAX_FIRST, 1), (MAX_FIRST + 1, 0)])
def test_first_pieces_up_to_a_length(size: int, kept: int) -> None:
    """A first piece of a page is kept if it is short; what left of it is the same each time."""
    kit, piece = ConsentKit(make_policy(), secret=SECRET), PAGE.ljust(size, b" ")
    left = list[tuple[bytes, bytes]]()
    for _ in range(4):
        exchange = exchange_of(kit)
        left.append((exchange.feed(piece), exchange.feed(b"<i>last") + exchange.finish()))
    assert (1, kept) == (len(set(left)), len(kit.first_pieces))
    assert left[0][0].startswith(b"<!doctype html>")


def test_a_first_piece_of_which_nothing_is_certain() -> None:
    """What leaves nothing behind is read each time: there is nothing to be had earlier."""
    kit = ConsentKit(make_policy(), secret=SECRET)
    for _ in range(3):
        exchange = exchange_of(kit)
        assert b"" == exchange.feed(b"<html lang")
        assert exchange.feed(b"=en><p>glass</p>").startswith(b"<html lang=en>")
    assert 0 == len(kit.first_pieces)


@pytest.mark.parametrize("answered", [
    (HTML, ("Content-Encoding", "gzip")),
    (HTML, ("Content-Security-Policy", "script-src 'nonce-abcdefgh'")),
    (HTML, ("Content-Language", "en" * whole.MAX_KEY)),
])  # fmt: skip
def test_pages_that_cannot_come_again(answered: Headers) -> None:
    """Neither pages with a nonce nor encoded ones are kept, nor those with fields that are made up."""
    kit = ConsentKit(make_policy(), secret=SECRET)
    body = gzip.compress(PAGE, mtime=0) if "gzip" in answered[1] else PAGE
    for _ in range(3):
        assert b"<p>glass</p>" in exchange_of(kit, answered).whole(body)
        exchange = exchange_of(kit, answered)
        assert b"<p>glass</p>" in exchange.feed(body) + exchange.finish()
    assert (0, 0) == (len(kit.whole_pages), len(kit.first_pieces))


def test_pages_that_cannot_be_read() -> None:
    """A page in whose place ours stands is none to be kept."""
    kit = ConsentKit(make_policy(), secret=SECRET)
    page = b"\xff\xfe" + PAGE.decode().encode("utf-16-le")
    for _ in range(3):
        assert b"glass" not in exchange_of(kit).whole(page)
        exchange = exchange_of(kit)
        assert b"cannot be shown" in exchange.feed(page) + exchange.finish()
    assert (0, 0) == (len(kit.whole_pages), len(kit.first_pieces))


@pytest.mark.parametrize(("size", "kept"), [(MAX_PAGE, 1), (MAX_PAGE + 1, 0)])
def test_whole_pages_up_to_a_length(size: int, kept: int) -> None:
    """A page that is there as a whole is kept if it is short, and not as a first piece beside it."""
    kit, page = ConsentKit(make_policy(), secret=SECRET), PAGE.ljust(size, b" ")
    assert 1 == len({exchange_of(kit).whole(page) for _ in range(3)})
    assert (kept, 0) == (len(kit.whole_pages), len(kit.first_pieces))


def test_whoever_leaves_after_the_first_piece() -> None:
    """An exchange that ends before the rest of its page came gives nothing more."""
    kit = ConsentKit(make_policy(), secret=SECRET)
    for _ in range(3):
        exchange = exchange_of(kit)
        assert exchange.feed(PAGE)
        exchange.close()
        assert b"" == exchange.feed(b"<p>late</p>") + exchange.finish()
