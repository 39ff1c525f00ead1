"""One rule: which URLs the text of a script names, as far as its text alone tells."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Final

from consentkit.html.urls import C0_AND_SPACE, TAB_OR_NEWLINE

#: A URL in a script's text, quoted or not, but not in the midst of a path: enough to know the host. Behind a scheme
#: any number of slashes will do, either way they lean; with fewer than two there has to be a dot.
_URL_IN_CODE: Final = re.compile(
    r"(?:\b(?:https?|wss?):(?:[/\\]{2,}|[/\\]?(?=[A-Za-z0-9\-%@\x80-\U0010ffff]*\.))|(?<![\w.%\-])(?:\\?/){2})"
    r"[A-Za-z0-9\-._\[\]:%@\x80-\U0010ffff]*[A-Za-z0-9\]\x80-\U0010ffff][^\s\"'`<>\\)]*"
)
#: What a module imports: the only URLs in an inline module that a browser fetches without running it. Comments in
#: between are passed over up to a length, so that time is linear however many of them are never closed.
#: Groups are atomic, not possessive: those are broken in CPython 3.11.0 to 3.11.4 (`syntax`).
_IMPORT: Final = re.compile(
    r"(?:\bfrom|\bimport)(?=[\s(/\"'])[\s(]*+"
    r"(?>(?:(?:/\*[^*]{0,2000}+(?>(?:\*(?!/)[^*]{0,2000}+){0,20})\*/|//[^\n\r]{0,2000}+)[\s(]*+){0,20})"
    r"(?:\"((?>(?:[^\"\\\n\r]++|\\[\s\S])+))\"|'((?>(?:[^'\\\n\r]++|\\[\s\S])+))')"
)
#: An import behind comments too long or too many to be passed over.
_UNTOLD_IMPORT: Final = re.compile(
    r"(?:\bfrom|\bimport)(?=[\s(/])[\s(]*+"
    r"(?>(?:(?:/\*[^*]{0,2000}+(?>(?:\*(?!/)[^*]{0,2000}+){0,20})\*/|//[^\n\r]{0,2000}+(?![^\n\r]))[\s(]*+){0,20})/[*/]"
)
#: A specifier that is a URL begins so, or with a scheme; others are names in an import map.
_RELATIVE_SPECIFIER: Final = re.compile(r"\.{0,2}/")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_CONTROLS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
_CODE_ESCAPE: Final = re.compile(
    r"\\(?:u\{0*([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\n\r\u2028\u2029])|([\s\S]))"
)


def imports(text: str) -> Iterator[tuple[str, bool]]:
    """The URLs that a module imports, and whether each is relative to the document."""
    for match in _IMPORT.finditer(text):
        specifier = unescaped(match[1] or match[2])
        relative = _RELATIVE_SPECIFIER.match(specifier) is not None
        # The URL parser takes away what stands before a scheme and in it.
        if relative or _SCHEME.match(specifier.lstrip(C0_AND_SPACE).translate(TAB_OR_NEWLINE)):
            yield specifier, relative


def has_untold_import(text: str) -> bool:
    """Whether something is imported that `imports` cannot tell."""
    return _UNTOLD_IMPORT.search(text) is not None


def urls_in(text: str) -> Iterator[str]:
    """What looks like a URL with a host, wherever it stands."""
    return (match[0] for match in _URL_IN_CODE.finditer(text))


def unescaped(code: str) -> str:
    """Code with the escapes of its strings decoded (ECMAScript §12.9.4), wherever they stand."""
    return _CODE_ESCAPE.sub(_unescape, code) if "\\" in code else code


def _unescape(match: re.Match[str]) -> str:
    braced, four, two, newline, other = match.groups()
    digits = braced or four or two
    if digits:
        point = int(digits, 16)
        return chr(point) if point <= sys.maxunicode else "\ufffd"
    return "" if newline else _CONTROLS.get(other, other)
