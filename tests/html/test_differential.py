"""Against conformant parsers with a tree: what they find in a page that would be fetched, we have blocked."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit.html.charset import UnreadableEncodingError
from consentkit.html.elements import SCRIPT_TYPES
from consentkit.html.urls import parse_url
from tests.html.deciders import URL, run
from tests.html.test_rewriter import PIECES

html5lib = pytest.importorskip("html5lib", reason="html5lib is not installed: no tree to compare with")

#: What is compared: plain attributes whose value is one URL.
TRIGGERS = {
    "script": ("src",), "img": ("src",), "iframe": ("src",), "frame": ("src",), "embed": ("src",), "object": ("data",),
    "video": ("src", "poster"), "audio": ("src",), "source": ("src",), "track": ("src",), "use": ("href",),
    "image": ("href",), "td": ("background",), "body": ("background",),
}  # fmt: skip
SVG_ONLY = {"use", "image"}


def in_tree(page: str, *, scripting: bool) -> set[str]:
    """The third-party URLs in the tree that html5lib builds."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            root: Any = parser.parse(page, scripting=scripting)
        except AssertionError:
            return set()  # html5lib asserts what some pages do not hold: nothing to compare with
    found = set()
    for node in root.iter():
        if not isinstance(node.tag, str) or not node.tag.startswith("{"):
            continue
        namespace, name = node.tag[1:].split("}")
        if namespace.rpartition("/")[2] != ("svg" if name in SVG_ONLY else "xhtml"):
            continue
        for attribute in TRIGGERS.get(name, ()):
            url = parse_url(node.get(attribute, ""), parse_url(URL, None))
            if url is not None and url.host == "third.test":
                found.add(url.href)
    return found


def numbered(pieces: list[str]) -> str:
    """The pieces in one page, each URL told apart from every other."""
    return "".join(piece.replace("third.test/", f"third.test/{index}-") for index, piece in enumerate(pieces))


# Declared base URLs move what is relative; a page beginning with text is another document for html5lib too.
plain = [piece for piece in PIECES if "<base" not in piece and "\0" not in piece]


@given(st.lists(st.sampled_from(plain), max_size=16))
@settings(max_examples=400)
def test_generated_markup_hides_nothing_that_a_tree_builder_finds(pieces: list[str]) -> None:
    """Whatever the tree of html5lib would fetch, with scripts on or off, is among what was blocked."""
    page = numbered(pieces)
    blocked = {line.url for line in run(page)[1].blocked}
    for scripting in (True, False):
        assert not in_tree(page, scripting=scripting) - blocked


def test_real_pages_hide_nothing_that_a_tree_builder_finds(shared: Path) -> None:
    """The same of every real page, with the tree of lexbor; and scripts are blocked there and nowhere else."""
    lexbor = pytest.importorskip("selectolax.lexbor", reason="selectolax is not installed: no tree to compare with")
    base = parse_url(URL, None)
    for file in sorted((shared / "corpus" / "pages").iterdir()):
        page = file.read_bytes()
        if b"<base" in page or b"<BASE" in page:
            continue
        try:
            rewriter = run(page, charset="utf-8")[1]
        except UnreadableEncodingError:
            continue
        blocked = {line.url for line in rewriter.blocked}
        tree = lexbor.LexborHTMLParser(page.decode("utf-8", "replace"))
        for name, attributes in TRIGGERS.items():
            if name in SVG_ONLY:
                continue
            for attribute in attributes:
                for node in tree.css(f"{name}[{attribute}]"):
                    kind = (node.attributes.get("type") or "text/javascript").strip().lower()
                    if name == "script" and kind != "module" and kind not in SCRIPT_TYPES:
                        continue
                    url = parse_url(node.attributes.get(attribute) or "", base)
                    if url is not None and url.scheme in {"http", "https"} and url.host != "site.test":
                        assert url.href in blocked, (file.name, name, url.href)
