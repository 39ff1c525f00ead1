"""What inline code names: services by their signatures, URLs that it loads, modules that it imports."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from consentkit.html.urls import parse_url
from consentkit.policy.models import Service

#: Letters and digits make words; names begin anew at "_" and "$": "_hjSettings" holds "hjSettings".
_SEPARATED: Final = bytes(code if chr(code).isalnum() and code < 128 else 0x20 for code in range(256))
#: Words that most code has anyway: a signature is looked up under another one if it can be.
_COMMON_WORDS: Final = frozenset(
    b"window document function script static google config create var new push init load track send set get com net "
    b"js www https http id data async s t n a".split()
)
ESCAPED_SLASH: Final = re.compile(r"\\(?:/|u002[fF]|x2[fF])")
CODE_URL: Final = re.compile(
    r"//([A-Za-z0-9_][A-Za-z0-9_.\-]*\.[A-Za-z][A-Za-z0-9\-]*)\.?(?::[0-9]+)?(/[^\s\"'`<>\\()]*)?"
)
#: What code needs to contact anybody. Without one of these a URL in it is mere data for other code.
_LOADING_WORDS: Final = (
    "createElement", "setAttribute", "insertAdjacent", "appendChild", "innerHTML", "outerHTML", "sendBeacon",
    "XMLHttpRequest", "EventSource", "WebSocket", "Worker(", "Image(", "Audio(", "script(", "Script(", "getJSON",
    "axios", "srcdoc",
)  # fmt: skip
#: The rest of it, for which a search for words will not do.
_LOADS: Final = re.compile(
    r"\.(?:src|href|action)\s*=|\bimport\b|(?:fetch|ajax|load|write|writeln|open|assign|replace)\s*\(|location\s*="
)
#: In front of a URL that is taken as a source or handed to what loads.
TAKEN: Final = re.compile(
    r"""(?:\bsrc["']?\s*[=:,]|\bdata["']?\s*=|[fF]etch\(|[sS]cript\(|import\(|[bB]eacon\(|load\w*\(|ajax\(|\$\.get\()[\s"'`\\(]*(?:https?:)?\Z"""
)
LOOK_BACK: Final = 48
_IMPORT: Final = re.compile(
    r"""\b(?:import|from)\b(?:\s|\(|/\*[^*]{0,200}\*/)*["'`]((?:[hH][tT][tT][pP][sS]?:)?//[^"'`\s]*)"""
)
MANAGERS: Final = re.compile(r"\b__(?:tcfapi|gpp|uspapi|cmp)\b")  # of other consent managers (R91)
_CODE_FILE: Final = re.compile(r"[^?#]*\.m?js(?:[?#]|\Z)")
_ANY_PAGE: Final = parse_url("https://localhost/", None)  # imports without a scheme take the page's, whatever it is
#: First labels of hosts where people read pages: a URL there is a link as likely as a request.
_READ_BY_PEOPLE: Final = frozenset({"www", "m", "mobile", "web"})


@dataclass(frozen=True, slots=True)
class Named:
    """What inline code names, whoever may be granted."""

    services: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    imports: tuple[tuple[str, str, str], ...] = ()


class Signatures:
    """Signatures of inline code, found by a word of each: the time does not grow with their number."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._by_word: dict[bytes, list[tuple[str, str]]] = {}
        self._wordless: list[tuple[str, str]] = []
        pairs = [(text, service.id) for service in services for text in service.inline]
        common = Counter(word for text, _ in pairs for word in set(_words(text)))
        for text, id_ in pairs:
            word = min(_words(text), key=lambda word: (word in _COMMON_WORDS, common[word], -len(word)), default=b"")
            if word:
                self._by_word.setdefault(word, []).append((text, id_))
            else:
                self._wordless.append((text, id_))
        self._keys = frozenset(self._by_word)

    def find(self, text: str) -> set[str]:
        """Ids of the services whose signatures the text holds."""
        found = {id_ for signature, id_ in self._wordless if _occurs(signature, text)}
        for word in self._keys.intersection(_split(text)):
            found.update(id_ for signature, id_ in self._by_word[word] if _occurs(signature, text))
        return found


def _split(text: str) -> list[bytes]:
    return text.encode("ascii", "replace").translate(_SEPARATED).split()


def _words(signature: str) -> list[bytes]:
    """The words that a text has wherever it has the signature.

    The last may go on in the text (``fbq('track`` in ``fbq('trackCustom'``), so it counts only if the
    others tell nothing: ``window.Vendor`` is found where ``Vendor`` is a word.
    """
    words = _split(signature)
    telling = [word for word in words[:-1] if word not in _COMMON_WORDS]
    return telling if telling and _is_word(signature[-1]) else words


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _occurs(signature: str, text: str) -> bool:
    """Whether a signature stands in the text, at the beginning of a word if it begins with one."""
    position = text.find(signature)
    while position >= 0:
        if position == 0 or not (_is_word(signature[0]) and _is_word(text[position - 1])):
            return True
        position = text.find(signature, position + 1)
    return False


def loads(text: str) -> bool:
    """Whether code does anything by which somebody could be contacted."""
    return any(word in text for word in _LOADING_WORDS) or _LOADS.search(text) is not None


def is_request(host: str, path: str) -> bool:
    """Whether a URL in code is one to be fetched rather than a link to a page for people."""
    first, _, rest = host.partition(".")
    return bool(_CODE_FILE.match(path)) or ("." in rest and first not in _READ_BY_PEOPLE)


def imports_of(text: str) -> Iterator[tuple[str, str, str]]:
    """Hosts, paths and URLs of modules that code imports by absolute URL."""
    if "import" in text:
        for match in _IMPORT.finditer(text):
            url = parse_url(match[1], _ANY_PAGE)
            if url is not None:
                yield url.host, url.path, url.href
