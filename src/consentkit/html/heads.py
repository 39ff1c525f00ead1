"""One rule: in a head that has begun, what fetches nothing and ends nothing is passed over in one step."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from consentkit.html.syntax import BEGIN, NEEDS_ATOMIC, SOME, comment, loop

#: Elements that the expression passes over, so that nobody may have declared them.
PASSED: Final = frozenset({"meta", "title"})

#: What says something of the page, and no ``http-equiv`` that does anything here; a title of plain text.
_NAMES: Final = (
    rb"[ \t\n\r]++(?:(?:[cginlp][a-z\-]*+|scheme%s)=(?:\"[^\"]*+\"|'[^']*+'|[^\t\n\f\r \"'>=<]++(?=[\t\n\r >]))"
    rb"|http-equiv=\"(?:[cC]ontent-[tTlL][a-zA-Z]*+|[xXeEoO][a-zA-Z\-]*+|[cC]ache-[cC]ontrol|[pP]ragma|[iI]mage[tT]oolbar)\""
    rb")"
)
#: End tags that end no head: of what is read with its text, or ends nothing.
_ENDS: Final = rb"</(?:script|style|title|meta|link)>"


@cache
def head_run(lazy: bool, *, atomic: bool = NEEDS_ATOMIC) -> re.Pattern[bytes]:
    """What is passed over in a head, then the beginning of a tag if one follows.

    Args:
        lazy: other names in ``data-`` may be of concern than marks.
        atomic: the form.
    """
    named = loop(_NAMES % (b"" if lazy else rb"|data-(?!c)[a-z0-9\-]++"), atomic=atomic, count=SOME)
    says = rb"<meta(?=[ \t\n\r])" + named + rb"[ \t\n\r]*+/?>|<title>[^<]*+</title>"
    comments = rb"(?!<!--(?:ck)+\[)" + comment(atomic=atomic)
    return re.compile(loop(rb"[\t\n\f\r ]++|" + says + rb"|" + _ENDS + rb"|" + comments, atomic=atomic) + BEGIN)
