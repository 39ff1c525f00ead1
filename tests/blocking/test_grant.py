"""What one state of consent says of a host."""

from __future__ import annotations

import pytest

from consentkit.blocking.grant import answer_of
from consentkit.blocking.patterns import paths_of
from consentkit.html.decision import Block

FILMS, ADS = (path for path in paths_of({"films": ["kino.example/embed/"], "ads": ["kino.example/ads/"]}))
NO = Block("films", ("films",), "kino.example")


@pytest.mark.parametrize(
    ("films", "rest", "whole"),
    [(None, None, True), (NO, None, False), (None, NO, False), (NO, NO, False)],
)
def test_a_host_is_free_as_a_whole_only_if_all_of_it_is(films: Block | None, rest: Block | None, whole: bool) -> None:
    """One blocked path, or the rest being blocked, is enough to look at each URL; where all is free no path is kept."""
    paths = [(ADS, None), (FILMS, films)]
    answer = answer_of(paths, rest, unknown=False)
    assert (whole, rest) == (answer.whole, answer.rest)
    assert (() if whole else tuple(paths)) == answer.paths


@pytest.mark.parametrize("unknown", [False, True])
def test_whether_the_host_is_known_is_kept(unknown: bool) -> None:
    """A stranger stays one, whatever is said of it."""
    assert unknown is answer_of([], NO, unknown=unknown).unknown
