"""One rule: a script is judged by its URL, by its signature and imports, or, where it is JSON, URL by URL."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from consentkit.html import elements
from consentkit.html.change import Attributes, Change
from consentkit.html.decision import Kind
from consentkit.html.judge import Found, Judge, Place
from consentkit.html.references import decode_with_offsets
from consentkit.html.svgtext import MAX_PIECES, joined
from consentkit.html.types import kind_of_type
from consentkit.html.urls import Url

#: The longest JSON that is judged. The import maps of real sites have some kilobytes.
MAX_JSON: Final = 1 << 18
#: What is no text in SVG, but markup.
_MARKUP: Final = re.compile(rb"[&<]")
#: Another script's beginning, where one was taken to end.
_SCRIPT: Final = re.compile(rb"<[sS][cC][rR][iI][pP][tT][\t\n\f\r />]")


def type_of_script(attributes: Attributes, text: Callable[[bytes], str]) -> str | None:
    """``classic``, ``module``, a type with URLs in JSON, or None for a data block (HTML §4.12.1.1).

    Args:
        attributes: of its tag.
        text: decodes a value.
    """
    # Of several, the first counts, but for a preload scanner the last: any will do.
    types = [kind_of_type(text(attribute.value)) for attribute in attributes.each("type")]
    if types:
        return next((kind for kind in types if kind is not None), None)
    languages = [text(attribute.value).lower() for attribute in attributes.each("language")]
    if not languages or any(not name or f"text/{name}" in elements.SCRIPT_TYPES for name in languages):
        return "classic"
    return None


def block_script(
    change: Change, judge: Judge, codec: str, text: tuple[int, int] | None, *, whole: bool, trusted_types: bool
) -> None:
    """A script: by its text, or by its URL.

    Args:
        change: what becomes of its tag.
        judge: who is asked.
        codec: of the page.
        text: the offsets of its text, if that counts.
        whole: that is all of its text.
        trusted_types: the page requires them, so that its URL has to stay.
    """
    kind = type_of_script(change.attributes, judge.text)
    if kind is None:
        change.handled.update({"src", "href", "xlink:href"})
        return
    found: Found | None = None
    if text is not None and _SCRIPT.match(change.start.data, text[1]):
        # Taken for the end of its text, though for some reading it is none: what the rest says is not known.
        found = judge.anybody(Kind.SCRIPT, change.place(""))
    if found is not None:
        change.block(found)
    elif text is not None and kind in elements.JSON_TYPES:
        _block_json(change, judge, text, kind, whole=whole)
        return
    elif text is not None:
        place = change.place("")
        if whole:
            raw = change.start.data[text[0] : text[1]]
            found = judge.code(raw.decode(codec, "replace"), place, change.base, module=kind == "module")
            if found is None and change.start.foreign and _MARKUP.search(raw):
                pieces = joined(raw) if raw.count(b"<") <= MAX_PIECES else None
                if pieces is not None:
                    decoded = decode_with_offsets(pieces.text.decode(codec, "replace"), in_attribute=False)[0]
                    found = judge.code(decoded, place, change.base, module=kind == "module")
                elif kind == "module":  # what it imports only a tree could tell
                    found = judge.anybody(Kind.SCRIPT, place)
        else:
            found = judge.refused(place, Kind.SCRIPT)
        if found is not None:
            change.block(found)
    for name in ("href", "xlink:href", "src") if change.start.foreign else ("src",):
        change.handled.add(name)
        for attribute in change.attributes.each(name):
            refused = judge.url(attribute.value, Kind.SCRIPT, change.place(name), change.base)
            if refused is not None:
                found = refused
                change.block(refused, None if trusted_types else name)
    if found is not None:
        change.rename("type")
        change.added.append(("type", "text/plain"))


def refused_in_json(judge: Judge, text: str, kind: str, place: Place, base: Url | None) -> dict[int, Found]:
    """What may not be fetched in JSON of a type with URLs in it, by its offset in the text."""
    refused = dict(judge.json(text, elements.JSON_TYPES[kind], place, base))
    if kind == "speculationrules":
        refused |= judge.rules(text, place, base)
    return refused


def _block_json(change: Change, judge: Judge, text: tuple[int, int], kind: str, *, whole: bool) -> None:
    """JSON with URLs in it."""
    place = change.place("")
    raw = change.start.data[text[0] : text[1]]
    refusal: Found | None = None
    if not whole or len(raw) > MAX_JSON:
        refusal = judge.refused(place, elements.JSON_TYPES[kind])
    elif change.start.foreign and _MARKUP.search(raw):
        refusal = judge.anybody(elements.JSON_TYPES[kind], place)  # its text is what is left of it without markup
    if refusal is not None:
        change.block(refusal)
        change.rename("type")
        change.added.append(("type", "text/plain"))
        return
    decoded, offset_of = judge.decoded(raw)
    refused = refused_in_json(judge, decoded, kind, place, change.base)
    for at in sorted(refused):
        change.block(refused[at])
        change.prefix(text[0] + offset_of(at))
    change.own_prefixes(text[0], raw)
