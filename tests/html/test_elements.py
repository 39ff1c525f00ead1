"""Every row of the table: blocked where its host has no consent, restored byte for byte, untouched where allowed."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import pytest

from consentkit.html import elements
from consentkit.html.decision import Kind
from consentkit.html.elements import Form, Trigger
from consentkit.html.options import Embed, Options
from consentkit.html.restore import restore
from tests.html.deciders import Banner, Everything, OnlyHosts, hosts, run

ROWS = {
    **{(element, name, "html"): row for element, rows in elements.HTML.items() for name, row in rows.items()},
    **{("div", name, "html"): row for name, row in elements.EVERYWHERE.items()},
    **{(element, name, "svg"): row for element, rows in elements.SVG.items() for name, row in rows.items()},
    **{("path", name, "svg"): row for name, row in elements.SVG_EVERYWHERE.items()},
    **{("svg", name, "html"): row for name, row in elements.SVG_EVERYWHERE.items()},
}
VALUES = {
    Form.URL: "//third.test/a",
    Form.URLS: "/own //third.test/a",
    Form.SRCSET: "/own.png 1x, //third.test/a.png 2x",
    Form.CSS: "url(//third.test/a.svg#b)",
    Form.REFRESH: "0;url=//third.test/a",
    Form.DOCUMENT: "&lt;img src=//third.test/a>",
    Form.LIST: "#a;//third.test/a",
}


def markup(element: str, attribute: str, where: str, row: Trigger) -> str:
    """The smallest page with one row in it."""
    value = VALUES[row.form]
    if attribute == "style":
        value = f"fill:{value}"
    when = "" if row.when is None else f' {row.when[0]}="{row.when[1][0]}"'
    tag = f'<{element}{when} {attribute}="{value}">'
    return f"<p>before<svg>{tag}</svg>after" if where == "svg" else f"<p>before{tag}after"


@pytest.mark.parametrize(("element", "attribute", "where"), ROWS)
def test_each_row_is_blocked_restored_and_left_alone(element: str, attribute: str, where: str) -> None:
    """A third-party URL in each attribute of the table is found once, made inert in place, and can be restored."""
    row = ROWS[element, attribute, where]
    page = markup(element, attribute, where, row)
    if element.encode() in elements.BREAKOUT and where == "svg":
        pytest.skip("this element ends SVG content: it is HTML there")
    output, rewriter = run(page)
    assert ["third.test"] == [line.block.host for line in rewriter.blocked]
    assert output.startswith(b"<p>before")
    assert page.encode() == restore(output)
    assert page.encode() == run(page, OnlyHosts("site.test", "third.test"))[0]
    assert page.encode() == run(page, Everything())[0]
    if row.form is Form.DOCUMENT:
        assert b"data-ck-src" in output
    elif attribute == "style":
        assert b"about:invalid#ck://third.test" in output
    else:
        assert f' data-ck-{attribute}="{VALUES[row.form]}"'.encode() in output


@pytest.mark.parametrize(("word", "kind"), elements.LINK_TYPES.items())
def test_each_link_type_is_judged_by_itself(word: str, kind: Kind) -> None:
    """A link of each type is blocked as what it is for; beside a type that fetches nothing, only its word goes."""
    output, rewriter = run(f"<link rel={word} href=//third.test/a>")
    assert [kind] == [line.kind for line in rewriter.blocked]
    assert b" data-ck-href=//third.test/a>" in output
    both = f'<link rel="license {word}" href=//third.test/a>'
    output = run(both)[0]
    assert b' rel="license"' in output
    assert b"data-ck-rel" in output
    assert b" href=//third.test/a>" in output
    assert both.encode() == restore(output)


@pytest.mark.parametrize("rel", ["canonical", "alternate", "prev", "author", "help", "me"])
def test_links_that_fetch_nothing_stay(rel: str) -> None:
    """A link that a browser does not fetch is left as it is, on whatever host it points."""
    page = f"<link rel={rel} href=https://third.test/>"
    assert page.encode() == run(page)[0]


@pytest.mark.parametrize(
    "attributes",
    ["", "type=text/javascript", "type=''", "type=' Text/JavaScript '", "type=module", "async defer", "nomodule",
     "language=javascript", "type=text/jscript", "for=window event=onload"],
)  # fmt: skip
def test_scripts_that_run_are_blocked(attributes: str) -> None:
    """Every spelling of a JavaScript type is a script; blocked, it has a type that no browser runs."""
    page = f"<script {attributes} src=//third.test/a.js></script>"
    output = run(page)[0]
    assert b' type="text/plain"' in output
    assert b" data-ck-src=//third.test/a.js" in output
    assert page.encode() == restore(output)


@pytest.mark.parametrize(
    "attributes",
    ["type=text/plain", "type='text/javascript;charset=utf-8'", "language=vbscript", "type=application/ld+json",
     "type=application/json", "type=text/template", "type=text/x-template"],
)  # fmt: skip
def test_data_blocks_are_never_touched(attributes: str) -> None:
    """What is no script is neither judged nor changed: JSON, JSON-LD, templates, unknown types."""
    page = f"<script {attributes} src=//third.test/a>track('x')</script>"
    decider = OnlyHosts()
    assert page.encode() == run(page, decider)[0]
    assert [] == decider.texts


def test_inline_scripts_are_judged_by_their_text() -> None:
    """A signature blocks an inline script, whose text stays byte for byte; one without a signature stays."""
    page = "<script>track('x')</script><script nonce=n>other()</script><script type=module>track()</script>"
    output, rewriter = run(page)
    assert ["tracker", "tracker"] == [line.block.service for line in rewriter.blocked]
    assert output.startswith(
        b'<script data-ck-service="tracker" type="text/plain" data-ck-purposes="statistics marketing">track(\'x\')'
    )
    assert b"<script nonce=n>other()" in output
    assert page.encode() == restore(output)


def test_an_attribute_named_like_type_is_not_the_type() -> None:
    """``data-type`` is left alone, and the words text/plain in the code mean nothing."""
    page = "<script data-type=x>track('text/plain src=x')</script>"
    output = run(page)[0]
    assert b"data-type=x" in output
    assert b' type="text/plain"' in output
    assert b"track('text/plain src=x')" in output


def test_modules_that_import_from_third_parties_are_blocked() -> None:
    """An import in an inline module is fetched without running anything: its host counts."""
    assert {"third.test"} == hosts("<script type=module>import x from 'https://third.test/m.js'</script>")
    assert set() == hosts("<script type=module>import x from '/m.js'; const u = 'https://third.test/'</script>")
    assert set() == hosts("<script type=module>import 'name/https://third.test'; import ' //third.test/'</script>")


@pytest.mark.parametrize("code", [
    "import{a}from'//third.test/b'", "import'https:third.test/b'", r"import 'https:\u002f\u002fthird.test/c'",
    "import /* x */ '//third.test/d'", "import // x\n'//third.test/e'", "import 'HTTPS://third.test/f'", r"import '\/\/third.test/g'",
    r"import '/\/third.test/h'", "import 'https:\\\n//third.test/d'", r"import '\x2f/third.test/e'",
    "import x from '//third.test/h' with {type: 'json'}", "export * from '//third.test/d'", "import('//third.test/')",
    "import defer * as m from '//third.test/j'", "import 'data:text/javascript,import \"https://third.test/a\"'",
    r"import '\u{2f}/third.test/'", "import(/* * x ** */\n// y\n'//third.test/k')", "import /**//***/ '//third.test/l'",
    "import /* " + "x" * 1500 + " */ '//third.test/m'",
])  # fmt: skip
def test_imports_are_found_in_every_spelling(code: str) -> None:
    """Escapes, comments, line continuations, other cases and attributes: the specifier is what ECMAScript makes of it."""
    page = f"<script type=module>{code}</script>"
    assert 1 == run(page, OnlyHosts("site.test"))[1].blocked_count
    assert page.encode() == restore(run(page)[0])


def test_import_maps_and_speculation_rules_lose_only_their_third_party_urls() -> None:
    """In JSON that browsers act on, third-party URLs get the prefix; the rest stays in force."""
    page = '<script type=importmap>{"imports":{"a":"/a.js","b":"https:\\/\\/third.test/b.js"}}</script>'
    output = run(page)[0]
    assert b'"a":"/a.js"' in output
    assert b'"b":"about:invalid#ck:https:\\/\\/third.test/b.js"' in output
    assert page.encode() == restore(output)
    assert {"third.test"} == hosts('<script type=speculationrules>{"prefetch":[{"urls":["//third.test/"]}]}</script>')


def test_style_sheets_get_prefixes_and_keep_everything_else() -> None:
    """Imports, images and fonts in a style element get the prefix, first-party ones do not."""
    page = "<style>@import '//third.test/a.css'; a{background:url(/own.png)} b{src:url( \"//third.test/f\" )}</style>"
    output, rewriter = run(page)
    assert [Kind.STYLE, Kind.IMAGE] == [line.kind for line in rewriter.blocked]
    assert b"@import 'about:invalid#ck://third.test/a.css'; a{background:url(/own.png)}" in output
    assert page.encode() == restore(output)


@pytest.mark.parametrize("page", [
    "<style>:root{--x:'//third.test/a'}</style>",
    "<style>@property --x{syntax:'<string>';inherits:true;initial-value:'//third.test/a'}</style>",
    "<style>@function --f(){result:'//third.test/a'}</style>",
    "<style>b{background:image-set(env(none,'//third.test/a') 1x)}</style>",
    "<b style=\"--x:'//third.test/a'\">x</b>",
    "<b class=c style='color:red;--x:\"//third.test/a\"'>x</b>",
    "<b style='--x:&quot;//third.test/a&quot;'>x</b>",
    "<img src=/own.gif style=\"--x:'//third.test/a'\">",
    "<svg><path style=\"--x:'//third.test/a'\" /></svg>",
    "<svg style=\"--x:'//third.test/a'\"><path d=M0 /></svg>",
    "<b style=\"background:--f('//third.test/a')\">x</b>",
])  # fmt: skip
def test_strings_that_other_sheets_make_urls_of_are_found(page: str) -> None:
    """A string in a custom property, an initial value or a function's result or arguments may reach `image-set()`."""
    output = run(page)[0]
    assert b"'about:invalid#ck://third.test/a'" in output.replace(b'"', b"'").replace(b"&quot;", b"'")
    assert page.encode() == restore(output)
    assert page.encode() == run(page, Everything())[0]


