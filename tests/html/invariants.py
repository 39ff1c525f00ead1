"""What has to hold of every page whatever, for the fuzzers and for the short fuzz of the suite.

The tree that hidden fetches are looked for in is html5lib's, and the list of what fetches is written here a second
time: a row that is missing in the engine's table is not missing here for the same reason.
"""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from consentkit.html.charset import UnreadableEncodingError
from consentkit.html.restore import restore
from consentkit.html.urls import parse_url
from tests.html.deciders import URL, Banner, Everything, run
from tests.html.test_rewriter import PIECES

html5lib = pytest.importorskip("html5lib", reason="html5lib is not installed: no tree to compare with")

#: More than the pieces of the other tests: one of everything that fetches, and of everything that moves a parser.
MORE: Final = [
    "<template shadowrootmode=open>", "<img srcset='//third.test/a 1x, //third.test/b 2x'>", "<font color=x>", "</p>", "</br>",
    "<link rel='stylesheet preload' as=style href=//third.test/l>", "<meta http-equiv=refresh content='9;url=//third.test/'>",
    "<svg><script href=//third.test/s></script>", "<svg><style>@import '//third.test/q';</style></svg>", "<mglyph>", "<malignmark>",
    "<p style=\"background:url('//third.test/p')\">x", "<body background=//third.test/bb>", "<video poster=//third.test/v src=//third.test/w>",
    "<input type=image src=//third.test/i>", "<svg><image href=//third.test/im width=9 height=9 /></svg>", "<math><mtext>", "<listing>",
    "<annotation-xml encoding=text/html>", "<annotation-xml>", "</annotation-xml>", "<noframes>", "</noframes>", "<noembed>", "</noembed>",
    "<iframe src=\"data:text/xml,<h:img xmlns:h='http://www.w3.org/1999/xhtml' src='https:third.test/a'/>\"></iframe>", "<iframe src='data:text/xml,",
    "<object data=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><style><style>@import 'https://third.test/a';</style></style></svg>\">",
    "<style>@import 'data:text/css,@import \"https://third.test/a\"';</style>", "<link rel=search href=//third.test/se>", "<model src=//third.test/mo>",
    "<script type=module>import 'data:text/javascript,import \"https://third.test/a\"'</script>", "<form action=\"javascript:'<img src=https:third.test/a>'\">",
    '<script type=speculationrules>{"prefetch":[{"where":{"not":{}},"urls":["//third.test/a"]}]}</script>', "<img onerror=\"fetch('https://@third.test/a')\">",
    "<option>", "<optgroup>", "<caption>", "<colgroup>", "</table>", "</tr>", "<tr>", "</td>", "<script>document.write('<!--')</script>",
    "<link rel=icon href=//third.test/ic>", "<link rel=modulepreload href=//third.test/mp>", "<style>@\\69mport '//third.test/e';</style>",
    "<img src='&#47;&#x2f;third.test/ent'>", "<img src='\\\\third.test/bs'>", "<img src='/\t/third.test/tab'>", "<img src=https:third.test/n>",
    "<base href=https://third.test/>", "<base href=/own/>", "<img src=rel.gif>", "<embed src=//third.test/em>", "<image src=//third.test/ig>",
    "<iframe srcdoc='<img src=//third.test/sd>'>", "<svg><use href='//third.test/us#a'/></svg>", "<a href=# attributionsrc=//third.test/at>",
    "<svg><feImage href=//third.test/fe /></svg>", "<table background=//third.test/tb><td>x", "<form action=//third.test/f>", "</form>",
    "<button formaction=//third.test/f>", "<a ping=//third.test/p>", "<p id=a data-ck-purposes= data-ck-service>", "<selectedcontent>",
    "<script type=module>import '//third.test/m'</script>", '<script type=importmap>{"imports":{"a":"//third.test/i"}}</script>',
    "<img alt='", '<img alt="', " src=//third.test/a ", "src=//third.test/b>", "=", "/", "'", '"', ">", " ", "<!", "<?", "</script", "</style",
    "</noscript", "<![CDATA[ ]]>", "--", "-", "!", "&", "&#", "&lt;", "&quot;", "&#x3c;", "\t", "\f", "<script type=text/plain>", "about:invalid#ck:",
    "<style>a{b:url(about:invalid#ck://third.test/)}</style>", "<nobr>", "<menuitem>", "<isindex>", "<marquee>", "<frame>", "<svg><a>", "<svg><title>",
    "<math><mi><svg>", "<svg><foreignObject><math>", "</svg></desc>", "<object>", "<applet>", "<param name=src value=//third.test/>", "<rt>", "<hr>",
]  # fmt: skip
EVERY_PIECE: Final = [*PIECES, *MORE]

#: Element → attributes with one URL, as browsers fetch it.
_PLAIN: Final = {
    "img": "src", "iframe": "src", "frame": "src", "embed": "src", "object": "data", "video": "src poster", "audio": "src",
    "source": "src", "track": "src", "form": "action", "button": "formaction", "input": "formaction",
}  # fmt: skip
_SVG: Final = {"image", "use", "feImage", "script"}
_LINKS: Final = {
    "stylesheet",
    "preload",
    "modulepreload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "prerender",
    "icon",
    "manifest",
}
_SCRIPT: Final = re.compile(
    r"(?i)(text|application)/(x-)?(java|ecma)script\Z|module\Z|text/jscript\Z|text/javascript1\.[0-5]\Z"
)
_CSS: Final = re.compile(
    r"""(?:url\(\s*["']?|@import\s*["'])(//[^"')\s]*)|"[^"\n\f]*"?|'[^'\n\f]*'?|/\*.*?(?:\*/|\Z)""", re.DOTALL
)
#: Where html5lib is behind the standard: `</p>` and `</br>` end foreign content, and after a U+0000 at the beginning of
#: a comment a `>` is part of it (§13.2.5.43).
_BEHIND: Final = re.compile(r"(?i)<(?:svg|math)[\s\S]*</(?:p|br)\b|<!---?\0")


