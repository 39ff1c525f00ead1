"""One rule: every URL that a style sheet could make a browser fetch is found, as CSS spells it.

The tokenizer of CSS Syntax Level 3 (§4), as far as it decides what is a URL: comments, strings,
escapes, names, ``url(`` tokens and functions; no tree. Where a browser might or might not fetch, the
URL is reported: that blocks more. So these are reported too: ``@import`` at the wrong place, the
contents of a bad ``url(`` token, ``src()`` and ``image()``, strings that may reach ``image-set()`` on a
detour (through custom properties, registered ones, custom functions, and functions inside it), and
imports that only Chromium's preload scanner sees (`_preloaded`). Not reported: ``@namespace``, and
references into the document itself (``url(#id)``).

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


# §4.2 "ident code point", with U+0000 and surrogates, which preprocessing (§3.3) makes U+FFFD.
_NAME_CODE_POINTS: Final = (
    r"a-zA-Z0-9_\-\x00\xb7\xc0-\xd6\xd8-\xf6\xf8-\u037d\u037f-\u1fff\u200c\u200d\u203f\u2040\u2070-\u218f"
    r"\u2c00-\u2fef\u3001-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff"
)
_ESCAPE: Final = r"\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\n\r\f])?|[^\n\r\f0-9a-fA-F])"

#: Without one of these no URL is anywhere: the quick way out.
_WORTH: Final = re.compile(r"[uU][rR][lL]\(|[sS][rR][cC]\(|[iI][mM][aApP]|--|\\")
#: Everything that matters where names have no escapes, so that a function's name can be read backwards.
_MARK: Final = re.compile(r"""["'(){};@\[\]\\]|/\*|<!--""")
#: The same where nothing is open: braces and semicolons can wait until something is.
_CALM: Final = re.compile(r"""["'(@\\]|/\*|<!--""")
#: Everything that matters in any text. A run of name code points is taken whole, numbers and
#: dimensions with it, so that ``furl(`` and ``1url(`` are not ``url(``.
_TOKEN: Final = re.compile(rf"""/\*|<!--|["'(){{}}\[\];]|[#@]?(?:[{_NAME_CODE_POINTS}]|{_ESCAPE})+\(?""")
_NAME_RUN: Final = re.compile(f"[{_NAME_CODE_POINTS}]*")
_COLON: Final = re.compile(r"(?>(?:[ \t\n\r\f]|/\*(?>(?:[^*]|\*(?!/))*)\*/)*):")
#: The name of a custom property, perhaps, and a comment before its colon.
_COMMENTED: Final = re.compile(rf"(?<![#@{_NAME_CODE_POINTS}])--[{_NAME_CODE_POINTS}]*[ \t\n\r\f]*/\*")
#: A function of the page's own, whose arguments may go anywhere.
_OWN_FUNCTION: Final = re.compile(rf"(?<![#@{_NAME_CODE_POINTS}])--[{_NAME_CODE_POINTS}]*\(")
_CUSTOM: Final = re.compile(rf"(?<!<!)(?<![#@{_NAME_CODE_POINTS}])--[{_NAME_CODE_POINTS}]*[ \t\n\r\f]*:")
_SPACE: Final = re.compile(r"[ \t\n\r\f]*")
_QUOTES: Final = frozenset("\"'")
_STRING: Final = {
    '"': re.compile(r'[^"\\\n\r\f]*(?:\\(?:\r\n|[\s\S]|\Z)[^"\\\n\r\f]*)*'),
    "'": re.compile(r"[^'\\\n\r\f]*(?:\\(?:\r\n|[\s\S]|\Z)[^'\\\n\r\f]*)*"),
}
#: The inside of an unquoted ``url(`` up to its parenthesis, good or bad (§4.3.6, §4.3.14).
_URL_TOKEN: Final = re.compile(r"[^)\\]*(?:\\(?:[\s\S]|\Z)[^)\\]*)*")
_UNESCAPE: Final = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\n\r\f])?|(\r\n|[\n\r\f])|([\s\S])|\Z)")