def test_style_attributes_are_edited_behind_character_references() -> None:
    """A prefix goes where the URL begins in the bytes as written, references and all."""
    page = '<p style="background:url(&quot;//third.test/é&quot;)">'
    output = run(page)[0]
    assert b"url(&quot;about:invalid#ck://third.test/" in output
    assert page.encode() == restore(output)


@pytest.mark.parametrize("page", [
    "<link rel=stylesheet href='data:text/css,@import %22https://third.test/a.css%22'>",
    "<iframe src='data:text/html,<img src=https://third.test/a.gif>'></iframe>",
    "<iframe src='data:text/html;base64,PGltZyBzcmM9Ly90aGlyZC50ZXN0Lz4'></iframe>".replace("Ly90", "aHR0cHM6Ly90"),
    "<iframe src=\"javascript:'<img src=https://third.test/a.gif>'\"></iframe>",
    f"<iframe src='data:text/html;charset=utf-16le,{quote('<img src=https://third.test/>'.encode('utf-16-le'))}'></iframe>",
    f"<iframe src='data:text/html,%FE%FF{quote('<img src=https://third.test/>'.encode('utf-16-be'))}'></iframe>",
    "<iframe src='data:text/html;charset=iso-2022-jp,%1B$B<!--%1B(B<img src=https://third.test/>'></iframe>",
    "<iframe src='data:application/rss+xml,<h:img xmlns:h=\"http://www.w3.org/1999/xhtml\" src=\"https://third.test/\"/>'></iframe>",
    "<iframe src='data:text/xml,<?xml-stylesheet href=\"https://third.test/\"?><a/>'></iframe>",
    "<iframe src='data:text/xml,<?xml-stylesheet href=\"data:text/css,@import%2522https://third.test/%2522\"?><a/>'></iframe>",
    "<iframe src='data:text/xsl,<a><img src=https://third.test/></a>'></iframe>",
    "<iframe src='data:text/xsl,<img xmlns=\"http://www.w3.org/1999/xhtml\" src=\"https://third.test/\"/>'></iframe>",
    "<object data=\"data:text/xml,<!DOCTYPE a [<!ENTITY u 'ht'>]><h:img xmlns:h='http://www.w3.org/1999/xhtml' src='&u;tps://third.test/'/>\"></object>",
    "<iframe src=\"javascript:location.href='/\\u002fthird.test'\"></iframe>",
    "<img src=data:x onerror=\"fetch('\\x2f/third.test/')\">",
    "<img src=data:x onerror=\"fetch('\\u{2f}\\u002Fthird.test/')\">",
    "<body onhashchange=\"fetch('//third.test/')\">",
    "<p onwebkitanimationstart=\"fetch('//third.test/')\">",
    "<p onsomethingofnextyear=\"fetch('//third.test/')\">",
    "<script src='data:text/javascript,track()'></script>",
    "<img src=data:x onerror=\"fetch('//third.test/a')\">",
    "<svg onload=\"fetch('//third.test/a')\">",
    "<object data='data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22><image href=%22https://third.test/a%22/></svg>'></object>",
    "<iframe src=\"data:text/xml,<h:img xmlns:h='http://www.w3.org/1999/xhtml' src='https:third.test/a'/>\"></iframe>",
    "<iframe src=\"data:application/xhtml+xml,<html xmlns='http://www.w3.org/1999/xhtml'><title><img src='https:third.test'/></title></html>\"></iframe>",
    "<iframe src=\"data:image/svg+xml,<s:svg xmlns:s='http://www.w3.org/2000/svg'><s:style>@import 'h\\74tps:third.test';</s:style></s:svg>\"></iframe>",
    '<iframe src="data:text/xml;charset=iso-2022-jp,<a/>"></iframe>',
    "<iframe src=\"data:text/xml,<a xmlns='http://www.w3.org/1999/xhtml'><b></a>\"></iframe>",
    "<img src=data:x onerror=\"fetch('https://\\ud835\\udd52.test/')\">",
    "<img src=data:x onerror=\"fetch('https://@third.test/')\">",
])  # fmt: skip
def test_what_hides_in_urls_and_handlers_is_found(page: str) -> None:
    """Documents, style sheets and code in data: and javascript: URLs, and handlers that run by themselves, count."""
    output, rewriter = run(page)
    assert 1 == rewriter.blocked_count
    assert page.encode() == restore(output)


