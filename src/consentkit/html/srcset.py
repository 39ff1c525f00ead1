"""One rule: the candidates of a ``srcset`` or ``imagesrcset`` are those of the HTML Standard.

"Parse a srcset attribute" (HTML Standard §4.8.4.3.10), without judging the descriptors: a
candidate whose descriptor is wrong is reported all the same, which can only block more.
Time is linear in the value.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_SEPARATORS: Final = re.compile(r"[\t\n\f\r ,]*")
_URL: Final = re.compile(r"[^\t\n\f\r ]+")
#: Descriptors up to the comma that ends them; commas inside parentheses do not.
_DESCRIPTORS: Final = re.compile(r"[^,(]*(?:\([^)]*\)?[^,(]*)*,?")


class Candidate(NamedTuple):
    """One image candidate.

    Attributes:
        start: offset of the URL in the value.
        end: offset behind the URL.
        url: the URL as written, to be parsed against the document's base.
    """

    start: int
    end: int
    url: str


def parse_srcset(value: str) -> list[Candidate]:
    """The image candidates of an attribute's value, in order.

    Args:
        value: the value, character references decoded.
    """
    candidates: list[Candidate] = []
    position = 0
    while True:
        separators = _SEPARATORS.match(value, position)
        position = separators.end() if separators else position
        found = _URL.match(value, position)
        if found is None:
            return candidates
        url = found[0].rstrip(",")
        candidates.append(Candidate(position, position + len(url), url))
        position = found.end()
        if url == found[0]:
            descriptors = _DESCRIPTORS.match(value, position)
            position = descriptors.end() if descriptors else position
