"""Bytes in, the same bytes out but for what is refused: insertions, readings, chunks, limits, real pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.errors import UsageError
from consentkit.html.awaited import MAX_INLINE
from consentkit.html.charset import UnreadableEncodingError
from consentkit.html.report import MAX_REPORT
from consentkit.html.restore import restore
from consentkit.html.rewriter import Rewriter
from consentkit.html.unfinished import MAX_TAG
from tests.html.deciders import URL, Banner, Everything, KnowsHosts, OnlyHosts, hosts, rewrite, run

#: Pieces of markup that meet each other in every order: what tokenizers and tree builders stumble over.
PIECES = [
    "<img src=//third.test/a>", "<img src='//third.test/a'>", "<script src=//third.test/s></script>", "text ", "<p>", "</p>",
    "<script>track()</script>", "<script>a<!--", "--></script>", "<!--", "-->", "--!>", "<!-->", "<!x", ">", "<style>", "</style>",
    "@import '//third.test/c';", "<title>", "</title>", "<textarea>", "</textarea>", "<noscript>", "</noscript>", "<svg>", "</svg>",
    "<svg/>", "<math>", "</math>", "<desc>", "</desc>", "<mi>", "</mi>", "<![CDATA[", "]]>", "<select>", "</select>", "<iframe>",
    "<iframe src=//third.test/f>", "</iframe>", "<plaintext>", "<template>", "</template>", '<a title="', '">', "<b title='", "'>",
    "<foreignObject>", "</foreignObject>", "<style>a{b:url(//third.test/x)}</style>", "<use href=//third.test/u />", "<body>", "</body>",
    "<html>", "<head>", "</head>", "<!doctype html>", "<frameset>", "<frame src=//third.test/>", "<table>", "<td background=//third.test/>",
    "<object data=//third.test/o>", "</object>", "<base href=//third.test/>", "<div data-ck-src=//third.test/ style='a:url(//third.test/)'>",
    "<iframe srcdoc='&lt;img src=//third.test/i>'>", "<!--ck[-->", "<!--]ck-->", "<xmp>", "</xmp>", "</", "<", "&amp;", "é", "\0", "\r\n",
]  # fmt: skip
soups = st.lists(st.sampled_from(PIECES), max_size=14).map(lambda pieces: "".join(pieces).encode())


@given(soups | st.binary(max_size=200))
def test_allowing_everything_is_the_identity(page: bytes) -> None:
    """With everything allowed and nothing inserted, any bytes come out as they went in (but for what looks like ours)."""
    if b"ck" in page.lower() or page[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return
    assert page == run(page, Everything())[0]


@given(soups)
def test_restoring_a_blocked_page_is_the_identity(page: bytes) -> None:
    """Whatever was blocked and inserted, and whatever the page had that looks like it, the original comes back."""
    assert page == restore(run(page)[0])
    assert page == restore(run(page, inserter=Banner())[0])


@given(soups, st.integers(1, 40))
def test_any_chunking_gives_the_same_bytes(page: bytes, chunk: int) -> None:
    """Cut anywhere, the output and the report are those of the whole page."""
    whole, one = run(page, inserter=Banner())
    pieces, many = run(page, inserter=Banner(), chunk=chunk)
    assert whole == pieces
    assert one.blocked == many.blocked


@given(soups)
def test_both_forms_of_the_expressions_do_the_same(page: bytes) -> None:
    """Where possessive groups cannot be used (CPython #100061), atomic ones give the same output."""
    assert run(page, atomic=True)[0] == run(page)[0]


@given(soups)
def test_the_short_way_does_what_the_long_way_does(page: bytes) -> None:
    """Tags that are judged by one expression come out as those that are taken apart."""
    from consentkit.html import inert

    whole = [run(page)[0], run(page, KnowsHosts())[0]]
    saved = inert.Inert.plain
    try:
        inert.Inert.plain = lambda *arguments: arguments[4]  # type: ignore[method-assign]
        assert whole == [run(page)[0]] * 2
    finally:
        inert.Inert.plain = saved  # type: ignore[method-assign]


def test_every_real_page_is_identical_when_allowed_and_after_restoring(shared: Path) -> None:
    """All pages and mails of the corpus: allowed, untouched; blocked with a banner, restored; in slices, the same."""
    count = 0
    for file in sorted([*(shared / "corpus" / "pages").iterdir(), *(shared / "corpus" / "mail").glob("*.html")]):
        page = file.read_bytes()
        try:
            output, _ = run(page, Everything(), charset=None)
        except UnreadableEncodingError:
            continue
        assert page == output, file.name
        blocked, rewriter = run(page, inserter=Banner(), charset=None)
        assert page == restore(blocked), file.name
        assert blocked == run(page, inserter=Banner(), charset=None, chunk=4099)[0], file.name
        second = run(blocked.replace(b"<!--", b"<!-- "), charset=None)[1]
        assert not {line.url for line in second.blocked} - {line.url for line in rewriter.blocked}, file.name
        count += 1
    assert count > 90


def test_what_a_page_has_of_our_own_never_becomes_live() -> None:
    """Attributes, prefixes and comments that look like ours get one more ck, and lose it when restored."""
    page = (
        "<img DATA-CK-SRC=//third.test/ data-ck-service=x data-ckck-x=1 data-ck=settings><!--ck[--><p>kept</p><!--]ck-->"
        "<style>a{b:url(about:invalid#ck:x);c:url(//third.test/)}</style><data-ck-img>"
    )
    output = rewrite(page)
    assert b"<img DATA-ckCK-SRC=//third.test/ data-ckck-service=x data-ckckck-x=1 data-ck=settings>" in output
    assert b"<!--ckck[--><p>kept</p><!--]ck-->" in output
    assert b"url(about:invalid#ckck:x);c:url(about:invalid#ck://third.test/)" in output
    assert page.encode() == restore(output)


@pytest.mark.parametrize("page", [
    "<noscript><!--</noscript><img src=//third.test/on>--><p>",
    "<noscript><b title='</noscript><img src=//third.test/on>'></noscript>",
    "<noscript><style></noscript><img src=//third.test/on></style>",
    "<head><noscript><!--</noscript><script src=//third.test/on></script>-->",
    "<select><style><img src=//third.test/on></style></select>",
    "<frameset><style><frame src=//third.test/on></style></frameset>",
    "<svg></div><style><img src=//third.test/on></style></svg>",
    "<svg><desc></svg><![CDATA[><img src=//third.test/on>]]>",
    "<math><mi></p><![CDATA[><img src=//third.test/on>]]>",
    "<svg><foreignObject><p></foreignObject><title><img src=//third.test/on></title></svg>",
    "<svg><![CDATA[</svg>]]></svg><img src=//third.test/on>",
    "<svg><font><![CDATA[><img src=//third.test/on>]]>",
    "<svg><style><![CDATA[</style><img src=//third.test/on>]]></style>",
    "<svg><script><![CDATA[</script><img src=//third.test/on>]]></script>",
    "<math><annotation-xml encoding='text/html '><style><img src=//third.test/on></style></annotation-xml></math>",
    "<math><annotation-xml x='encoding=text/html'><style><img src=//third.test/on></style></annotation-xml></math>",
    "<math><annotation-xml encoding=x encoding=text/html><style><img src=//third.test/on></style></annotation-xml></math>",
    "<svg><style>@im\0port '//third.test/on';</style></svg>",
    "<svg><script>'<!--'</script><image href=//third.test/on />--></svg>",
    "<svg><script type=text/plain>'<!--'</script><image href=//third.test/on />--></svg>",
    "<svg><script href=/own>'<!--'</script><image href=//third.test/on />--></svg>",
    "<svg><style>'<!--'</style><image href=//third.test/on />--></svg>",
    "<svg><style>'<g title=\"'</style><image href=//third.test/on /><g title=\"></svg>",
    "<svg><script/>'<!--'</script><image href=//third.test/on />--></svg>",
    "<svg><title>'<!--'</title><image href=//third.test/on />--></svg>",
    "<math><textarea><!--</textarea><img src=//third.test/on>--></math>",
    "<svg><g><title></g><image href=//third.test/on /></svg>",
    "<svg><g><title></g><style><img src=//third.test/on></style></svg>",
    "<svg><g><desc></g><rect mask='url(//third.test/on)'/></svg>",
    "<svg><g><desc></g><set attributeName=href to=//third.test/on /></svg>",
    "<svg><g><desc></g><style>a{b:'&quot;';c:url(//third.test/on)}</style></svg>",
    "<svg><p><style><!--</style><img src=//third.test/on></style>",
    "<math><annotation-xml encoding=text/html><style></annotation-xml></math><img src=//third.test/x></style><img src=//third.test/on>",
    "<svg><title><style></title></style><img src=//third.test/on>",
    "<select><xmp></select><img src=//third.test/on></xmp>",
    "<script>document.write('<!--')</script><iframe><!-- x --><img src=//third.test/on>",
    "<video><svg><link rel=modulepreload href=//third.test/on>",
])  # fmt: skip
def test_what_any_reading_of_a_page_would_fetch_is_blocked(page: str) -> None:
    """Where scripts on or off, or only a tree, decide what is markup, every way of reading it is followed."""
    output, rewriter = run(page)
    assert "https://third.test/on" in {line.url for line in rewriter.blocked}
    assert page.encode() == restore(output)
    assert output == run(page, chunk=1)[0]


def test_in_a_script_in_a_section_nothing_is_written_that_would_break_it() -> None:
    """A preload scanner reads markup there; what is written for that holds no quotes."""
    page = "<svg><script><![CDATA[ if (1 > 0) a = \"<img src='//third.test/x'>\" ]]></script></svg><p>"
    output = rewrite(page)

    assert b"\"<img data-ck-service data-ck-host=third.test data-ck-purposes data-ck-src='//third.test/x'>\"" in output
    assert page.encode() == restore(output)


@pytest.mark.parametrize("page", [
    "<title><img src=//third.test/></title><textarea><img src=//third.test/></textarea><xmp><img src=//third.test/></xmp>",
    "<script>'<img src=//third.test/>'</script><style>a{}</style><iframe><img src=//third.test/></iframe>",
    "<!-- <img src=//third.test/> --><a title='<img src=//third.test/>'><plaintext><img src=//third.test/>",
    "<svg><![CDATA[<img src=//third.test/>]]></svg><script><!--<script></script><img src=//third.test/>--></script>",
    "<p>a &lt;img src=//third.test/></p><textarea></textarea x><img src=/own>",
])  # fmt: skip
def test_what_is_no_markup_is_left_alone(page: str) -> None:
    """Text, comments, values and scripts that hold markup are not markup."""
    assert page.encode() == rewrite(page)


def test_a_script_that_writes_a_comment_does_not_hide_what_follows() -> None:
    """A browser's preload scanner fetches what a running script would comment out."""
    assert {"third.test"} == hosts("<script>document.write('<!--')</script><img src=//third.test/a>-->")


@pytest.mark.parametrize("cut", range(1, 90, 7))
def test_a_script_that_came_in_two_pieces_is_forgotten_once_it_was_read(cut: int) -> None:
    """What was waited for with one script means nothing to the next."""
    page = b"<script _group=x>plain()</script><script src=//third.test/a></script><script _group=y>track()</script>"
    rewriter = Rewriter(OnlyHosts(), url=URL, charset="utf-8")
    output = rewriter.feed(page[:cut]) + rewriter.feed(page[cut:]) + rewriter.finish()
    assert run(page)[0] == output
    assert 2 == rewriter.blocked_count


def test_unfinished_input_at_the_end() -> None:
    """A tag cut off is no tag; a script element never closed is one, and a style sheet never closed applies."""
    assert b"<p><img src=//third.test/a " == rewrite("<p><img src=//third.test/a ")
    assert {"third.test"} == hosts("<script src=//third.test/a>")
    assert {"third.test"} == hosts("<style>@import '//third.test/a.css';")
    assert 1 == run("<script>track()")[1].blocked_count


def test_documents_in_attributes_are_rewritten_there_as_deep_as_the_limit() -> None:
    """Documents inside srcdoc are made inert in place at every depth; beyond the limit the attribute is renamed."""
    page = "<img src=//third.test/é>"
    for depth in range(8):
        output, rewriter = run(f"<p>{page}")
        assert 1 == rewriter.blocked_count, depth
        assert f"<p>{page}".encode() == restore(output), depth
        assert (b"data-ck-srcdoc" in output) == (depth > 5), depth
        page = f'<iframe srcdoc="{page.replace("&", "&amp;").replace(chr(34), "&quot;")}"></iframe>'


def test_output_leaves_as_early_as_it_can() -> None:
    """What stands before an unfinished tag or script leaves at once; comments and plain text are not held at all."""
    rewriter = Rewriter(OnlyHosts(), url=URL, charset="utf-8")
    assert b"<p>text" == rewriter.feed(b"<p>text<im")
    assert b"<img src=/a> more" == rewriter.feed(b"g src=/a> more")
    assert b"<!-- a comment" == rewriter.feed(b"<!-- a comment")
    assert b" goes on --><title>and" == rewriter.feed(b" goes on --><title>and")
    assert b"</title>" == rewriter.feed(b"</title><script>maybe")
    assert b"<script>maybe not</script>" == rewriter.feed(b" not</script>")
    assert b"" == rewriter.finish()


@pytest.mark.parametrize("chunk", [0, 1 << 16, 100_003])
def test_a_tag_beyond_the_limit_becomes_an_element_that_means_nothing(chunk: int) -> None:
    """It is not waited for: its name and the names of its attributes are changed on the way, and the page goes on."""
    page = b'<p><img alt="' + b"x" * MAX_TAG + b"\" src=//third.test/a onload='fetch()' hidden><img src=//third.test/b>"
    output, rewriter = run(page, chunk=chunk)
    assert output.startswith(b'<p><data-ck-img data-ck-alt="xxx')
    assert b"\" data-ck-src=//third.test/a data-ck-onload='fetch()' data-ck-hidden><img data-ck-service" in output
    assert ["", "third.test"] == [line.block.host for line in rewriter.blocked]
    assert page == restore(output)
    fits = b'<img alt="' + b"x" * (MAX_TAG - 100) + b'" src=/a>'
    assert fits == run(fits, chunk=chunk)[0]


@pytest.mark.parametrize("chunk", [0, 1 << 16])
def test_a_script_or_style_beyond_the_limit_is_blocked(chunk: int) -> None:
    """What is too long to be judged as a whole does not run; what follows is read as ever."""
    for name in (b"script", b"style"):
        page = b"<" + name + b">" + b"x" * (MAX_INLINE + 1) + b"</" + name + b"><img src=//third.test/b>"
        output, rewriter = run(page, chunk=chunk)
        assert ["", "third.test"] == [line.block.host for line in rewriter.blocked]
        assert b' type="text/plain"' in output[:200]
        assert page == restore(output)


@pytest.mark.parametrize("own", [b"", b"ck{}", b"/* about:invalid#ck: */"])
def test_a_style_beyond_the_limit_imports_nothing(own: bytes) -> None:
    """A rule before its imports keeps preload scanners, which do not ask for the type, from them; it can be taken back."""
    page = b"<style>" + own + b"@import url(//third.test/a.css);" + b"x{}" * (MAX_INLINE // 3) + b"</style><p>"
    output, rewriter = run(page)
    assert output.startswith(
        b'<style data-ck-service="" data-ck-host="" type="text/plain" data-ck-purposes="">ck{}' + own + b"@import"
    )
    assert [""] == [line.block.host for line in rewriter.blocked]
    assert page == restore(output)


def test_the_report_is_bounded_and_the_count_goes_on() -> None:
    """A page with more blocked resources than the report holds is counted all the same."""
    rewriter = run("<img src=//third.test/>" * (MAX_REPORT + 5))[1]
    assert MAX_REPORT == len(rewriter.blocked)
    assert MAX_REPORT + 5 == rewriter.blocked_count
    assert [0, 23] == [line.offset for line in rewriter.blocked[:2]]


def test_wrong_use_is_told() -> None:
    """A relative URL, and bytes after the end, are the caller's mistakes."""
    with pytest.raises(UsageError, match="absolute"):
        Rewriter(OnlyHosts(), url="/page")
    rewriter = Rewriter(OnlyHosts(), url=URL)
    rewriter.finish()
    with pytest.raises(UsageError, match="after finish"):
        rewriter.feed(b"x")
    with pytest.raises(UsageError, match="before"):
        rewriter.finish()


def test_hosts_are_asked_once() -> None:
    """A page of many resources on one blocked host asks for each, on an allowed host for none."""
    decider = OnlyHosts()
    run("<img src=//site.test/a><img src=/b><img src=c>" * 50, decider)
    assert [] == decider.asked


def test_every_oracle_page_contacts_nobody_in_its_markup(shared: Path) -> None:
    """Every host that Chromium contacts for the hand-made pages is blocked, but those that only a header can stop."""
    header_only = {"script-insert", "script-html", "script-first-party-module", "header-csp-report"}
    unreadable = {"xhtml", "utf16-bom"}
    missed: dict[str, set[str]] = {}
    for name, body, expected in oracle(shared):
        if name in header_only | unreadable:
            continue
        blocked = hosts(body, charset=None)
        own = {"site.test", "sub.site.test"}
        left = {host for host in expected if host not in own} - blocked
        if left:
            missed[name] = left
    assert {} == missed


def oracle(shared: Path) -> list[tuple[str, bytes, set[str]]]:
    """(name, body, hosts contacted with or without JavaScript) of every case, without importing its browser driver."""
    import ast

    tree = ast.parse((shared / "oracle" / "cases.py").read_text("utf-8"))
    cases = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "C":
            values = [eval(compile(ast.Expression(argument), "case", "eval"), {}) for argument in node.args]
            words = " ".join(value for value in values[2:4] if isinstance(value, str)).split()
            plain = {word.lstrip("~+").rstrip(".") for word in words}
            expected = {word if word.startswith("[") else word.split(":")[0] for word in plain}
            body = values[1] if isinstance(values[1], bytes) else values[1].encode()
            cases.append((values[0], body, expected))
    assert len(cases) > 40
    return cases


def test_the_report_can_be_written_as_json() -> None:
    """Each line of the report is made of plain values."""
    line = run("<p><img src=//third.test/a?b>")[1].blocked[0]
    shown = json.dumps([line.block.host, line.kind, line.element, line.attribute, line.url, line.offset])
    assert '["third.test", "image", "img", "src", "https://third.test/a?b", 3]' == shown
