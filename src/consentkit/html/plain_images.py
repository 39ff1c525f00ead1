"""One rule: an image is judged by its URL, and by the first URL in its ``srcset`` that is blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consentkit.html.decision import Kind
from consentkit.html.marks import RENAME
from consentkit.html.plain_any import judge_any, refused_candidate
from consentkit.html.reading import Reading
from consentkit.html.report import RawLine
from consentkit.html.shapes import Shape, url_in
from consentkit.html.verdicts import FREE

if TYPE_CHECKING:
    from consentkit.html.plain import Plain

#: Captures (`shapes.Shapes`), of which the last says what there is: its URL, and the ``srcset`` behind it.
_IMAGE_URL: Final = 5
_IMAGE_SRCSET: Final = 11


def judge_image(plain: Plain, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
    """An image whose URLs are on hosts that are free, or blocked, almost whatever the path."""
    pattern, name, _, kind, _ = shape
    found = pattern.match(data, start, end)
    if found is None:
        return judge_any(plain, reading, data, start, end, name.encode())
    last = found.lastindex or 0
    if _IMAGE_URL <= last < _IMAGE_SRCSET:  # the URL is the last thing captured
        raw, host = found.group(last, last + 1)
        behind = -1
    else:
        raw, host = url_in(found, _IMAGE_URL)  # an empty one fetches nothing
        behind = found.start(_IMAGE_SRCSET)
    # An image in a data: URL fetches nothing.
    free = host is None and raw.startswith(b"data:")
    verdict = FREE if free else plain.answer(raw, host, kind, name, "src")
    if verdict is None:
        return 0
    block = verdict.block
    before = found.start(1)
    if before < 0 and behind < 0:
        if block is not None:
            reading.edits += plain.renamed(data, start + 1 + len(name), found.start(4), verdict)
            plain.told.append((start, (block, kind, name, "src", raw, plain.url)))
        return found.end()
    if before >= 0 and behind >= 0:
        return 0
    refused = refused_candidate(plain, next(value for value in found.group(2, 3, 12, 13) if value is not None))
    if refused is None:
        return judge_any(plain, reading, data, start, end, name.encode())
    other, url = refused
    if block is None and other.block is None:
        return found.end()
    if block is not None and other.block is not None and block != other.block:
        return judge_any(plain, reading, data, start, end, name.encode())
    at = start + 1 + len(name)
    several = max(before, behind)
    edits = [(at, at, (other if block is None else verdict).label)]
    told: list[tuple[int, RawLine]] = []
    if other.block is not None:
        edits.append((several, several, RENAME))
        told.append((start, (other.block, Kind.IMAGE, name, "srcset", url, plain.url)))
    if block is not None:
        at = found.start(4)
        first = at < several  # in the order of the page
        edits.insert(1 if first else len(edits), (at, at, RENAME))
        told.insert(0 if first else len(told), (start, (block, kind, name, "src", raw, plain.url)))
    plain.told += told
    reading.edits += edits
    return found.end()
