"""One rule: each URL in a style sheet gets our prefix, or the sheet as a whole is none any more."""

from __future__ import annotations

import re
from typing import Final

from consentkit.html.change import Attribute, Change
from consentkit.html.decision import Kind
from consentkit.html.judge import Found, Judge
from consentkit.html.marks import RULE
from consentkit.html.sheets import too_much
from consentkit.html.svgtext import MAX_PIECES, Joined, joined

#: Another style sheet's beginning, where one was taken to end.
_STYLE: Final = re.compile(rb"<[sS][tT][yY][lL][eE][\t\n\f\r />]")
#: What a preload scanner looks for at the beginning of a sheet.
_READ_ON: Final = re.compile(rb"@|/\*")


def block_sheet(change: Change, judge: Judge, text: tuple[int, int] | None, *, whole: bool) -> None:
    """A ``style`` element.

    Args:
        change: what becomes of its tag.
        judge: who is asked.
        text: the offsets of its text.
        whole: that is all of its text.
    """
    if text is None:
        return
    data, place = change.start.data, change.place("")
    raw = data[text[0] : text[1]]
    foreign = change.start.foreign
    kind = change.attributes.first.get("type")
    if raw.startswith(RULE) and kind is not None and judge.text(kind.value) == "text/plain":
        return  # inert as it is: no sheet, and no import before the first rule
    refused: Found | None = None
    pieces: Joined | None = None
    if not whole or too_much(raw, references=foreign) or (foreign and raw.count(b"<") > MAX_PIECES):
        refused = judge.refused(place, Kind.STYLE)
    else:
        if foreign and b"<" in raw:
            pieces = joined(raw)
        # In SVG, and where two readings are possible, what another sheet or an element in this one is, or where it
        # really ends, is not known; of a closed one a preload scanner reads on.
        unclear = _STYLE.match(data, text[1]) or (foreign and b"<" in raw and pieces is None)
        if unclear or (foreign and change.start.self_closing and _READ_ON.search(raw)):
            refused = judge.anybody(Kind.STYLE, place)
    if refused is not None:
        change.block(refused)
        change.rename("type")
        change.added.append(("type", "text/plain"))
        change.insert(text[0], RULE)
        return
    if change.mark is None and pieces is None and judge.plain_css(raw, change.base, attribute=foreign):
        return
    prefixes = dict(judge.css_offsets(raw, place, change.base, references=foreign))
    if foreign and change.start.html and b"&" in raw:
        prefixes |= judge.css_offsets(raw, place, change.base, references=False)
    if pieces is not None:
        for at, found in judge.css_offsets(pieces.text, place, change.base, references=True):
            prefixes[pieces.offset(at)] = found
    for at, found in prefixes.items():
        change.block(found)
        change.prefix(text[0] + at)
    change.own_prefixes(text[0], raw)


def block_style(change: Change, judge: Judge, attribute: Attribute) -> None:
    """A ``style`` attribute."""
    raw = attribute.value
    if too_much(raw, references=True):
        change.block(judge.refused(change.place("style"), Kind.STYLE), "style")
        return
    if change.mark is None and judge.plain_css(raw, change.base, attribute=True):
        return
    for at, found in judge.css_offsets(raw, change.place("style"), change.base, references=True):
        change.block(found)
        change.prefix(attribute.value_start + at)
    change.own_prefixes(attribute.value_start, raw)