def thirds(page: str, *, scripting: bool, depth: int = 0) -> set[str]:
    """The URLs on other hosts that a browser with the tree of html5lib would fetch."""
    if _BEHIND.search(page):
        return set()
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            root: Any = parser.parse(page, scripting=scripting)
        except (AssertionError, IndexError, AttributeError):
            return set()  # html5lib asserts what some pages do not hold: nothing to compare with
    own = parse_url(URL, None)
    base, found, based = own, set[str](), False
    values = []
    for node in root.iter():
        if not isinstance(node.tag, str) or not node.tag.startswith("{"):
            continue
        space, name = node.tag[1:].split("}", 1)
        kind = space.rpartition("/")[2]
        if kind == "xhtml" and name == "base" and "href" in node.attrib and not based:
            based, base = True, parse_url(node.get("href"), own) or own
            values.append(node.get("href"))
        values += _values(node, kind, name, depth)
    for value in values:
        url = parse_url(value, base)
        if url is not None and url.host and url.host != "site.test":
            found.add(url.href)
    return found


def _values(node: Any, kind: str, name: str, depth: int) -> Iterator[str]:
    """What one element of the tree fetches."""
    sheet = (node.text or "") if name == "style" else ""
    if sheet.startswith("ck{}") and node.get("type") == "text/plain":
        sheet = ""  # blocked as a whole
    for css in (node.get("style", ""), sheet):
        yield from (url for url in _CSS.findall(css) if url)
    if kind == "svg":
        if name in _SVG:
            yield from (node.get(key) for key in ("href", "{http://www.w3.org/1999/xlink}href") if key in node.attrib)
        return
    if kind != "xhtml":
        return
    yield from (node.get(key) for key in _PLAIN.get(name, "").split() if key in node.attrib)
    if "background" in node.attrib and name in {"body", "table", "tr", "td", "th", "tbody", "thead", "tfoot"}:
        yield node.get("background")
    if name in {"img", "source"}:
        yield from (part.split()[0] for part in node.get("srcset", "").split(",") if part.split())
    if name == "script" and "src" in node.attrib and _SCRIPT.match(node.get("type", "module").strip() or "module"):
        yield node.get("src")
    if name == "link" and "href" in node.attrib and set(node.get("rel", "").lower().split()) & _LINKS:
        yield node.get("href")
    if name == "input" and node.get("type", "").lower() == "image" and "src" in node.attrib:
        yield node.get("src")
    if name in {"a", "area"}:
        yield from (node.get("ping", "") + " " + node.get("attributionsrc", "")).split()
    if name == "meta" and node.get("http-equiv", "").lower() == "refresh":
        yield node.get("content", "").partition("url=")[2]
    if name == "iframe" and "srcdoc" in node.attrib and depth == 0:
        yield from thirds(node.get("srcdoc"), scripting=True, depth=1)


def numbered(pieces: list[str]) -> bytes:
    """The pieces in one page, each URL told apart from every other."""
    return "".join(piece.replace("third.test/", f"third.test/{index}-") for index, piece in enumerate(pieces)).encode()


def random_page(seed: int) -> bytes:
    """A page of pieces, always the same for a seed."""
    chance = random.Random(seed)
    return numbered([chance.choice(EVERY_PIECE) for _ in range(chance.randint(1, 20))])


def broken(page: bytes, chunk: int) -> Iterator[str]:
    """What does not hold of a page; nothing, if all is well. ``chunk``: how it is cut for the first."""
    try:
        output = run(page)[0]
    except UnreadableEncodingError:
        return
    for size in {chunk, 1}:
        if output != run(page, chunk=size)[0]:
            yield f"chunking: {size}"
    inserted = run(page, inserter=Banner())[0]
    if inserted != run(page, inserter=Banner(), chunk=chunk)[0]:
        yield "chunking with a banner"
    if b"ck" not in page.lower() and page != run(page, Everything())[0]:
        yield "allowed, it is not the same"
    if page != restore(output) or page != restore(inserted):
        yield "restored, it is not the same"
    if output != run(page, atomic=True)[0]:
        yield "the two forms of the expressions differ"
    again = run(output)[1]
    if again.blocked_count:
        yield f"what is left: {[line.url or line.element for line in again.blocked]}"
    for scripting in (True, False):
        left = thirds(output.decode("utf-8", "replace"), scripting=scripting)
        if left:
            yield f"left, scripting {scripting}: {left}"


def smallest(pieces: list[str], fails: Callable[[list[str]], bool]) -> list[str]:
    """The same failure with as few pieces as possible."""
    at = 0
    while at < len(pieces):
        fewer = pieces[:at] + pieces[at + 1 :]
        if fails(fewer):
            pieces = fewer
        else:
            at += 1
    return pieces
