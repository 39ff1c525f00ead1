"""One rule: from where a page has too many ways to be read on, nothing in it is markup, however it is read.

Each ``<`` gets a mark behind it, so that it begins neither a tag nor a comment; and in front of all that stands what
ends a style sheet or a script that the place may be in. All of it is taken away again by `undo`.
"""

from __future__ import annotations

import re
from typing import Final

from consentkit.html.editor import Edit

#: Behind each ``<``.
MARK: Final = b"#ck#"
#: In front: of a script in a script's comment, the first end tag is not the end.
ENDS: Final = b"</style></script></script>"

_BEGINS: Final = re.compile(rb"<")
_UNMARKED: Final = re.compile(rb"<(?!" + MARK + rb")")


def void(data: bytes, start: int, end: int) -> list[Edit]:
    """The edits that take the meaning of what stands from ``start`` on, which is a ``<``."""
    marks = [(match.end(), match.end(), MARK) for match in _BEGINS.finditer(data, start, end)]
    return [(start, start, ENDS), *marks]


def voided(data: bytes) -> bytes:
    """What comes after that."""
    return data.replace(b"<", b"<" + MARK)


def undo(data: bytes) -> list[Edit]:
    """The edits that undo both in a whole page; none if it was nowhere."""
    start = data.rfind(ENDS + b"<" + MARK)
    if start < 0 or _UNMARKED.search(data, start + len(ENDS)) is not None:
        return []
    begun = start + len(ENDS)
    marks = [(match.end(), match.end() + len(MARK), b"") for match in _BEGINS.finditer(data, begun)]
    return [(start, begun, b""), *marks]