def test_handlers_that_a_visitor_has_to_click_for_are_judged_by_signature_only() -> None:
    """A share button's window.open() stays; a click handler with a tracker's signature does not."""
    share = "<a onclick=\"window.open('https://third.test/share')\">share</a>"
    assert share.encode() == run(share)[0]
    assert 1 == run("<a onclick=\"track('/a')\">x</a>")[1].blocked_count


def test_every_occurrence_of_a_repeated_attribute_is_renamed() -> None:
    """The first of two attributes counts; renaming only that one would bring the other to life."""
    page = "<img src=//third.test/a src=//other.test/b>"
    output = run(page)[0]
    assert 2 == output.count(b" data-ck-src=")
    assert page.encode() == restore(output)


@pytest.mark.parametrize("page", [
    "<link rel=x rel=stylesheet href=//third.test/a>", "<link rel=stylesheet href=/own href=//third.test/a>",
    "<input type=text type=image src=//third.test/d>", "<script type=x type='' src=//third.test/f></script>",
    "<script language=x language=javascript src=//third.test/g></script>", "<script src='' src=//third.test/j></script>",
    "<script type=text/plain type=module src=//third.test/b></script>", "<svg><image href=/own href=//third.test/ /></svg>",
    "<script type=x type=module>import '//third.test/f'</script>", "<video poster=/own poster=//third.test/></video>",
])  # fmt: skip
def test_what_comes_second_counts_too(page: str) -> None:
    """For a browser's tree the first of two attributes with one name counts, for its preload scanner often the second."""
    assert {"third.test"} == hosts(page)
    assert page.encode() == restore(run(page)[0])


