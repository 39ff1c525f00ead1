"""One rule: what a browser takes a Content-Type field for (Fetch §2.2.2, "extract a MIME type"; MIME Sniffing §4).

Of several fields, and of one with commas in it, the last type counts; what is no type is passed over, and what
then is left of it (`text/html, charset=utf-8`) is not lost. A type also ends at a blank or a bracket, as in Chromium.
Types that say nothing (`*/*`, `unknown/unknown`, one without a slash) are as none: a browser looks into the body.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from consentkit.http import list_items

CACHED_FIELDS: Final = 256  # kinds of answers remembered: an app has some dozens
UNKNOWN: Final = frozenset({"unknown/unknown", "application/unknown"})  # MIME Sniffing §7: looked into

_TYPE: Final = re.compile(r"[^ \t;(]+")
_PARAMETER: Final = re.compile(
    r';[ \t]*([^ \t;="]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"?|([^ \t;(]*))|;|"(?:[^"\\]|\\.)*"?|[^;"]+', re.DOTALL
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


class Media(NamedTuple):
    """What the field says.

    Attributes:
        essence: type and subtype, lower case; empty where a browser has to look into the body.
        charset: the parameter, as written; None if there is none.
    """

    essence: str
    charset: str | None


@lru_cache(CACHED_FIELDS)
def media(content_type: str | None) -> Media:
    """Reads the field's value, several of it joined with commas."""
    essence, charset = "", None
    for item in list_items(content_type or ""):
        found = _TYPE.match(item)
        named = found[0].lower() if found else ""
        if "/" not in named or named == "*/*":
            continue
        given = _charset(item[len(named) :])
        charset = given if given is not None or named != essence else charset
        essence = named
    return Media("" if essence in UNKNOWN else essence, charset)


def _charset(parameters: str) -> str | None:
    """The first parameter of that name; quotes of either kind are not part of it."""
    for name, quoted, bare in _PARAMETER.findall(parameters):
        if name.lower() == "charset":
            return _ESCAPE.sub(r"\1", quoted) or bare.strip("'") or None
    return None
