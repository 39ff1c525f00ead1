"""One rule: every sentence a visitor reads comes from `locales/<language>.toml`, or from the owner's own words for it.

Keys are dotted (`banner.accept`). A text holds `{names}` that are filled in; what is filled in is escaped
where the text goes into HTML. Every language has every text. What the Unicode CLDR knows of a language (names of
months and countries, dates, lifetimes, plural rules) stands in `cldr/<language>.toml`. A language's files are read
when it is first needed.
"""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from markupsafe import Markup, escape

from consentkit.errors import UsageError

REFERENCE = "en"
PLURAL_FORMS = ("zero", "one", "two", "few", "many", "other")  # CLDR's cardinal categories
_FIELD = re.compile(r"\{([a-z_]+)\}")
# `n mod 100 not in 11..14,17`: what CLDR's rules for whole numbers are made of.
_RELATION = re.compile(r"n(?: mod ([0-9]+))? (in|not in) ([0-9.,]+)")
# Around what is filled into a text that runs from right to left: a name of the other direction keeps its order.
_ISOLATE = ("\u2068", "\u2069")


@dataclass(frozen=True, slots=True)
class Language:
    """What the files of one language hold.

    Attributes:
        texts: by dotted key.
        months: their names as dates use them.
        plural: rule by category, without `other`, which takes the rest.
    """

    texts: Mapping[str, str]
    months: tuple[str, ...]
    plural: Mapping[str, str]


class Texts:
    """The texts of one language.

    Attributes:
        language: BCP 47 tag, for the `lang` attribute and the record.
        direction: `ltr` or `rtl`.
        all: every text by key.
    """

    def __init__(self, language: Language, overrides: Mapping[str, str]) -> None:
        self.all: Mapping[str, str] = {**language.texts, **overrides}
        self.language = self.all["meta.language"]
        self.direction = self.all["meta.direction"]
        self._months, self._plural = language.months, language.plural
        self._open, self._close = _ISOLATE if self.direction == "rtl" else ("", "")

    def plain(self, key: str, **values: object) -> str:
        """The text, filled in, for anything but HTML."""
        return _FIELD.sub(lambda match: f"{self._open}{values[match[1]]}{self._close}", self.all[key])

    def html(self, key: str, **values: object) -> Markup:
        """The text, filled in and escaped, for HTML."""
        # Owner's texts are texts, not markup: escaped first, so that only what we fill in keeps its meaning.
        text = str(escape(self.all[key]))
        filled = _FIELD.sub(lambda match: f"{self._open}{escape(values[match[1]])}{self._close}", text)
        return Markup(filled)  # noqa: S704

    def count(self, key: str, number: int) -> Markup:
        """The form of `key` that the number takes: `<key>_none` for 0 where there is one, else by the plural rule."""
        if number == 0 and f"{key}_none" in self.all:
            return self.html(f"{key}_none")
        form = f"{key}_{self.plural(number)}"
        return self.html(form if form in self.all else f"{key}_other", count=number)

    def plural(self, number: int) -> str:
        """CLDR's category of a whole number."""
        return next((name for name, rule in self._plural.items() if _follows(rule, number)), "other")

    def date(self, day: datetime.date) -> Markup:
        """A date as people write it."""
        month = self._months[day.month - 1]
        text = self.all["meta.date"]
        return escape(text.format(day=day.day, month=month, number=day.month, year=day.year))

    def lifetime(self, lifetime: str) -> Markup:
        """`13 months` or `session` of a policy, in words."""
        if lifetime == "session":
            return self.html("facts.session")
        number, _, unit = lifetime.partition(" ")
        return self.count(f"facts.lifetime_{unit.removesuffix('s')}s", int(number))

    def country(self, code: str) -> str:
        """The name of a country, or its code where the language has none for it."""
        return self.all.get(f"countries.{code}", code)


def load(language: str) -> Texts:
    """The texts that come with consentkit, for a language of `languages()`; English for others."""
    return with_overrides(language, {})


def with_overrides(language: str, overrides: Mapping[str, str]) -> Texts:
    """The texts of a language with the owner's own instead of some.

    Raises:
        UsageError: for a key that does not exist, or a text with a `{name}` that is never filled in.
    """
    own = _read(language if language in languages() else REFERENCE)
    for key, text in overrides.items():
        if key not in own.texts or key.startswith("meta."):
            near = difflib.get_close_matches(key, own.texts, n=1)
            meant = f"; did you mean '{near[0]}'?" if near else ""
            raise UsageError(f"there is no text '{key}' to replace{meant}")
        filled = fields(key)
        if unknown := set(_FIELD.findall(text)) - filled:
            known = ", ".join(sorted(filled)) or "no names"
            raise UsageError(f"text '{key}' uses {{{min(unknown)}}}, which is not filled in there; it knows {known}")
    return Texts(own, overrides)


def fields(key: str) -> frozenset[str]:
    """The names that are filled into a text: those of the English one; a plural form's are those of all forms."""
    reference = _read(REFERENCE).texts
    stem, _, form = key.rpartition("_")
    keys = [key] if form not in PLURAL_FORMS else [f"{stem}_{name}" for name in PLURAL_FORMS]
    return frozenset(name for each in keys for name in _FIELD.findall(reference.get(each, "")))


@cache
def languages() -> tuple[str, ...]:
    """The languages that come with consentkit, sorted."""
    folder = resources.files("consentkit.pages") / "locales"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


@cache
def _read(language: str) -> Language:
    texts = dict[str, str]()
    folder = resources.files("consentkit.pages")
    known = tomllib.loads((folder / "cldr" / f"{language}.toml").read_text(encoding="utf-8"))
    own = tomllib.loads((folder / "locales" / f"{language}.toml").read_text(encoding="utf-8"))
    months, plural = tuple(known["meta"].pop("months")), known.pop("plural")
    for tables in (known, own):
        texts |= {f"{table}.{key}": text for table, found in tables.items() for key, text in found.items()}
    return Language(MappingProxyType(texts), months, plural)


def _follows(rule: str, number: int) -> bool:
    """Whether a whole number follows a CLDR plural rule."""
    return any(all(_holds(relation, number) for relation in group.split(" and ")) for group in rule.split(" or "))


def _holds(relation: str, number: int) -> bool:
    match = _RELATION.fullmatch(relation)
    if match is None:
        raise UsageError(f"'{relation}' is no part of a plural rule")
    modulo, sign, ranges = match.groups()
    rest = number % int(modulo) if modulo else number
    found = False
    for part in ranges.split(","):
        low, _, high = part.partition("..")
        found = found or int(low) <= rest <= int(high or low)
    return found is (sign == "in")
