"""One rule: a plain style sheet is judged by its ``url()``s and imports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from consentkit.html.awaited import MAX_INLINE
from consentkit.html.css import unescape
from consentkit.html.decision import Kind
from consentkit.html.editor import Edit
from consentkit.html.judge import RELATIVE, Found, Place
from consentkit.html.known_sheets import SHEETS
from consentkit.html.labels import label, labels, quoted
from consentkit.html.marks import OWN_PREFIX, PREFIX
from consentkit.html.reading import Reading
from consentkit.html.report import RawLine
from consentkit.html.shapes import Shape
from consentkit.html.sheets import SheetUrl, in_font_face, may_fetch, too_much
from consentkit.html.texts import RawText
from consentkit.html.urls import Url, external_host
from consentkit.html.verdicts import ASK

if TYPE_CHECKING:
    from consentkit.html.plain import Plain

_NO_ASCII: Final = re.compile(rb"[\x80-\xff]")


def judge_style(plain: Plain, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
    """A style sheet that is at hand and fetches nothing that it may not."""
    opening = shape.pattern.match(data, start, end)
    if opening is None:
        return 0
    after = opening.end()
    found = RawText(b"style", after).find(data, end)
    url = plain.url
    if found < 0 or found - after > MAX_INLINE:
        return 0
    if found == after:
        return plain.past(b"</style>", data, found, end)
    raw = data[after:found]
    urls = None
    if plain.encoding.halves(raw):
        if too_much(raw):
            return 0
    else:
        sheet = SHEETS.read(raw)
        if sheet.too_much:
            return 0
        urls = sheet.urls
        if urls is None:
            urls = _calm_urls(plain, raw, sheet.strings, url)
    edits: list[Edit] = []
    lines: list[Found | RawLine] = []
    if urls is not None:
        lines = refused_in_sheet(plain, raw, urls, after, "style", "", edits)
    elif may_fetch(raw):
        for at, each in plain.judge.css_offsets(raw, Place("style", ""), url, references=False):
            lines.append(each)
            edits.append((after + at, after + at, PREFIX))
    if lines:
        if OWN_PREFIX.search(raw) is not None:
            return 0
        at = start + 6
        reading.edits.append((at, at, labels_of(lines)))
        reading.edits += edits
        plain.told += [(start, line) for line in lines]
    return plain.past(b"</style>", data, found, end)


def _calm_urls(
    plain: Plain, raw: bytes, told: tuple[list[SheetUrl], set[bytes]] | None, base: Url | None
) -> list[SheetUrl] | None:
    """The URLs of a sheet with custom properties, if none of its strings is one that may not be fetched."""
    codec = plain.encoding.codec
    if told is None or (plain.encoding.double_byte and not raw.isascii()):
        return None
    for string in told[1]:
        text = unescape(string.decode(codec, "surrogateescape"))
        if not text or text[0] == "#":
            continue
        # Letters for others: where the site's own host has exceptions, they are words in ASCII.
        path = _NO_ASCII.sub(b"a", text.strip(" ").encode("utf-8", "surrogatepass"))
        if RELATIVE.match(path) and b"?" not in path and plain.judge.own(base, path.replace(b" ", b"%20")):
            continue
        if plain.judge.address(text, Kind.IMAGE, Place("style", ""), base) is not None:
            return None
    return told[0]


def refused_in_sheet(
    plain: Plain, raw: bytes, urls: list[SheetUrl], offset: int, element: str, attribute: str, edits: list[Edit]
) -> list[Found | RawLine]:  # fmt: skip
    """What is blocked of the URLs in a style sheet, and the edits for that."""
    lines: list[Found | RawLine] = []
    base = plain.url
    place = Place(element, attribute)
    for at, url, imported in urls:
        if url.startswith(b"data:") and not imported:
            continue  # images and fonts fetch nothing there
        host = external_host(url)
        verdict = ASK if host is None and RELATIVE.match(url) is None else plain.verdict(url, host)
        block = verdict.block
        if block is None and verdict is not ASK:
            continue
        kind = Kind.STYLE if imported else Kind.FONT if in_font_face(raw, at) else Kind.IMAGE
        if verdict is ASK:
            found = plain.judge.address(url.decode(plain.encoding.codec, "replace"), kind, place, base)
            if found is None:
                continue
            # Told as it is written, so that the same URL is the same line however it was decided.
            lines.append((found.block, kind, element, attribute, url, base) if found.resource.url else found)
        elif block is not None:
            lines.append((block, kind, element, attribute, url, base))
        at += offset
        edits.append((at, at, PREFIX))
    return lines


def labels_of(lines: list[Found | RawLine]) -> bytes:
    """What stands behind the name of an element in which all this is blocked."""
    blocks = [line[0] for line in lines]
    if blocks.count(blocks[0]) == len(blocks):
        return label(blocks[0], script=False)
    return b"".join(quoted(labels(blocks, ())))
