"""Limits of what is made inert in place."""

from __future__ import annotations

import pytest

from consentkit.html.inert import MAX_NAME
from consentkit.html.unfinished import MAX_TAG
from tests.html.deciders import run


@pytest.mark.parametrize("more", [0, 1])
def test_a_name_is_told_to_its_limit(more: int) -> None:
    """Of the name of a tag that is too long no more than `MAX_NAME` characters are reported."""
    page = f"<{'a' * (MAX_NAME + more)} b='{'x' * MAX_TAG}'>"

    assert ["a" * MAX_NAME] == [line.element for line in run(page, chunk=1 << 16)[1].blocked]
