"""What has to be known first is waited for to a limit, and judged alike however it comes."""

from __future__ import annotations

import pytest

from consentkit.html.awaited import MAX_INLINE
from tests.html.deciders import run

IMAGE = "<img src=//third.test/a>"


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize(("begin", "end"), [("<script>", "</script>"), ("<style>", "</style>")])
def test_code_is_held_to_its_limit(begin: str, end: str, more: int) -> None:
    """An inline script or sheet of `MAX_INLINE` is judged, harmless as it is; a longer one is blocked."""
    page = f"<!doctype html>{begin}{' ' * (MAX_INLINE + more - 1)}x{end}{IMAGE}".encode()
    output = run(page, chunk=1 << 16)[0]

    assert (more > 0) == (b"type=" in output)
    assert output == run(page, chunk=page.index(end.encode()) + 3)[0]  # cut in the end tag
    assert output == run(page)[0]
    assert b"<img data-ck-" in output
