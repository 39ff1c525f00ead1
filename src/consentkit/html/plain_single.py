"""One rule: a plain element that fetches one URL is judged by the host of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consentkit.html.decision import Kind
from consentkit.html.links import fetches
from consentkit.html.plain_any import judge_any
from consentkit.html.reading import Reading
from consentkit.html.shapes import Shape, url_in, word_in

if TYPE_CHECKING:
    from consentkit.html.plain import Plain

#: Captures (`shapes.Shapes`), of which the last says what there is: the first of a link's ``rel``
#: behind its URL.
_LINK_REL: Final = 11


def judge_single(plain: Plain, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
    """An element with one URL, or none."""
    pattern, name, attribute, kind, embed = shape
    found = pattern.match(data, start, end)
    if found is None:
        return 0
    after = found.end()
    if found[1] is not None:
        raw, host = url_in(found, 2)
        verdict = plain.answer(raw, host, kind, name, attribute)
        if verdict is None:
            return 0
        block = verdict.block
        if block is not None:
            if embed:
                return 0
            reading.edits += plain.renamed(data, start + 1 + len(name), found.start(1), verdict)
            plain.told.append((start, (block, kind, name, attribute, raw, plain.url)))
    return plain.skip_raw(reading, b"iframe", data, after, end) if name == "iframe" else after


def judge_body(plain: Plain, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
    """A body that begins nothing any more."""
    del shape
    return 0 if reading.late else judge_any(plain, reading, data, start, end, b"body")


def judge_link(plain: Plain, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
    """A link of one type."""
    found = shape.pattern.match(data, start, end)
    if found is None:
        return 0
    rel = word_in(found, 1)
    last = found.lastindex or 0
    if last >= _LINK_REL:
        if rel is not None:
            return 0
        rel = found[last]
    kind = fetches(rel or b"")
    if kind is None:
        return found.end()
    if kind is Kind.OTHER:
        return 0
    raw, host = found.group(last, last + 1) if last < _LINK_REL else url_in(found, 5)
    verdict = plain.answer(raw, host, kind, "link", "href")
    if verdict is None:
        return 0
    block = verdict.block
    if block is not None:
        reading.edits += plain.renamed(data, start + 5, found.start(4), verdict)
        plain.told.append((start, (block, kind, "link", "href", raw, plain.url)))
    return found.end()
