"""One rule: a tag with more attributes than anybody writes is not judged attribute by attribute.

Its element gets a name that means nothing, and so does whatever fetches on an element of any name. What it would have
fetched, nobody fetches; what it would have been for the text behind it, it is not: that is read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from consentkit.html import elements
from consentkit.html.marks import LABELS
from consentkit.html.runs import OURS, any_of
from consentkit.html.syntax import NEEDS_ATOMIC, S, attribute, loop

#: Attributes of one tag that are judged. Real ones have some dozens, two hundred at most; each takes microseconds, so
#: that a tag of a megabyte could hold the interpreter for half a second. Those that are known by their shape
#: (`shapes`) have at most an eighth of it between any two that count.
MAX_ATTRIBUTES: Final = 4096

_SEPARATED: Final = rb"[\t\n\f\r /]*+"


@cache
def _expressions(*, atomic: bool) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """More attributes than there may be; and all up to the next of concern, and its name."""
    wanted = (
        any_of([*elements.EVERYWHERE, *elements.SVG_EVERYWHERE, *elements.MARKS])
        + rb"(?=[\t\n\f\r />=]|\Z)|[oO][nN]|" + OURS
    )  # fmt: skip
    other = _SEPARATED + rb"(?!" + wanted + rb")" + attribute().removeprefix(_SEPARATED)
    value = rb"""(?:"[^"]*+"|'[^']*+'|[^\t\n\f\r "'>][^\t\n\f\r >]*+|\Z)"""
    return (
        re.compile(loop(attribute(), atomic=atomic, count=b"{%d}" % (MAX_ATTRIBUTES + 1))),
        re.compile(
            loop(other, atomic=atomic) + _SEPARATED
            + rb"([^\t\n\f\r />][^\t\n\f\r />=]*+)(?:" + S + rb"*+=" + S + rb"*+" + value + rb")?"
        ),
    )  # fmt: skip


def crowded(match: re.Match[bytes], *, atomic: bool = NEEDS_ATOMIC) -> bool:
    """Whether a tag (`Grammar.tag`) has more attributes than are judged."""
    start, end = match.span(3)
    if end - start < 2 * MAX_ATTRIBUTES:
        return False
    # What was added does not count, so that what was taken for an image is taken for one when it is restored.
    added = LABELS.match(match.string, start, end)
    start = start if added is None else added.end()
    return _expressions(atomic=atomic)[0].match(match.string, start, end) is not None


def of_concern(match: re.Match[bytes], *, atomic: bool = NEEDS_ATOMIC) -> Iterator[int]:
    """Where the names of the attributes stand that fetch whatever the element, and those that look like ours."""
    position, end = match.span(3)
    data, following = match.string, _expressions(atomic=atomic)[1].match
    while (found := following(data, position, end)) is not None:
        yield found.start(1)
        position = found.end()
