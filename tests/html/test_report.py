"""The report of what was blocked: kept for who asks, and never what blocking depends on."""

from __future__ import annotations

import pytest

from consentkit.html.options import Options
from tests.html.deciders import KnowsHosts, run

INNER = '<iframe srcdoc="<img src=https://third.test/a.gif><script>track()</script>"></iframe>'


@pytest.mark.parametrize("page", [
    "<img src=https://third.test/a.gif>" * 3, INNER, INNER * 2,
    "<iframe src='data:text/html,<img src=https://third.test/a.gif>'></iframe>",
    "<noscript><img src=https://third.test/a.gif></noscript>", "<style>@import 'https://third.test/a.css'</style>",
])  # fmt: skip
def test_blocking_does_not_depend_on_the_report(page: str) -> None:
    """Who keeps no report gets the same page, and the same count."""
    output, rewriter = run(page)
    blind_output, blind = run(page, options=Options(report=0))
    assert output == blind_output != page.encode()
    assert ([], rewriter.blocked_count) == (blind.blocked, blind.blocked_count)


def test_no_more_lines_than_asked_for() -> None:
    """The first lines are kept, and the count goes on."""
    _, rewriter = run("<img src=https://third.test/a.gif>" * 5, options=Options(report=2))
    assert (2, 5) == (len(rewriter.blocked), rewriter.blocked_count)


def test_a_url_with_commas_is_told_whole() -> None:
    """A comma in the URL of a candidate ends nothing, however often its host was met before."""
    decider = KnowsHosts()
    page = '<img srcset="https://third.test/a=1,2,3_.jpg?b 1x, https://third.test/c 2x" src="/d">'
    told = [[line.url for line in run(page, decider)[1].blocked] for _ in range(3)]
    assert [["https://third.test/a=1,2,3_.jpg?b"]] * 3 == told