def test_lazy_attributes_count_when_declared() -> None:
    """What lazy loading will turn into a URL is blocked where the policy names the attribute."""
    page = "<img data-src=//third.test/a class=lazy><div data-bg=\"url('//third.test/b')\"></div>"
    assert page.encode() == run(page)[0]
    options = Options(lazy=frozenset({"data-src", "data-bg"}))
    output, rewriter = run(page, options=options)
    assert 2 == rewriter.blocked_count
    assert b"data-ck-data-src=" in output
    assert page.encode() == restore(output)


def test_declared_embeds_are_blocked_by_the_url_they_stand_for() -> None:
    """A custom element is judged by the URL that its service declares, or by the URLs in its JSON."""
    options = Options(embeds=(
        Embed("lite-video", "videoid", "https://third.test/embed/{}"), Embed("rich-map", "data-config", json=True),
    ))  # fmt: skip
    page = '<lite-video videoid=abc></lite-video><rich-map data-config=\'{"tiles": "//third.test/t"}\'></rich-map>'
    output, rewriter = run(page, options=options)
    assert {"https://third.test/embed/abc", "https://third.test/t"} == {line.url for line in rewriter.blocked}
    assert page.encode() == restore(output)


def test_amp_components_wait_for_consent_in_their_own_way_too() -> None:
    """A blocked AMP component gets AMP's attribute beside ours, also where only the runtime knows the host."""
    page = "<amp-iframe src=https://third.test/></amp-iframe><amp-youtube data-videoid=x></amp-youtube>"
    output, rewriter = run(page)
    assert {"third.test", "www.youtube.com"} == {line.block.host for line in rewriter.blocked}
    assert 2 == output.count(b' data-block-on-consent=""')
    assert page.encode() == restore(output)


