"""Pages made for other consent tools work without a change of their templates."""

from __future__ import annotations

import pytest

from consentkit.html.compat import TOOLS
from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.options import Options
from consentkit.html.restore import restore
from tests.html.deciders import OnlyHosts, run

ALL = Options(compat=frozenset(TOOLS))
PAGES = {
    "plain": '<script type="text/plain" data-category="statistics">code()</script>',
    "cookiebot": '<script type="text/plain" data-cookieconsent="statistics" src="//third.test/a.js"></script>',
    "cookiebot frame": '<iframe data-cookieblock-src="//third.test/f?a&amp;b" data-cookieconsent="statistics"></iframe>',
    "klaro": '<script type="text/plain" data-type="application/javascript" data-name="statistics" data-src="//third.test/a"></script>',
    "iubenda": '<script type="text/plain" class="_iub_cs_activate" suppressedsrc="//third.test/a"></script>',
    "iubenda inline": '<script type="text/plain" class="x _iub_cs_activate-inline">code()</script>',
    "complianz": '<script type="text/plain" data-service="maps" data-category="statistics" data-cmplz-src="//third.test/a"></script>',
    "complianz class": '<script type="text/plain" class="cmplz-script cmplz-statistics">code()</script>',
    "orejime": '<iframe data-src="//third.test/a" data-purpose="statistics"></iframe>',
}


class Marks(OnlyHosts):
    """Decides by marks alone, and keeps them."""

    def __init__(self, *, allow: bool) -> None:
        super().__init__()
        self.allow = allow
        self.marks: list[Mark | None] = []

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """As told."""
        self.marks.append(mark)
        return None if self.allow else Block("s", ("statistics",))

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """As told."""
        self.marks.append(mark)
        return None if self.allow else Block("s", ("statistics",))


@pytest.mark.parametrize("name", PAGES)
def test_what_is_allowed_comes_to_life(name: str) -> None:
    """The tool's own inert form is taken off, and the real attributes are there again."""
    page = PAGES[name]
    decider = Marks(allow=True)
    output = run(page, decider, options=ALL)[0].decode()
    assert decider.marks
    assert decider.marks[0] is not None
    assert 'data-ck-was-type="text/plain"' in output or "<iframe" in output
    if "third.test" in page:
        assert ' src="//third.test/' in output
    assert page.encode() == restore(output.encode())


@pytest.mark.parametrize("name", PAGES)
def test_what_is_not_allowed_gets_the_form_that_our_script_undoes(name: str) -> None:
    """It stays inert, says what would have to be granted, and keeps its URL where the script looks for it."""
    page = PAGES[name]
    output, rewriter = run(page, Marks(allow=False), options=ALL)
    assert 1 == rewriter.blocked_count
    assert b'data-ck-service="s"' in output
    assert b'data-ck-purposes="statistics"' in output
    if "third.test" in page:
        assert b' data-ck-src="//third.test/' in output
    assert page.encode() == restore(output)


def test_marks_say_purpose_and_service() -> None:
    """Whatever attribute or class a tool uses, the decider gets a purpose and a service."""
    decider = Marks(allow=False)
    run("".join(PAGES.values()), decider, options=ALL)
    purposes = [mark.purpose for mark in decider.marks if mark is not None]
    services = [mark.service for mark in decider.marks if mark is not None]
    assert 6 <= purposes.count("statistics")
    assert "maps" in services


@pytest.mark.parametrize("name", PAGES)
def test_without_the_list_nothing_of_it_is_touched(name: str) -> None:
    """Marks of other tools mean nothing unless the policy says so."""
    assert PAGES[name].encode() == run(PAGES[name], Marks(allow=False))[0]
