"""What other tools get wrong, each a page that shows ours right: reported, or found by reading and running them.

The names say whose it was and what. Cookies and bots, where peers have defects too, are tested where ours are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.options import Options
from consentkit.html.restore import restore
from consentkit.html.rewriter import Rewriter
from tests.html.deciders import Banner, Everything, OnlyHosts, hosts, run

THIRD = "https://third.test/a.js"


@pytest.mark.parametrize("page", [
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p><a href='/x?a=1&amp;copy=2'>x</a><p>a<p>b<table><tr><td>c</table>",
    "<p>&amp;lt;script></p><img alt='&quot;&gt;&lt;script&gt;' src=/own.gif><textarea>&lt;/textarea&gt;</textarea>",
    "<!doctype html><title>ä → 😀</title><p>unclosed <b>tags <i>stay</b> as they are</i>",
    "<div>a fragment</div>\r\n\r\n<li>alone",
])  # fmt: skip
def test_wagtail_tag_manager_parses_and_writes_the_page_again(page: str) -> None:
    """Escaped text never comes to life, entities stay, paragraphs are not nested anew: what needs no edit gets none."""
    blocked = f"{page}<script src={THIRD}></script>"
    output = run(blocked)[0].decode()
    assert output.startswith(page)
    assert page.encode() == run(page)[0]


@pytest.mark.parametrize("snippet", [r"\d \1 \g<0> \\", "$1 %s {x} \\u0041"])
def test_django_script_consent_inserts_a_snippet_as_a_replacement_pattern(snippet: str) -> None:
    """What is inserted is inserted as it is, backslashes and all."""

    class Snippet(Banner):
        def body(self) -> str:
            return snippet

    assert snippet.encode() in run("<!doctype html><body>x", inserter=Snippet())[0]


@pytest.mark.parametrize("agent", ["google", "yahoo"])
def test_iubenda_shows_bots_another_page(agent: str) -> None:
    """The engine is asked of a page alone: it cannot know who looks at it, even if the page names a search engine."""
    assert {"third.test"} == hosts(f"<meta name=user-agent content={agent}><script src={THIRD}></script>")


@pytest.mark.parametrize("page", [
    "<script src='" + "a" * 200_000 + f"'></script><script src={THIRD}></script>",
    "<" * 50_000 + f"<script src={THIRD}></script>",
    "<!--" * 50_000 + f"--><script src={THIRD}></script>",
])  # fmt: skip
def test_faz_skips_blocking_when_its_expression_gives_up(page: str) -> None:
    """No page makes the expressions give up: what follows is blocked as ever."""
    assert {"third.test"} == hosts(page)


@pytest.mark.parametrize("tag", [
    f'<script src="{THIRD}">', f"<script src='{THIRD}'>", f"<script src={THIRD}>", f"<script src = {THIRD} >", f"<SCRIPT SRC={THIRD}>",
    f"<script\nsrc\n=\n'{THIRD}'>", f"<script/src={THIRD}>", f"<script async src={THIRD} defer>", f"<script a=b'src={THIRD} src={THIRD}>",
])  # fmt: skip
def test_cf_cookiemanager_and_ginger_need_double_quotes(tag: str) -> None:
    """Every way to write an attribute is one."""
    assert {"third.test"} == hosts(f"{tag}</script>")


def test_cf_cookiemanager_never_blocks_inline_scripts() -> None:
    """An inline script with a signature is blocked."""
    assert {"tracker"} == {line.block.service for line in run("<script>track('x')</script>")[1].blocked}


@pytest.mark.parametrize("page", [
    "<script>var kind = 'text/plain'; track('x')</script>", "<script data-note='text/plain'>track('x')</script>",
    "<script>var s = 'src=\"x\"'; track(\"src='y'\")</script>",
])  # fmt: skip
def test_complianz_looks_for_text_plain_and_src_in_the_code(page: str) -> None:
    """Words in the code or in other attributes neither save a script from blocking, nor is the code edited."""
    output, rewriter = run(page)
    assert 1 == rewriter.blocked_count
    assert page.partition(">")[2].encode() in output
    assert re.match(rb"<script[^>]* type=\"text/plain\"", output)


@pytest.mark.parametrize("attribute", ["data-type=x", 'data-type="text/javascript"', "xtype=a", "type-x=1"])  # fmt: skip
def test_faz_takes_data_type_for_type(attribute: str) -> None:
    """An attribute whose name ends in, or begins with, type is not the type."""
    output = run(f"<script {attribute} src={THIRD}></script>")[0].decode()
    assert f" {attribute} " in output
    assert ' type="text/plain"' in output
    assert "data-ck-type" not in output


@pytest.mark.parametrize("host", ["nothird.test", "third.test.other.test", "third-test.test", "other.test/third.test"])
def test_faz_and_ginger_miss_boundaries_of_hosts(host: str) -> None:
    """A host is matched on whole labels, whatever stands before or behind it."""
    assert set() == {
        line.block.host for line in run(f"<img src=//{host}/>", OnlyHosts(host.partition("/")[0]))[1].blocked
    }
    assert {host.partition("/")[0]} == hosts(f"<img src=//{host}/>")
    for end in ("", "/", "?a", "#a", "/a/", ":443/"):
        assert {"third.test"} == hosts(f"<script src='https://third.test{end}'></script>")


@pytest.mark.parametrize("block", [
    '<script type="application/ld+json">{"@id": "https://third.test/", "code": "track(1)"}</script>',
    '<script type="application/json">{"track(": "//third.test/a.js"}</script>',
    '<script type="text/template"><script src=//third.test/a.js></script>',
    '<script type="text/html"><img src=//third.test/a></script>', '<script type="text/x-handlebars">{{track()}}</script>',
    "<script type=speculationrules>{}</script>",
])  # fmt: skip
def test_wp_rocket_and_real_cookie_banner_touch_data_blocks(block: str) -> None:
    """JSON, JSON-LD and templates in script elements are data: not judged, not edited."""
    decider = OnlyHosts()
    assert block.encode() == run(block, decider)[0]
    assert [] == decider.texts


def test_faz_takes_a_word_in_data_for_a_tracker() -> None:
    """A first-party script that holds data is judged by whole signatures of the decider, and stays untouched."""
    page = '<script>var localized = {"form": "mc4wp", "list": ["tracker", "//third.test/a.js"]};</script>'
    assert page.encode() == run(page)[0]


@pytest.mark.parametrize("lazy", [frozenset[str](), frozenset({"data-src", "data-srcset"})])
def test_complianz_and_lazy_loaders_fight_for_the_attribute(lazy: frozenset[str]) -> None:
    """A lazy-loaded image keeps its attributes while blocked and has them again, whether declared or not."""
    page = f'<img class=lazy loading=lazy src="data:image/gif;base64,R0" data-src={THIRD} data-srcset="{THIRD} 2x">'
    output, rewriter = run(page, options=Options(lazy=lazy))
    assert bool(lazy) == bool(rewriter.blocked_count)
    assert b'loading=lazy src="data:image/gif;base64,R0"' in output
    assert page.encode() == restore(output)


PAGE = (
    f'<!doctype html><title>a</title><noscript><img src="{THIRD}"></noscript><script>if (a && b < c) {{ "&lt;" }}</script>'
    f'<p>text &amp; more<script src="{THIRD}"></script><iframe src="{THIRD}?a&amp;b"></iframe>'
)


@given(st.lists(st.integers(0, len(PAGE)), max_size=5))
def test_streaming_rewriters_lose_text_that_is_split(cuts: list[int]) -> None:
    """Cut anywhere, a page is rewritten as if whole: scripts' text is never escaped, ``noscript`` is markup."""
    whole, _ = run(PAGE)
    rewriter = Rewriter(OnlyHosts(), url="https://site.test/", charset="utf-8")
    stops = [0, *sorted(cuts), len(PAGE)]
    pieces = [rewriter.feed(PAGE[start:stop].encode()) for start, stop in pairwise(stops)]
    assert whole == b"".join([*pieces, rewriter.finish()])
    assert b'if (a && b < c) { "&lt;" }' in whole
    assert 3 == whole.count(b"data-ck-src=")


