"""Blocked frames are none that the browser's history knows: each has a name of its own until it is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.restore import restore
from consentkit.html.rewriter import Rewriter


class Nobody:
    """Refuses every other host."""

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """What would have to be granted."""
        del mark
        return None if resource.host == "shop.example" else Block("tube", ("media",), resource.host)

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """Inline code is the site's own."""
        del text, kind, mark
        return None

    def whole_host(self, host: str) -> bool:
        """Whether all of a host is the site's."""
        return host == "shop.example"


class Nothing:
    """Inserts nothing, but is there."""

    def head(self) -> str:
        """Nothing."""
        return ""

    def body(self) -> str:
        """Nothing."""
        return ""

    @property
    def showing(self) -> frozenset[str]:
        """No script shows anything."""
        return frozenset()

    def placeholder(self, block: Block, resource: Resource, attributes: Mapping[str, str]) -> str:
        """Nothing."""
        del block, resource, attributes
        return ""


PAGE = (
    b"<!doctype html><p><iframe src=https://tube.example/a></iframe><iframe name='film' src=\"https://tube.example/b\"></iframe>"
    b"<iframe src=/own name=own></iframe><img src=https://tube.example/c.gif>"
)


def rewritten(*, size: int = 1 << 20, inserts: bool = True) -> bytes:
    """The page, fed in pieces."""
    rewriter = Rewriter(Nobody(), url="https://shop.example/", inserter=Nothing() if inserts else None)
    pieces = [rewriter.feed(PAGE[at : at + size]) for at in range(0, len(PAGE), size)]
    return b"".join([*pieces, rewriter.finish()])


def test_each_blocked_frame_has_a_name_that_no_other_has() -> None:
    """A name from the frame's place; its own is kept aside, and frames that are allowed are left alone."""
    page = rewritten()
    names = re.findall(rb'(?<!ck-)name="(ck-[0-9]+)"', page)
    assert (2, 2) == (len(names), len(set(names)))
    assert b"data-ck-name='film'" in page
    assert b"<iframe src=/own name=own>" in page


def test_the_names_do_not_depend_on_the_pieces() -> None:
    """However the page arrives, the names are the same."""
    assert {rewritten()} == {rewritten(size=size) for size in (1, 7, 64)}


def test_the_names_are_taken_back() -> None:
    """Restoring gives the page byte for byte; a page that nothing is inserted into needs no names."""
    assert PAGE == restore(rewritten())
    assert b"ck-name" not in rewritten(inserts=False)
