"""Tags that come in pieces."""

from __future__ import annotations

import pytest

from consentkit.html.restore import restore
from consentkit.html.rewriter import SLICE
from consentkit.html.unfinished import MAX_TAG, SMALL
from tests.html.deciders import run


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("chunk", [0, 65_536, SLICE + 1])
def test_a_tag_is_waited_for_to_its_limit(more: int, chunk: int) -> None:
    """With `MAX_TAG` bytes it is a tag like any other; with one more, it means nothing."""
    head, tail = b'<img alt="', b'" src=//third.test/a>'
    page = b"<p>" + head + b"x" * (MAX_TAG + more - len(head) - len(tail)) + tail + b"<img src=/b>"
    output = run(page, chunk=chunk)[0]

    assert (more > 0) == output.startswith(b"<p><data-ck-img data-ck-alt=")
    assert b" data-ck-src=//third.test/a>" in output
    assert output.endswith(b"<img src=/b>")
    assert page == restore(output)


@pytest.mark.parametrize("length", [SMALL - 1, SMALL, SMALL + 1, 2 * SMALL])
@pytest.mark.parametrize("chunk", [1, 100, SMALL])
def test_how_long_a_piece_is_read_again_makes_no_difference(length: int, chunk: int) -> None:
    """Around the length from which on it is remembered how far a tag was read."""
    for middle in ("x" * length, " ", "a=b " * (length // 4), "'\" "):
        page = f'<p><img alt="{middle}" {" " * length}src="//third.test/a" >{middle}<img src=/b>'
        assert run(page)[0] == run(page, chunk=chunk)[0]


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_pages_are_cut_up_where_they_are_fed_in_large_pieces(more: int) -> None:
    """A piece of `SLICE` and one byte more come out as they do in small ones."""
    unit = b"<p><img src=//third.test/a><script>var a = '<b>'</script>"
    page = (unit * (SLICE // len(unit) + 1))[: SLICE + more]

    assert run(page)[0] == run(page, chunk=65_536)[0]


@pytest.mark.parametrize("more", [-20, -1, 0, 1, 20, 600_000])
@pytest.mark.parametrize(
    "tag", ["<p title='", "<img src=//third.test/a alt='", "</p title='", "<data-ck-x data-ck-y='", "<a b c=d "]
)
def test_what_never_ends_comes_back_too(tag: str, more: int) -> None:
    """A tag that is too long to be waited for and has no end loses its names on the way, and gets them back."""
    page = f"<!doctype html><p><b data-ck-a=b>{tag}{'x' * (MAX_TAG + more - len(tag))}".encode()
    output = run(page)[0]

    assert (more > 0 and tag[1] != "/") == (b"<data-ck-" in output.replace(b"<data-ck-x data-ck-y", b""))
    assert output == run(page, chunk=300_001)[0]
    assert page == restore(output)