def test_marks_of_the_author_reach_the_decider() -> None:
    """``data-consent`` and ``data-consent-service`` are handed on, and no fast way out is taken for marked elements."""
    rewriter = run("<img src=/own.gif data-consent=marketing><img src=/own.gif data-consent-service=video>")[1]
    assert [("marked", ("marketing",)), ("video", ("any",))] == [
        (line.block.service, line.block.purposes) for line in rewriter.blocked
    ]
    exempt = "<img src=//third.test/a data-consent=exempt><script data-consent=exempt>track()</script>"
    assert exempt.encode() == run(exempt)[0]
    assert b"data-ck-service" in run("<script data-consent=marketing>plain()</script>")[0]


def test_a_third_party_base_is_blocked_and_what_is_relative_to_it_too() -> None:
    """The base itself is made inert, and relative URLs behind it are judged by the host they meant."""
    page = "<base href=//third.test/d/><img src=a.gif><img src=/b.gif><img src=https://site.test/own.gif><base href=//x.test/>"
    output, rewriter = run(page)
    assert {"https://third.test/d/", "https://third.test/d/a.gif", "https://third.test/b.gif", "https://x.test/"} == {
        line.url for line in rewriter.blocked
    }
    assert b"<img src=https://site.test/own.gif>" in output
    assert page.encode() == restore(output)


def test_trusted_types_keep_the_source_of_a_script() -> None:
    """Where the page requires Trusted Types, in a header or a meta element, only a script's type changes."""
    page = "<script type=module src=//third.test/a></script>"
    for output in (
        run(page, options=Options(trusted_types=True))[0],
        run("<meta http-equiv=content-security-policy content=\"require-trusted-types-for 'script'\">" + page)[0],
    ):
        assert b" src=//third.test/a" in output
        assert b'type="text/plain"' in output
        assert b"data-ck-src" not in output


@pytest.mark.parametrize("page", [
    "<iframe src='data:text/html;charset=hz-gb-2312,<img src=https://third.test/>'></iframe>",
    "<iframe src='data:text/plain,<img src=https://third.test/>'></iframe>",
    "<object data=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink'><path/></svg>\"></object>",
    "<iframe src='data:text/html;charset=utf-16,<img src=/>'></iframe>",
])  # fmt: skip
def test_data_documents_that_fetch_nothing_stay(page: str) -> None:
    """A browser shows nothing of the replacement encodings, and namespaces are no addresses."""
    assert page.encode() == run(page)[0]


@pytest.mark.parametrize("page", [
    "<svg><style>@im<!-- -->port '//third.test/a';</style></svg>",
    "<svg><style>@im<![CDATA[port '//third.test/b';]]></style></svg>",
    "<svg><style><![CDATA[a{}]]>@import '//third.test/c';<!-- x --></style></svg>",
])  # fmt: skip
@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_markup_in_the_style_sheets_of_svg_hides_nothing(page: str, chunk: int) -> None:
    """A style sheet in SVG is what is left of its text when comments and sections are taken out."""
    output, rewriter = run(page, chunk=chunk)
    assert {"third.test"} == {line.block.host for line in rewriter.blocked}
    assert output.count(b"about:invalid#ck:") == 1
    assert page.encode() == restore(output)