#: Functions whose strings are URLs.
_STRING_FUNCTIONS: Final = {
    "url": CssKind.URL,
    "src": CssKind.URL,
    "image": CssKind.URL,
    "image-set": CssKind.IMAGE_SET,
    "-webkit-image-set": CssKind.IMAGE_SET,
}
_LONGEST_FUNCTION: Final = max(map(len, _STRING_FUNCTIONS))
#: What is open inside such a function passes strings on to it, as ``var()``, ``env()`` and ``if()`` do; but for this.
_MEDIA_TYPE: Final = "type"
#: Rules whose strings may reach a function of strings: initial values and results.
_STRING_RULES: Final = frozenset({"property", "function"})
_CLOSES: Final = {")": "(", "]": "[", "}": "{"}
_STATEMENT_ENDS: Final = ";{}"
_FONT_FACE: Final = "@font-face{"


def css_urls(text: str) -> list[CssUrl]:
    """The URLs of a style sheet, of a ``style`` attribute or of a presentation attribute, in order.

    An ``@import`` with escapes comes twice, because Chromium fetches ahead what is written: as written it begins
    in front of its quote or ``url(``, where inserted text makes the rule void.

    Args:
        text: the text of a ``style`` element, or an attribute's value with character references decoded.
    """
    without = text.replace("\0", "") if "\0" in text else text
    if not _WORTH.search(without):
        return []
    found = _plain(text)
    if found is None:
        found = _exact(text)
    ahead = _preloaded(text)
    if ahead:
        seen = {url.start for url in found}
        found = sorted(found + [url for url in ahead if url.start not in seen])
    if without is not text:
        found = sorted({*found, *_moved(_preloaded(without), text)})
    return found


def _moved(urls: list[CssUrl], text: str) -> list[CssUrl]:
    """URLs of the text without its NULs, which Chromium's preload scanner drops, with their places in the text."""
    places = [at for at, character in enumerate(text) if character != "\0"] + [len(text)]
    return [url._replace(start=places[url.start], end=places[url.end]) for url in urls]


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


def _plain(text: str) -> list[CssUrl] | None:
    """The URLs of text without escapes, own functions, names behind CDO or before comments; None of other text."""
    if _OWN_FUNCTION.search(text) or _COMMENTED.search(text):
        return None
    sheet = _Sheet(text)
    position = seen = 0
    while match := (_MARK if sheet.stack or sheet.rule else _CALM).search(text, position):
        mark = match[0]
        position = match.end()
        if mark == "\\" or (mark == "<!--" and _is_name(text[position : position + 1])):
            return None
        if mark == "<!--":
            continue
        if mark in _BETWEEN:
            position = sheet.mark(mark, position)
            continue
        sheet.pass_over(text[seen : match.start()])
        if mark == "(":
            position = sheet.function(_name_before(text, match.start()), position)
        elif mark == "@":
            end = _end(_NAME_RUN, text, position)
            if end > position:
                sheet.at(text[position:end])
            position = end
        else:
            position = sheet.mark(mark, position)
        seen = position
    return sheet.urls


def _exact(text: str) -> list[CssUrl]:
    """The URLs of any text."""
    sheet = _Sheet(text)
    position = 0
    while match := _TOKEN.search(text, position):
        token = match[0]
        position = match.end()
        if token[0] == "@":
            sheet.at(unescape(token[1:].removesuffix("(")))
            if token[-1] == "(":
                position = sheet.function("", position)
        elif token[-1] == "(":
            position = sheet.function(unescape(token[:-1]), position)
        elif token in _MARKS:
            position = sheet.mark(token, position)
        elif unescape(token).startswith("--") and _COLON.match(text, position):
            sheet.custom = True
    return sheet.urls


_BETWEEN: Final = frozenset("{}[]);")
_MARKS: Final = _BETWEEN | _QUOTES | {"/*"}


