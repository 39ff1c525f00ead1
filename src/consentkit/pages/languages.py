"""One rule: the words are in the page's language, else in the visitor's, else in the policy's (R18, R206).

`lookup` is the Lookup of RFC 4647 §3.4 among the languages that there are texts for, so that `de-AT` finds `de`; a
script that readers of another cannot read is never given to them: `zh-TW` does not find `zh-Hans`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

MAX_FIELD = 1_000  # characters of Accept-Language that are read: browsers send about 60
MAX_PREFIX = 4_096  # bytes of a page in which its html element begins, if it says a language at all
# What each language calls itself, as the CLDR has it: known without reading every language's file.
NAMES = {
    "ar": "العربية",
    "bg": "български",
    "cs": "čeština",
    "da": "dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "español",
    "et": "eesti",
    "fi": "suomi",
    "fr": "français",
    "ga": "Gaeilge",
    "he": "עברית",
    "hr": "hrvatski",
    "hu": "magyar",
    "is": "íslenska",
    "it": "italiano",
    "ja": "日本語",
    "ko": "한국어",
    "lt": "lietuvių",
    "lv": "latviešu",
    "mt": "Malti",
    "nb": "norsk bokmål",
    "nl": "Nederlands",
    "pl": "polski",
    "pt-BR": "português (Brasil)",
    "pt": "português",
    "ro": "română",
    "sk": "slovenčina",
    "sl": "slovenščina",
    "sv": "svenska",
    "tr": "Türkçe",
    "uk": "українська",
    "zh-Hans": "中文 (简体)",
}
_RANGE = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*", re.IGNORECASE)
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
# Tags whose readers read another one of ours: macrolanguages, former names, and what is written alike.
_READS = {"no": "nb", "nn": "nb", "iw": "he", "mo": "ro", "in": "id"}
_SIMPLIFIED = frozenset({"zh", "zh-cn", "zh-sg", "zh-my", "cmn"})
_HTML = re.compile(rb"<html(?:\s[^>]*?)?\slang\s*=\s*[\"']?\s*([A-Za-z0-9-]{2,35})", re.IGNORECASE)


def lookup(wanted: Iterable[str], known: Collection[str]) -> str | None:
    """The first known language that suits, by falling priority; None if none does.

    Args:
        wanted: language ranges, the most wanted first; `*` and what is no range are passed over.
        known: BCP 47 tags.
    """
    tags = {tag.lower(): tag for tag in known}
    for given in wanted:
        if given == "*" or not _RANGE.fullmatch(given):
            continue
        parts = given.lower().split("-")
        while parts:
            candidate = "-".join(parts)
            candidate = "zh-hans" if candidate in _SIMPLIFIED and candidate == given.lower() else candidate
            candidate = _READS.get(candidate, candidate)
            if candidate in tags:
                return tags[candidate]
            parts.pop()
            if parts and len(parts[-1]) == 1:  # a singleton never ends a tag
                parts.pop()
    return None


def accepted(field: str | None) -> list[str]:
    """The language ranges of an Accept-Language field (RFC 9110 §12.5.4), the most wanted first.

    What cannot be read is left out; a weight of 0 means "not this one".
    """
    weighed = list[tuple[float, str]]()
    for item in (field or "")[:MAX_FIELD].split(","):
        name, *parameters = (part.strip(" \t") for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            weight = float(value) if key.strip().lower() == "q" and _QUALITY.fullmatch(value.strip()) else 0.0
        if weight > 0 and _RANGE.fullmatch(name):
            weighed.append((weight, name))
    return [name for _, name in sorted(weighed, key=lambda pair: -pair[0])]


class PageLanguage:
    """Watches the first bytes of a page for the language that its html element says.

    Attributes:
        tag: as the page writes it; None as long as nothing was said.
    """

    def __init__(self, tag: str | None = None) -> None:
        self.tag = tag
        self._first: bytes | None = b""

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the page, decoded of their content coding."""
        if self._first is None:
            return
        self._first += data[: MAX_PREFIX - len(self._first)]
        if match := _HTML.search(self._first):
            self.tag, self._first = match[1].decode("ascii"), None
        elif len(self._first) >= MAX_PREFIX or b"<body" in self._first:
            self._first = None