#: What of it a browser takes for the sheet only its tree can tell: each of these fetches in Chromium.
UNCLEAR: Final = [
    "<svg><style>@import '/<x/>/third.test/c';</style></svg>",
    "<svg><style><g>/*</g>@import '//third.test/d';</style></svg>",
    "<svg><style><g title='</g>'>/*</g><?x>@import &#39;//third.test/e';</style></svg>",
    "<svg><style/>@import '//third.test/f';</svg>",
    "<svg><style>@import <g title='</style>'></g>'//third.test/x';</style>",
    "<svg><style>@import <!--</style>-->'//third.test/x';</style>",
    "<svg><style>/*<![CDATA[</style>*/@import '//third.test/x';]]></style>",
    "<svg><style>@im</ >port '//third.test/x';</style>",
    "<svg><style>@import <desc><img>/*</desc>'//third.test/x';</style>",
    "<svg><style>@import <style></style>'//third.test/x';</style>",
    "<svg><style>@import <style/>'//third.test/x';</style>",
    "<svg><style>@import <g><style></style></g>'//third.test/x';</style>",
    "<svg><style>/*\"<style>\"*/@import '//third.test/x';</style>",
    "<math><style>/*\"<style>\"*/@import '//third.test/x';</style>",
    "<svg><style/>/*<b>*/@import '//third.test/x';</style>",
    "<svg><style/>@charset \"<b>\";@import '//third.test/x';</style>",
    '<svg></div><style>a{content:"<desc><style>*{content:"<style>";background:url(//third.test/x)}/*"*/</style>',
    "<svg></div><style>@import <style></style>'//third.test/x';</style>",
]  # fmt: skip


@pytest.mark.parametrize("page", UNCLEAR)
@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_style_sheets_that_only_a_tree_could_tell_are_blocked_as_a_whole(page: str, chunk: int) -> None:
    """With elements in them, other sheets, or an end that may be none: as long as any host at all is refused."""
    output = run(page, chunk=chunk)[0]
    sheets = output.split(b"<style")[1:]

    assert b'type="text/plain"' in sheets[0].partition(b">")[0] or b"type=text/plain" in sheets[0].partition(b">")[0]
    assert b">ck{}" in sheets[0]
    assert page.encode() == restore(output)
    assert page.encode() == run(page, Everything(), chunk=chunk)[0]


@pytest.mark.parametrize("page", [
    "<svg></div><script><desc><script>0/*<script>*/;track()</script>",
    "<svg><script>tra<script></script>ck()</script>",
    "<math><mi><script><script>0/*<script>*/;track(",
    "<svg></div><script><desc><script type=importmap>{<script>",
])  # fmt: skip
def test_scripts_that_only_a_tree_could_tell_do_not_run(page: str) -> None:
    """Where the next script may be in the text of this one, it is blocked as long as any host is refused."""
    output = run(page)[0]
    doubtful = output.split(b"<script")[2 if "<desc>" in page else 1]

    assert b"text/plain" in doubtful.partition(b">")[0]
    assert page.encode() == restore(output)
    assert page.encode() == run(page, Everything())[0]


def test_an_embeds_value_may_have_to_begin_somehow() -> None:
    """One attribute can belong to several services: whose it is shows in how its value begins, on whatever element."""
    options = Options(embeds=(Embed("*", "data-key", "https://third.test/{}", starts="6L"),))
    page = "<div data-key=6Labc></div><button data-key='0xabc'></button><p data-key=' 6Lx'>"
    output, rewriter = run(page, options=options, inserter=Banner(), document=False)
    assert ["https://third.test/6Labc", "https://third.test/6Lx"] == [line.url for line in rewriter.blocked]
    assert 2 == output.count(b"<span>third.test")
    assert page.encode() == restore(output)


def test_scripts_that_show_something_get_a_placeholder() -> None:
    """A blocked script of a service that shows something is stood in for in the body, and never in the head."""

    class Showing(Banner):
        showing = frozenset({"", "tracker"})

    page = (
        "<head><script src=https://third.test/a.js></script></head><body><script src=https://third.test/b.js></script>"
    )
    page += "<script>track(1)</script><p>x"
    for inserter, expected in ((Banner(), 0), (Showing(), 2)):
        output, _ = run(page, inserter=inserter)
        assert expected == output.count(b"<span>")
        assert page.encode() == restore(output)
