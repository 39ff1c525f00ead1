"""One rule: a style sheet that fetches nothing it may not is known for one by its ``url()``s alone.

A pure subset of `css`: for a sheet in which anything is odd, nothing is said here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from consentkit.html.scanner import NEEDS_ATOMIC, loop

#: Without one of these nothing is fetched. In an attribute the reference of a character may be one.
_FETCHES: Final = re.compile(rb"[(@\\]|&(?!quot;|amp;|apos;|nbsp;|#0?39;|#x27;|#34;)")
#: Rules that take strings for URLs, or take URLs for names.
_RULES: Final = re.compile(rb"@(?:[iI][mM]|[nN][aA])")
#: Strings in a custom property may become URLs elsewhere.
_CUSTOM: Final = re.compile(rb"--(?<!<!--)[^\t\n\f\r :;{}\"'()/]*+[\t\n\f\r ]*+:")
_QUOTES: Final = ((b"&quot;", b'"'), (b"&#34;", b'"'), (b"&#39;", b"'"), (b"&#039;", b"'"))

_STRING: Final = rb"\"[^\"\\\n\r\f]*+\"|'[^'\\\n\r\f]*+'"
_COMMENT: Final = rb"/\*[^*]*+" + loop(rb"\*++[^*/][^*]*+", atomic=NEEDS_ATOMIC) + rb"\*++/"
#: Functions that take no URL: the parenthesis is what the search finds fast, so the name is looked at behind it.
_FUNCTION: Final = rb"\((?<![uU][rR][lL]\()(?<![sS][rR][cC]\()(?<![aA][gG][eE]\()(?<!-[sS][eE][tT]\()"
_SKIPPED: Final = loop(
    rb"[^\"'(/<]++|" + _STRING + rb"|" + _FUNCTION + rb"|" + _COMMENT + rb"|/(?!\*)|<(?!!--(?![\t\n\f\r ]))",
    atomic=NEEDS_ATOMIC,
)
#: All up to the next ``url()``, and it: its URL in double quotes, in single quotes, or bare.
_NEXT: Final = re.compile(
    _SKIPPED + rb"(?:\((?<=[uU][rR][lL]\()[\t\n\f\r ]*+"
    rb"(?:\"([^\"\\\n\r\f]*+)\"|'([^'\\\n\r\f]*+)'|([^\"'()\\\t\n\f\r ]*+))[\t\n\f\r ]*+\))?"
)  # fmt: skip


def fetches_freely(raw: bytes, free: Callable[[bytes], bool], *, attribute: bool) -> bool:
    """Whether a style sheet certainly fetches nothing that it may not.

    Args:
        raw: a sheet, or the value of a ``style`` attribute, as it stands in the page.
        free: says whether a URL as written in CSS without escapes certainly may be fetched.
        attribute: character references stand for characters.
    """
    if _FETCHES.search(raw) is None:
        return True
    if attribute and b"&" in raw:
        for reference, character in _QUOTES:
            raw = raw.replace(reference, character)
        if b"&" in raw:
            return False
    if b"\\" in raw or _RULES.search(raw) is not None or _CUSTOM.search(raw) is not None:
        return False
    position, end = 0, len(raw)
    while True:
        found = _NEXT.match(raw, position)
        if found is None:
            return False
        position = found.end()
        which = found.lastindex
        if which is None:
            return position == end
        if not free(found[which]):
            return False
