"""Reading what was rendered: a tree of elements, as browsers build it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import html5lib

Element = ET.Element


def parse(html: str) -> Element:
    """The whole document; a fragment stands in its body."""
    document = html5lib.parse(html, namespaceHTMLElements=False)
    assert isinstance(document, ET.Element)
    for element in document.iter():
        element.tag = str(element.tag).rpartition("}")[2]  # SVG's names without their namespace
    return document


def find(tree: Element, tag: str | None = None, /, **attributes: str) -> list[Element]:
    """Every element with this name and these attributes; `_` stands for `-` and is ignored at an end."""
    wanted = {key.strip("_").replace("_", "-"): value for key, value in attributes.items()}
    return [
        element
        for element in tree.iter()
        if (tag is None or element.tag == tag) and all(element.get(key) == value for key, value in wanted.items())
    ]


def one(tree: Element, tag: str | None = None, /, **attributes: str) -> Element:
    """The only such element."""
    found = find(tree, tag, **attributes)
    assert len(found) == 1, f"{len(found)} elements {tag or '*'} {attributes}"
    return found[0]


def has(element: Element, attribute: str) -> bool:
    """Whether an element has an attribute, empty or not."""
    return element.get(attribute) is not None


def text(tree: Element) -> str:
    """The text a visitor could read, white space folded; scripts and styles left out."""
    return " ".join("".join(_words(tree)).split())


def _words(tree: Element) -> Iterator[str]:
    if tree.tag not in {"script", "style", "head"}:
        yield tree.text or ""
        for child in tree:
            yield from _words(child)
            yield child.tail or ""


def names(tree: Element) -> set[str]:
    """The names of all elements."""
    return {element.tag for element in tree.iter()}
