"""One rule: every URL that a style sheet could make a browser fetch is found, as CSS spells it.

The tokenizer of CSS Syntax Level 3 (§4), as far as it decides what is a URL: comments, strings,
escapes, names, ``url(`` tokens and functions; no tree. Where a browser might or might not fetch, the
URL is reported: that blocks more. So these are reported too: ``@import`` at the wrong place, the
contents of a bad ``url(`` token, ``src()`` and ``image()``, strings in custom properties (they may
reach ``image-set()`` through ``var()``), and imports that only Chromium's preload scanner sees
(`_preloaded`). Not reported: ``@namespace``, and references into the document itself (``url(#id)``).

Time is linear in the text.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple


class CssKind(StrEnum):
    """What a URL in CSS is for."""

    IMPORT = "import"
    FONT = "font"
    IMAGE_SET = "image-set"
    URL = "url"


class CssUrl(NamedTuple):
    """A URL in CSS.

    Attributes:
        start: offset of the URL as written, behind the quote or parenthesis. Text without quotes,
            parentheses, spaces and backslashes can be inserted here whatever the form.
        end: offset behind the URL as written.
        url: the URL, CSS escapes decoded, to be parsed against the document's or sheet's base.
        kind: what for.
    """

    start: int
    end: int
    url: str
    kind: CssKind


_ESCAPE: Final = r"\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\n\r\f])?|[^\n\r\f0-9a-fA-F])"
# §4.2 "ident code point", with U+0000 and surrogates, which preprocessing (§3.3) makes U+FFFD.
_NAME: Final = (
    r"(?:[\w\-\x00\xb7\xc0-\xd6\xd8-\xf6\xf8-\u037d\u037f-\u1fff\u200c\u200d\u203f\u2040\u2070-\u218f"
    r"\u2c00-\u2fef\u3001-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]|" + _ESCAPE + ")"
).replace(r"\w", "a-zA-Z0-9_")

#: Everything that matters, in the order in which it is tried. A run of name characters is taken
#: whole, numbers and dimensions with it, so that ``furl(`` and ``1url(`` are not ``url(``.
_TOKEN: Final = re.compile(rf"/\*|<!--|[\"'(){{}}\[\];:]|[#@]?{_NAME}+\(?")
_SPACE: Final = re.compile(r"[ \t\n\r\f]*")
_STRING: Final = {
    '"': re.compile(r'[^"\\\n\r\f]*(?:\\(?:\r\n|[\s\S]|\Z)[^"\\\n\r\f]*)*'),
    "'": re.compile(r"[^'\\\n\r\f]*(?:\\(?:\r\n|[\s\S]|\Z)[^'\\\n\r\f]*)*"),
}
#: The inside of an unquoted ``url(`` up to its parenthesis, good or bad (§4.3.6, §4.3.14).
_URL_TOKEN: Final = re.compile(r"[^)\\]*(?:\\(?:[\s\S]|\Z)[^)\\]*)*")
_UNESCAPE: Final = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\n\r\f])?|(\r\n|[\n\r\f])|([\s\S])|\Z)")

_CLOSES: Final = {")": "(", "]": "[", "}": "{"}
#: Functions whose strings are URLs; ``type()`` inside ``image-set()`` is a function of its own.
_STRING_FUNCTIONS: Final = {
    "url(": CssKind.URL,
    "src(": CssKind.URL,
    "image(": CssKind.URL,
    "image-set(": CssKind.IMAGE_SET,
    "-webkit-image-set(": CssKind.IMAGE_SET,
}


def css_urls(text: str) -> list[CssUrl]:
    """The URLs of a style sheet, of a ``style`` attribute or of a presentation attribute, in order.

    Args:
        text: the text of a ``style`` element, or an attribute's value with character references decoded.
    """
    found = _tokenized(text)
    seen = {url.start for url in found}
    extra = [url for url in _preloaded(text) if url.start not in seen]
    return sorted(found + extra) if extra else found


def unescape(text: str) -> str:
    """Decode the escapes of a CSS string, name or URL (§4.3.7)."""
    return _UNESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    digits, newline, character = match.groups()
    if digits:
        code = int(digits, 16)
        return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    if newline:
        return ""
    return character or ""


def _tokenized(text: str) -> list[CssUrl]:
    urls: list[CssUrl] = []
    stack: list[str] = []  # what is open: "{", "@font-face{", "(", "[" or a function with its parenthesis
    at_rule = ""  # the at-rule whose prelude we are in
    importing = False  # the URL of an @import is to come
    name = ""  # the last name, for custom properties
    custom = -1  # depth of the custom property whose value we are in, or -1

    def report(start: int, end: int, kind: CssKind) -> None:
        nonlocal importing
        if importing:
            kind, importing = CssKind.IMPORT, False
        elif at_rule == "@namespace":
            return
        elif kind is CssKind.URL and "@font-face{" in stack[-2:]:
            kind = CssKind.FONT
        url = unescape(text[start:end])
        if url and (kind is CssKind.IMPORT or not url.startswith("#")):
            urls.append(CssUrl(start, end, url, kind))

    position = 0
    while match := _TOKEN.search(text, position):
        token = match[0]
        position = match.end()
        first = token[0]
        if token == "/*":
            end = text.find("*/", position)
            if end < 0:
                break
            position = end + 2
            continue
        if token == "<!--":
            continue
        if first in _STRING:
            start = position
            position = _end(_STRING[first], text, start)
            end = position
            position += text.startswith(first, position)
            function = stack[-1] if stack else ""
            if importing:
                report(start, end, CssKind.IMPORT)
            elif function in _STRING_FUNCTIONS:
                report(start, end, _STRING_FUNCTIONS[function])
            elif custom >= 0:
                report(start, end, CssKind.IMAGE_SET)
        elif token == "{":
            stack.append("@font-face{" if at_rule == "@font-face" else "{")
            at_rule, importing = "", False
        elif token in {"(", "["}:
            stack.append(token)
        elif token in _CLOSES:
            if stack and stack[-1].endswith(_CLOSES[token]):
                stack.pop()
            if token == "}":
                at_rule, importing = "", False
            if len(stack) < custom:
                custom = -1
        elif token == ";":
            at_rule, importing = "", False
            if len(stack) <= custom:
                custom = -1
        elif token == ":":
            if name.startswith("--") and custom < 0:
                custom = len(stack)
        elif first == "@":
            at_rule = unescape(token.rstrip("(")).lower()
            importing = at_rule == "@import"
            if token.endswith("("):
                stack.append("(")
        elif token.endswith("("):
            function = unescape(token).lower()
            start = _end(_SPACE, text, position)
            if function == "url(" and text[start : start + 1] not in {'"', "'"}:
                position = _end(_URL_TOKEN, text, start)
                report(start, start + len(text[start:position].rstrip(" \t\n\r\f")), CssKind.URL)
                position += 1
            else:
                stack.append(function)
        else:
            name = unescape(token)
            continue
        name = ""
    return urls


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


_PRELOAD_RULE: Final = re.compile(r"@([a-zA-Z][^;\t\n\f\r ]*)([^;]*)(;?)")
_PRELOAD_URL: Final = re.compile(r"""[ \t\n\r\f]*(?:[uU][rR][lL]\([ \t\n\r\f]*(["']?)|(["']))[ \t\n\r\f]*""")


def _preloaded(text: str) -> list[CssUrl]:
    """Imports that Chromium fetches ahead, although they may stand in a string or a bad token.

    Its scanner walks over leading ``@charset``, ``@layer`` and ``@import`` rules to their
    semicolons and knows neither strings nor escapes nor blocks, so that
    ``@charset ";@import url(//host/a);"`` contacts the host.
    """
    urls: list[CssUrl] = []
    position = 0
    while True:
        position = _end(_SPACE, text, position)
        if text.startswith("/*", position):
            position = text.find("*/", position + 2) + 2
            if position < 2:
                return urls
            continue
        if text.startswith("/", position):
            position += 2  # it takes one character with the stroke and begins anew
            continue
        rule = _PRELOAD_RULE.match(text, position)
        if rule is None:
            if not text.startswith("@", position):
                return urls
            position += 2  # likewise
            continue
        if not rule[3]:
            return urls
        position = rule.end()
        word = rule[1].lower()
        if word == "import":
            opening = _PRELOAD_URL.match(text, rule.start(2), rule.end(2))
            if opening:
                start = opening.end()
                end = text.find(opening[1] or opening[2] or ")", start, rule.end(2))
                end = rule.end(2) if end < 0 else end
                url = unescape(text[start:end]).strip()
                if url:
                    urls.append(CssUrl(start, end, url, CssKind.IMPORT))
        elif rule[2] and word not in {"charset", "layer"}:
            return urls