class _Sheet:
    """What is open while a style sheet is read, and the URLs found."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.urls: list[CssUrl] = []
        self.stack: list[str] = []  # what is open: "(", "[", "{", "@font-face{", or a function's name and "("
        self.rule = ""  # name of the at-rule whose prelude we are in
        self.importing = False  # the URL of an @import is to come
        self.custom = False  # in the value of a custom property

    def mark(self, mark: str, position: int) -> int:
        """Any of `_MARKS`; gives the position behind what it begins."""
        if mark in _QUOTES:
            return self._string(mark, position)
        if mark == "/*":
            end = self.text.find("*/", position)
            return len(self.text) if end < 0 else end + 2
        if mark == "{":
            passes = self.rule in _STRING_RULES or self._function() in _STRING_FUNCTIONS
            self.stack.append(_FONT_FACE if self.rule == "font-face" else "image-set{" if passes else mark)
        elif mark == "[":
            self.stack.append(mark)
        elif mark != ";" and self.stack and self.stack[-1].endswith(_CLOSES[mark]):
            self.stack.pop()
        if mark in _STATEMENT_ENDS:
            self.rule, self.importing, self.custom = "", False, False
        return position

    def pass_over(self, between: str) -> None:
        """Text between marks that has no strings, comments and functions: does a custom property begin or end there?"""
        start = 1 + max(map(between.rfind, _STATEMENT_ENDS))
        if start:
            self.custom = False
        if not self.custom and "--" in between:
            self.custom = _CUSTOM.search(between, start) is not None

    def at(self, name: str) -> None:
        """An at-keyword."""
        self.rule = name.lower()
        self.importing = self.rule == "import"

    def function(self, name: str, position: int) -> int:
        """A function, from behind its parenthesis; gives the position to read on from."""
        name = name.lower()
        if name == "url":
            start = _end(_SPACE, self.text, position)
            if self.text[start : start + 1] not in _QUOTES:
                end = _end(_URL_TOKEN, self.text, start)
                self._report(start, start + len(self.text[start:end].rstrip(" \t\n\r\f")), CssKind.URL)
                return end + 1
        around = self._function()
        if self.custom or name.startswith("--"):
            name = "image-set"
        elif around in _STRING_FUNCTIONS and name not in _STRING_FUNCTIONS and name != _MEDIA_TYPE:
            name = around
        self.stack.append(name + "(")
        return position

    def _function(self) -> str:
        """What is open innermost, if it is a function; or a block that strings go on from as if it were one."""
        return self.stack[-1][:-1] if self.stack else ""

    def _string(self, quote: str, start: int) -> int:
        end = _end(_STRING[quote], self.text, start)
        function = self._function()
        if self.importing:
            self._report(start, end, CssKind.IMPORT)
        elif function in _STRING_FUNCTIONS:
            self._report(start, end, _STRING_FUNCTIONS[function])
        elif self.custom:
            self._report(start, end, CssKind.IMAGE_SET)
        return end + self.text.startswith(quote, end)

    def _report(self, start: int, end: int, kind: CssKind) -> None:
        if self.importing:
            kind, self.importing = CssKind.IMPORT, False
        elif self.rule == "namespace":
            return
        elif kind is CssKind.URL and _FONT_FACE in self.stack[-2:]:
            kind = CssKind.FONT
        url = unescape(self.text[start:end])
        if url and (kind is CssKind.IMPORT or not url.startswith("#")):
            self.urls.append(CssUrl(start, end, url, kind))


def _name_before(text: str, end: int) -> str:
    """The name of the function whose parenthesis is at ``end``, if it says what its strings are."""
    head = text[max(0, end - _LONGEST_FUNCTION) : end].lower()
    for name in (*_STRING_FUNCTIONS, _MEDIA_TYPE):
        if head.endswith(name):
            before = text[end - len(name) - 1 : end - len(name)] if end > len(name) else ""
            if before not in {"#", "@"} and not _is_name(before):
                return name
    return ""


def _is_name(character: str) -> bool:
    return _end(_NAME_RUN, character, 0) == 1


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


_PRELOAD_RULE: Final = re.compile(r"@([a-zA-Z][^;\t\n\f\r ]*)([^;]*)(;?)")
_PRELOAD_URL: Final = re.compile(
    r"""[ \t\n\r\f]*(?P<open>[uU][rR][lL]\([ \t\n\r\f]*(?P<inner>["']?)|(?P<quote>["']))[ \t\n\r\f]*"""
)


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
                end = text.find(opening["inner"] or opening["quote"] or ")", start, rule.end(2))
                end = rule.end(2) if end < 0 else end
                written = text[start:end].strip()
                url = unescape(written)
                if url:
                    urls.append(CssUrl(start, end, url, CssKind.IMPORT))
                if url != written:
                    urls.append(CssUrl(opening.start("open"), end, written, CssKind.IMPORT))
        elif rule[2] and word not in {"charset", "layer"}:
            return urls
