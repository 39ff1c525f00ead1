"""One rule: the text of an SVG ``style`` is what is left when its markup is gone, and markup may stand anywhere in it.

In SVG a style sheet is no raw text: comments, sections and elements cut it into pieces, which a browser joins again, so
that ``@im<!-- -->port`` is an import. Those of child elements do not count: what is in them only a tree can tell.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final, NamedTuple

#: Pieces of one sheet that are joined. Real ones have a section around all of it, or a comment or two.
MAX_PIECES: Final = 1024

#: Comments and sections, and what else begins with ``<`` and is no text.
_MARKUP: Final = re.compile(rb"<!--(?:-?>|[\s\S]*?--!?>)|<!\[CDATA\[(?P<text>[\s\S]*?)\]\]>|(?P<odd><[!?/A-Za-z])")


class Joined(NamedTuple):
    """Pieces of text without what stood between them.

    Attributes:
        text: the pieces.
        starts: offset in ``text`` of each piece, ascending.
        origins: offset of each in the source.
    """

    text: bytes
    starts: list[int]
    origins: list[int]

    def offset(self, at: int) -> int:
        """Where in the source something in the text stands."""
        piece = bisect_right(self.starts, at) - 1
        return self.origins[piece] + at - self.starts[piece]


def joined(raw: bytes) -> Joined | None:
    """The text of the content of an SVG ``style``; None where a tree would have to tell it.

    What stands in child elements is none of it, and where they end is a tree's business. Nor is it known where a
    comment or section goes on, past what was taken for the end.
    """
    starts: list[int] = []
    origins: list[int] = []
    pieces: list[bytes] = []
    done = length = 0

    def piece(start: int, end: int) -> None:
        nonlocal length
        if end > start or not starts:
            starts.append(length)
            origins.append(start)
            pieces.append(raw[start:end])
            length += end - start

    for match in _MARKUP.finditer(raw):
        if match["odd"] is not None:
            return None
        piece(done, match.start())
        if match["text"] is not None:
            piece(*match.span("text"))
        done = match.end()
    piece(done, len(raw))
    return Joined(b"".join(pieces), starts, origins)
