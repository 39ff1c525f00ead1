"""The body of one answer: read or replaced, whole or in any pieces, and never passed unread."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.bodies import SLICE, FixedBody, RewrittenBody, slices
from consentkit.headers.coding import CodingError, decoder
from consentkit.html.charset import UnreadableEncodingError
from consentkit.html.decision import Block, Resource
from consentkit.html.rewriter import Rewriter
from tests.html.deciders import OnlyHosts

LIVE = b"<img src=https://third.test/a.gif>"
PAGE = b"<!doctype html><title>Glass</title>" + LIVE + b"<p>glass</p>" * 300
OURS = b"<!doctype html><title>Not shown</title>"


class Nothing:
    """Inserts nothing."""

    showing = frozenset[str]()

    def head(self) -> str:
        """Nothing."""
        return ""

    def body(self) -> str:
        """Nothing."""
        return ""

    def placeholder(self, block: Block, resource: Resource, attributes: Mapping[str, str]) -> str:
        """Nothing."""
        return ""


def body_of(coding: str | None = None, *, charset: str | None = None, replaced: bool = True) -> RewrittenBody:
    """A body of a page at which everything of others is blocked."""
    rewriter = Rewriter(OnlyHosts(), url="https://site.test/", charset=charset, inserter=Nothing())
    return RewrittenBody(rewriter, decoder(coding), (lambda: OURS) if replaced else None)


def through(body: RewrittenBody, data: bytes, step: int = 0) -> bytes:
    """The data through the body, in pieces."""
    step = step or max(1, len(data))
    return b"".join([*(body.feed(data[at : at + step]) for at in range(0, len(data), step)), body.finish()])


@pytest.mark.parametrize("replaced", [True, False])
def test_nothing_follows_where_a_page_turns_out_to_be_another_late(replaced: bool) -> None:
    """An encoding that only a browser finds ends a body that has begun: neither its rest nor our page follows."""
    body = body_of(replaced=replaced)
    begun = body.feed(PAGE)
    assert b"<p>glass</p>" in begun
    assert b"" == body.feed(b"<p>\x1b$B") + body.feed(LIVE) + body.finish()
    assert isinstance(body.error, UnreadableEncodingError)


@given(step=st.integers(1, 4000))
def test_a_page_in_any_pieces(step: int) -> None:
    """A page is rewritten to the same bytes however it is cut, encoded or not."""
    whole = through(body_of(), PAGE)
    assert LIVE not in whole
    assert b"<p>glass</p>" in whole
    assert whole == through(body_of(), PAGE, step) == through(body_of("gzip"), gzip.compress(PAGE, mtime=0), step)


@given(cut=st.integers(1, len(PAGE)), left=st.integers(0, len(PAGE)), step=st.integers(1, 4000))
def test_what_left_before_it_was_read(cut: int, left: int, step: int) -> None:
    """However much of a first piece left already, the rest follows behind it, no byte twice and none lost."""
    page = PAGE + LIVE + PAGE
    whole, body = through(body_of(charset="utf-8"), page), body_of(charset="utf-8")
    body.catch_up(page[:cut], left)
    assert whole[left:] == through(body, page[cut:], step)


def test_a_page_that_left_and_turns_out_to_be_another() -> None:
    """A page of ours never follows bytes that have left."""
    body = body_of()
    body.catch_up(b"\xff\xfe<\0p\0>\0" * 400, 10)
    assert b"" == body.feed(PAGE) + body.finish()
    assert isinstance(body.error, UnreadableEncodingError)


@given(cut=st.integers(1, len(PAGE)), left=st.integers(0, len(PAGE)))
def test_what_was_read_ahead_leaves_before_the_end(cut: int, left: int) -> None:
    """What a piece that had left in part still owes leaves, though what follows is found to be unreadable."""
    certain, body = body_of().feed(PAGE[:cut]), body_of()
    body.catch_up(PAGE[:cut], left)
    assert certain[left:] == body.feed(b"<p>\x1b$B")


def test_what_is_certain_leaves_at_once() -> None:
    """Nothing waits for the end but what is unfinished."""
    body = body_of(charset="utf-8")
    assert body.feed(PAGE).endswith(b"<p>glass</p>")
    assert b"" == body.feed(b'<img alt="')
    assert b'<img alt="glass">' == body.feed(b'glass">')


@pytest.mark.parametrize("step", [1, 7, 5000])
@pytest.mark.parametrize("charset", ["utf-16le", "iso-2022-jp", "replacement", "utf-8"])
def test_an_encoding_nobody_reads(charset: str, step: int) -> None:
    """A body whose encoding cannot be read is replaced before anything left, or where that is wanted passed whole."""
    data = b"\xff\xfe" + PAGE.decode().encode("utf-16-le") if charset == "utf-8" else PAGE
    replaced, passed = body_of(charset=charset), body_of(charset=charset, replaced=False)
    assert OURS == through(replaced, data, step)
    assert data == through(passed, data, step)
    assert isinstance(replaced.error, UnreadableEncodingError)
    assert isinstance(passed.error, UnreadableEncodingError)


@pytest.mark.parametrize("replaced", [True, False])
@pytest.mark.parametrize("step", [1, 5000])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip"])
def test_a_wrong_label(coding: str, step: int, replaced: bool) -> None:
    """A body that is not in its coding is replaced, or ends; its raw bytes never leave."""
    body = body_of(coding, replaced=replaced)
    assert (OURS if replaced else b"") == through(body, PAGE, step)
    assert isinstance(body.error, CodingError)


@pytest.mark.parametrize("step", [100, 50_000])
def test_a_body_cut_short(step: int) -> None:
    """What was read of a body that ends early leaves rewritten, and nothing after it."""
    body = body_of("gzip")
    data = b"".join(PAGE + b"<p>%d</p>" % number for number in range(50))
    out = through(body, gzip.compress(data)[:-5], step)
    assert out.startswith(b"<!doctype html><title>Glass</title>")
    assert LIVE not in out
    assert isinstance(body.error, CodingError)


def test_nothing_follows_an_error() -> None:
    """After an error every further piece is swallowed."""
    body = body_of("gzip")
    assert OURS == body.feed(PAGE)
    assert (b"", b"", b"") == (body.feed(PAGE), body.feed(gzip.compress(PAGE)), body.finish())


def test_an_empty_body() -> None:
    """A body without bytes is none, and in a coding neither cut short."""
    for coding in (None, "gzip"):
        body = body_of(coding)
        assert b"" == body.feed(b"")
        body.finish()
        assert body.error is None


@given(data=st.binary(max_size=300), step=st.integers(1, 300), coding=st.sampled_from([None, "gzip", "deflate"]))
def test_any_bytes(data: bytes, step: int, coding: str | None) -> None:
    """Whatever comes, there is no exception, and the same is said however it is cut."""
    whole, cut = body_of(coding), body_of(coding)
    first, second = through(whole, data), through(cut, data, step)
    assert type(whole.error) is type(cut.error)
    if whole.error is None:
        assert first == second


def test_a_fixed_body() -> None:
    """A body of ours swallows the app's and is given at the end."""
    body = FixedBody(OURS)
    assert (b"", b"", OURS) == (body.feed(PAGE), body.feed(b""), body.finish())


@given(st.integers(0, SLICE * 3 + 1))
def test_slices(length: int) -> None:
    """Slices are the data, none of them longer than allowed, none of them empty."""
    parts = list(slices(b"x" * length))
    assert length == sum(map(len, parts))
    assert all(0 < len(part) <= SLICE for part in parts)


def test_short_data_is_not_copied() -> None:
    """What is short enough is itself."""
    data = b"x" * SLICE
    assert [True] == [part is data for part in slices(data)]
