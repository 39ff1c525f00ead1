"""Elements that other tools keep inert, where there is more to it than their marks."""

from __future__ import annotations

import pytest

from consentkit.html.awaited import MAX_INLINE
from consentkit.html.compat import TOOLS
from consentkit.html.options import Options
from consentkit.html.restore import restore
from tests.html.deciders import run

ALL = Options(compat=frozenset(TOOLS))


@pytest.mark.parametrize(
    "page",
    [
        "<script type=text/plain data-category=statistics data-consent=marketing data-src=//third.test/a></script>",
        "<div data-category=statistics data-src=//third.test/a></div>",
        "<p class=_iub_cs_activate>text</p><p class=cmplz-script data-category=statistics>text</p>",
    ],
)
def test_our_own_marks_come_first_and_what_fetches_nothing_is_left_alone(page: str) -> None:
    """A mark counts where there is something to judge, and no mark of ours says what it is."""
    assert page.encode() == run(page, options=ALL)[0]


@pytest.mark.parametrize("more", [0, 1])
def test_a_marked_script_beyond_the_limit_is_blocked(more: int) -> None:
    """What is too long to be judged is not brought to life, harmless as it is."""
    page = f"<script type=text/plain data-cookieconsent=statistics>{'x' * (MAX_INLINE + more)}</script><p>".encode()
    output, rewriter = run(page, options=ALL, chunk=1 << 16)

    assert (("marked",) if not more else ("",)) == tuple(line.block.service for line in rewriter.blocked)
    assert page == restore(output)
