"""One rule: the text of an SVG ``style`` is what is left when its markup is gone, and markup may stand anywhere in it.

In SVG a style sheet is no raw text: comments, sections and elements cut it into pieces, which a browser joins again, so
that ``@im<!-- -->port`` is an import. Which pieces count depends on a tree (those of child elements do not); both ways
of joining them are given.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final, NamedTuple

#: Pieces of one sheet that are joined. Real ones have a section around all of it, or a comment or two.
MAX_PIECES: Final = 1024

_MARKUP: Final = re.compile(
    rb"<!--(?:-?>|[\s\S]*?(?:--!?>|\Z))|<!\[CDATA\[(?P<text>[\s\S]*?)(?:\]\]>|\Z)|<[!?][^>]*(?:>|\Z)"
    rb"|<(?P<end>/?)[A-Za-z][^\t\n\f\r />]*+(?:[^>\"'=]++|=[\t\n\f\r ]*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?|[\"'])"
    rb"*+(?P<close>>|\Z)"
)


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


def joined(raw: bytes) -> list[Joined]:
    """The text of the content of an SVG ``style``: of all there is in it, and of what is in no child element."""
    pieces: list[tuple[int, int, int]] = []  # start, end, depth
    done = depth = 0
    for match in _MARKUP.finditer(raw):
        pieces.append((done, match.start(), depth))
        done = match.end()
        if match["text"] is not None:
            pieces.append((*match.span("text"), depth))
        elif match["close"] is not None:
            closed = match[0].endswith(b"/>")
            depth = max(0, depth - 1) if match["end"] else depth + (not closed)
    pieces.append((done, len(raw), depth))
    return [_join(raw, pieces), _join(raw, [piece for piece in pieces if piece[2] == 0])]


def _join(raw: bytes, pieces: list[tuple[int, int, int]]) -> Joined:
    starts: list[int] = []
    origins: list[int] = []
    length = 0
    for start, end, _ in pieces:
        if end > start or not starts:
            starts.append(length)
            origins.append(start)
            length += end - start
    return Joined(b"".join(raw[start:end] for start, end, _ in pieces), starts, origins)