ROUND_TRIPS: dict[str, str] = {
    "inline scripts": "<script>var a = '</p>' + \"<\\/b>\"; if (1 < 2 && 3 > 2) {}</script>",
    "UTF-8": "<p>ünïcödé 日本語 😀</p>",
    "fragments": "<td>a cell alone</td>",
    "attributes": "<div @click=\"x\" :class='{a: b}' v-if=a [hidden]=b (press)=c #ref {{x}}>x</div>",
    "self-closing": "<svg><path d='M0 0'/><use xlink:href='#a'/></svg><br/><img src=/own />",
    "white space": "<pre>\n\n a\t b </pre>\r\n<textarea>\n\nx</textarea>",
    "namespaces": "<html xmlns:og='x'><fb:like/><o:p></o:p>",
    "comments": "<!--[if IE]><p>IE<![endif]--><!-- > -- -->",
    "templates": "{% if a < b %}<p>{% endif %}<?php echo '<p>'; ?><%= x %>",
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
@pytest.mark.parametrize("allowed", [True, False])
def test_cookiebot_and_embed_privacy_break_pages_by_a_round_trip_through_a_tree(name: str, allowed: bool) -> None:
    """What needs no edit is not written anew, beside what does."""
    page = f"{ROUND_TRIPS[name]}<iframe src='{THIRD}'></iframe>{ROUND_TRIPS[name]}"
    decide: Callable[[], OnlyHosts | Everything] = Everything if allowed else OnlyHosts
    output = run(page, decide())[0].decode()
    assert output.startswith(ROUND_TRIPS[name])
    assert output.endswith(f"</iframe>{ROUND_TRIPS[name]}")
    assert (output == page) == allowed
