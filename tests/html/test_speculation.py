"""Speculation rules that may take any link of the page."""

from __future__ import annotations

import pytest

from consentkit.html.decision import Block, Mark
from consentkit.html.restore import restore
from consentkit.html.speculation import MAX_CONDITIONS, MAX_RULES, unbound
from tests.html.deciders import Everything, KnowsHosts, run

VOID = "about:invalid#ck:"


def rules(rule: str) -> str:
    """A page with one rule."""
    return f'<script type=speculationrules>{{"prefetch":[{rule}]}}</script><a href="//third.test/">x</a>'


@pytest.mark.parametrize("where", [
    '{"href_matches":"/*"}', '{"href_matches":"./a?b=*"}', '{"href_matches":"?page=*"}',
    '{"href_matches":["/a","https://site.test/b/*"]}', '{"href_matches":{"pathname":"/a"}}',
    '{"and":[{"href_matches":"/*"},{"not":{"href_matches":["/wp-*.php","/*\\\\?(.+)"]}},{"not":{"selector_matches":".no"}}]}',
    '{"or":[{"href_matches":"/a"},{"and":[{"selector_matches":"a"},{"href_matches":"/b"}]}]}', '{"or":[]}',
])  # fmt: skip
def test_rules_that_keep_to_the_site_stay(where: str) -> None:
    """A condition that only links to the site meet leaves every byte."""
    page = rules(f'{{"source":"document","where":{where},"eagerness":"moderate"}}')

    assert page.encode() == run(page)[0]


@pytest.mark.parametrize("rule", [
    '{"source":"document"}', '{"where":{"selector_matches":"a"}}', '{"wh\\u0065re":{"and":[]}}',
    '{"where":{"not":{"href_matches":"/a"}}}', '{"where":{"or":[{"href_matches":"/*"},{"selector_matches":"a"}]}}',
    '{"where":{"href_matches":["/a","*://*/*"]}}', '{"where":{"href_matches":"*.html"}}',
    '{"where":{"href_matches":"https://*.site.test/*"}}', '{"where":{"href_matches":{"hostname":"*"}}}',
    '{"where":{"href_matches":{"protocol":"https","pathname":"/a"}}}', '{"where":{"href_matches":7}}',
    '{"where":{"href_matches":"/a"},"where":{"selector_matches":"a"}}', '{"where":7}', '{"where":{"href_matches":"/a"}',
    '{"where":' + '{"and":[' * 40 + '{"href_matches":"/a"}' + "]}" * 40 + "}",
])  # fmt: skip
def test_rules_that_may_take_any_link_are_void(rule: str) -> None:
    """Where a condition may let links to third parties through, the rule has a key or a source that nobody knows."""
    page = rules(rule)
    output, rewriter = run(page)

    assert VOID.encode() in output
    assert {("", "", "preload")} == {(line.url, line.block.host, line.kind.value) for line in rewriter.blocked}
    assert output == run(page, KnowsHosts())[0]
    assert page.encode() == restore(output)
    assert page.encode() == run(page, Everything())[0]


def test_a_base_elsewhere_counts() -> None:
    """What is relative to a third party is bound to a third party."""
    output = run('<base href="//third.test/">' + rules('{"where":{"href_matches":"/*"}}'))[0]

    assert f'"{VOID}where"'.encode() in output


def test_each_key_and_source_is_void() -> None:
    """Both ways to say that it is a document rule."""
    text = '{"prefetch":[{"source":"document","where":{"selector_matches":"a"}},{"source":"list","urls":["document"]}]}'

    assert [text.index("document"), text.index("where")] == list(unbound(text, lambda url: True))


def test_long_rules_are_not_taken_apart() -> None:
    """They are void as a whole, however harmless they may be."""
    text = '{"prefetch":[{"where":{"href_matches":"/a"}}]}'

    assert [] == list(unbound(text, lambda url: True))
    assert [text.index("where")] == list(unbound(text + " " * MAX_RULES, lambda url: True))


class KnowsAll(KnowsHosts):
    """Says of all hosts at once whether one of them is refused."""

    def __init__(self, block: Block | None) -> None:
        super().__init__()
        self.block = block

    def anybody(self, mark: Mark | None = None) -> Block | None:
        """What it was given."""
        return self.block


@pytest.mark.parametrize("block", [None, Block("vendor", ("statistics",))])
def test_who_knows_of_all_hosts_is_asked_about_them(block: Block | None) -> None:
    """A rule for any link needs what the decider says of all hosts together, and nothing where none is refused."""
    output = run(rules('{"where":{"selector_matches":"a"}}'), KnowsAll(block))[0]

    assert (block is not None) == (f'"{VOID}where"'.encode() in output)
    assert (block is not None) == (b'data-ck-service="vendor" data-ck-purposes="statistics"' in output)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_conditions_are_looked_into_to_a_depth(more: int) -> None:
    """Bound at any depth to `MAX_CONDITIONS`; deeper it is void, bound or not."""
    depth = MAX_CONDITIONS + more
    where = '{"and":[' * depth + '{"href_matches":"/a"}' + "]}" * depth

    assert (more > 0) == bool([*unbound(f'{{"where":{where}}}', lambda url: True)])


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_rules_are_taken_apart_to_their_limit(more: int) -> None:
    """A rule for the site's own links stays as long as the text is no longer than `MAX_RULES`."""
    text = '{"prefetch":[{"where":{"href_matches":"/a"}}]}'

    assert (more > 0) == bool([*unbound(text + " " * (MAX_RULES + more - len(text)), lambda url: True)])
