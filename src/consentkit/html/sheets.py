"""One rule: a style sheet that fetches nothing it may not is known for one by its ``url()``s alone.

A pure subset of `css`: for a sheet in which anything is odd, nothing is said here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from consentkit.html.syntax import NEEDS_ATOMIC, loop

#: Sheets that are judged whatever is in them.
SHORT: Final = 1 << 15
#: URLs of one longer sheet that are judged; each takes ten microseconds or so. Real sheets have some hundred.
MAX_URLS: Final = 4096
#: The longest sheet that is judged although it is not plain, and the parentheses, quotes and rules in it. That takes
#: half a second for a megabyte. The longest real one that was met has 150 kB, and two thousand of them.
MAX_ODD: Final = 1 << 18
MAX_MARKS: Final = 8192
_MARKS: Final = (b"(", b'"', b"'", b"@")

#: Without one of these nothing is fetched, not even by another sheet that takes a string from here. In an attribute
#: the reference of a character may be one.
_FETCHES: Final = re.compile(rb"[(@\\]|--|&(?!quot;|amp;|apos;|nbsp;|#0?39;|#x27;|#34;)")
#: Rules that take strings for URLs, rules that take URLs for names, and rules whose strings may become URLs elsewhere.
_IMPORT: Final = re.compile(rb"@[iI][mM]")
_ODD_RULE: Final = re.compile(rb"@(?:[nN][aA][^;{}\"'(]*+[(]|[pP][rR][oO]|[fF][uU])")
_NAMESPACE: Final = re.compile(rb"@[nN][aA]")
#: A custom property with a string, or what may hide one (a comment before its colon, too): it may become a URL
#: elsewhere, as may what the page's own functions are given.
_CUSTOM: Final = re.compile(
    rb"--(?<!<!--)[^\t\n\f\r :;{}\"'()/]*+(?:\(|[\t\n\f\r ]*+(?:/\*|:"
    + loop(rb"[^;{}\"'/\\(]++|/(?!\*)|\((?<![iI][fF]\()", atomic=NEEDS_ATOMIC) + rb"[\"'/\\(]))"
)  # fmt: skip
_REFERENCES: Final = ((b"&quot;", b'"'), (b"&#34;", b'"'), (b"&#39;", b"'"), (b"&#039;", b"'"))

_STRING: Final = rb"|".join(
    quote + rb"[^" + quote + rb"\\\n\r\f]*+"
    + loop(rb"\\[^\n\r\f][^" + quote + rb"\\\n\r\f]*+", atomic=NEEDS_ATOMIC) + quote
    for quote in (b'"', b"'")
)  # fmt: skip
#: Escapes in names that cannot make another name ``url``.
_ESCAPE: Final = rb"\\(?:[:/.,\[\]%!@#&>*+()~=$|?{}]|[0-9](?=[;}!]))"
_COMMENT: Final = rb"/\*[^*]*+" + loop(rb"\*++[^*/][^*]*+", atomic=NEEDS_ATOMIC) + rb"\*++/"
#: Functions that take no URL: the parenthesis is what the search finds fast, so the name is looked at behind it.
_FUNCTION: Final = rb"\((?<![uU][rR][lL]\()(?<![sS][rR][cC]\()(?<![aA][gG][eE]\()(?<!-[sS][eE][tT]\()"


def _skipped(strings: bytes) -> bytes:
    """What fetches nothing, with ``strings`` among it."""
    body = (
        rb"[^\"'(/<\\@]++|@(?![iI][mM])|" + strings + _ESCAPE + rb"|" + _FUNCTION + rb"|" + _COMMENT
        + rb"|/(?!\*)|<(?!!--(?![\t\n\f\r ]))"
    )  # fmt: skip
    return loop(body, atomic=NEEDS_ATOMIC)


_URL: Final = (
    rb"(?<=[\t\n\f\r :,;{(/][uU][rR][lL]\()[\t\n\f\r ]*+"
    rb"(?:\"([^\"\\\n\r\f]*+)\"|'([^'\\\n\r\f]*+)'|([^\"'()\\\t\n\f\r ]*+))[\t\n\f\r ]*+\)"
)
_IMPORTED: Final = (
    rb"[iI][mM][pP][oO][rR][tT](?:[\t\n\f\r ]++[uU][rR][lL]\([\t\n\f\r ]*+"
    rb"(?:\"([^\"\\\n\r\f ]++)\"|'([^'\\\n\r\f ]++)'|([^\"'()\\\t\n\f\r ;]++))[\t\n\f\r ]*+\)"
    rb"|[\t\n\f\r ]*+(?:\"([^\"\\\n\r\f ]++)\"|'([^'\\\n\r\f ]++)'))"
)
#: All up to the next ``url()`` or ``@import``, and it: a URL in double quotes, in single quotes, or bare.
_FOUND: Final = rb"\((?<!\\.[uU][rR][lL]\()" + _URL + rb"|@" + _IMPORTED
_NEXT: Final = re.compile(_skipped(_STRING + rb"|") + rb"(?:" + _FOUND + rb")?")
#: The same up to the next string, too, which is captured without its quotes.
_NEXT_STRING: Final = re.compile(
    _skipped(b"") + rb"(?:" + _FOUND + rb"|"
    + rb"|".join(
        quote + rb"([^" + quote + rb"\\\n\r\f]*+"
        + loop(rb"\\[^\n\r\f][^" + quote + rb"\\\n\r\f]*+", atomic=NEEDS_ATOMIC) + rb")" + quote
        for quote in (b'"', b"'")
    ) + rb")?"
)  # fmt: skip
#: The captures up to here are those of ``url()``, bare in the last; those up to there are those of imports.
_LAST_OF_URL: Final = 3
_LAST_OF_IMPORTS: Final = 8


class SheetUrl(NamedTuple):
    """A URL in a plain style sheet.

    Attributes:
        start: its offset.
        url: as written, which without escapes is what it is.
        imported: it is the URL of an ``@import``.
    """

    start: int
    url: bytes
    imported: bool


def simple_urls(raw: bytes, *, most: int | None = None) -> list[SheetUrl] | None:
    """The URLs of a style sheet as `css.css_urls` finds them; None of a sheet that is not plain.

    Args:
        raw: a sheet, or the value of a ``style`` attribute without character references, in an encoding in which
            every ASCII byte is that character.
        most: where there are more it does not matter how many.
    """
    if b"\0" in raw or _ODD_RULE.search(raw) or (b"--" in raw and _CUSTOM.search(raw)):
        return None
    urls: list[SheetUrl] = []
    left = len(_IMPORT.findall(raw))
    position, match = 0, _NEXT.match
    while most is None or len(urls) <= most:
        found = match(raw, position)
        if found is None:
            return None
        position = found.end()
        which = found.lastindex
        if which is None:
            # Chromium's scanner also sees imports in strings and comments.
            return urls if position == len(raw) and not left else None
        url = found[which]
        if which > _LAST_OF_URL:
            left -= 1
            urls.append(SheetUrl(found.start(which), url, True))
        elif url and url[0] != 0x23:  # not a reference into the document
            urls.append(SheetUrl(found.start(which), url, False))
    return urls


def urls_and_strings(raw: bytes) -> tuple[list[SheetUrl], set[bytes]] | None:
    """The URLs of a style sheet that is odd by nothing but custom properties, and all its other strings.

    Such a string may become a URL elsewhere. If every one of them may be fetched, the URLs are all that counts.

    Args:
        raw: as for `simple_urls`.

    Returns:
        The URLs, and the strings as written; None of a sheet that is odd otherwise.
    """
    if b"\0" in raw or _ODD_RULE.search(raw) or _NAMESPACE.search(raw):
        return None
    urls: list[SheetUrl] = []
    strings: set[bytes] = set()
    left = len(_IMPORT.findall(raw))
    position, match = 0, _NEXT_STRING.match
    while True:
        found = match(raw, position)
        if found is None:
            return None
        position = found.end()
        which = found.lastindex
        if which is None:
            return (urls, strings) if position == len(raw) and not left else None
        text = found[which]
        if which > _LAST_OF_IMPORTS:
            strings.add(text)
        elif which > _LAST_OF_URL:
            left -= 1
            urls.append(SheetUrl(found.start(which), text, True))
        elif text and text[0] != 0x23:  # not a reference into the document
            # In a custom property what is in quotes is no font.
            if which < _LAST_OF_URL and in_font_face(raw, found.start(which)):
                return None
            urls.append(SheetUrl(found.start(which), text, False))


def too_much(raw: bytes, *, references: bool = False) -> bool:
    """Whether judging a style sheet would hold the interpreter for long. It is blocked as a whole then.

    Args:
        raw: as it stands in the page.
        references: character references stand for characters.
    """
    if len(raw) <= SHORT:
        return False
    if references and raw.count(b"&") > MAX_MARKS:
        return True
    urls = simple_urls(raw, most=MAX_URLS)
    if urls is not None:
        return len(urls) > MAX_URLS
    return len(raw) > MAX_ODD or sum(map(raw.count, _MARKS)) > MAX_MARKS


def may_fetch(raw: bytes) -> bool:
    """Whether a style sheet holds anything by which it could fetch."""
    return _FETCHES.search(raw) is not None


def fetches_freely(raw: bytes, free: Callable[[bytes], bool], *, attribute: bool) -> bool:
    """Whether a style sheet certainly fetches nothing that it may not.

    Args:
        raw: a sheet, or the value of a ``style`` attribute, as it stands in the page.
        free: says whether a URL as written in CSS without escapes certainly may be fetched.
        attribute: character references stand for characters.
    """
    if not may_fetch(raw):
        return True
    if attribute and b"&" in raw:
        for reference, character in _REFERENCES:
            raw = raw.replace(reference, character)
        if b"&" in raw:
            return False
    urls = simple_urls(raw)
    return urls is not None and all(
        free(url.url) and not (url.imported and url.url.startswith(b"data:")) for url in urls
    )


def in_font_face(raw: bytes, offset: int) -> bool:
    """Whether a URL in a sheet is a font's: the innermost block is that of ``@font-face``."""
    begun = raw.rfind(b"{", 0, offset)
    if begun <= raw.rfind(b"}", 0, offset):
        return False
    prelude = raw[max(raw.rfind(mark, 0, begun) for mark in (b"{", b"}", b";")) + 1 : begun]
    return b"@font-face" in prelude.lower()
