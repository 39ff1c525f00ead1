"""One rule: every sentence a visitor reads comes from `locales/<language>.toml`, or from the owner's own words for it.

Keys are dotted (`banner.accept`). A text holds `{names}` that are filled in; what is filled in is escaped
where the text goes into HTML. English is complete and the reference; a language that lacks a text has it in English.
"""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from importlib import resources

from markupsafe import Markup, escape

from consentkit.errors import UsageError

REFERENCE = "en"
_FIELD = re.compile(r"\{([a-z_]+)\}")

# Which plural form a number takes (CLDR's cardinal categories), by the name that a locale file gives its rule.
PLURALS: Mapping[str, Callable[[int], str]] = {
    "other": lambda _: "other",
    "one-other": lambda n: "one" if n == 1 else "other",
    "zero-one-other": lambda n: "one" if n in (0, 1) else "other",
}


class Texts:
    """The texts of one language.

    Attributes:
        language: BCP 47 tag, for the `lang` attribute and the record.
        direction: `ltr` or `rtl`.
    """

    def __init__(self, language: str, texts: Mapping[str, str], months: tuple[str, ...]) -> None:
        self.language = language
        self.direction = texts["meta.direction"]
        self.all = texts
        self._months = months
        self._plural = PLURALS[texts["meta.plural"]]

    def plain(self, key: str, **values: object) -> str:
        """The text, filled in, for anything but HTML."""
        return _FIELD.sub(lambda match: str(values[match[1]]), self.all[key])

    def html(self, key: str, **values: object) -> Markup:
        """The text, filled in and escaped, for HTML."""
        # Owner's texts are texts, not markup: escaped first, so that only what we fill in keeps its meaning.
        text = str(escape(self.all[key]))
        return Markup(_FIELD.sub(lambda match: str(escape(values[match[1]])), text))  # noqa: S704

    def count(self, key: str, number: int) -> Markup:
        """The form of `key` that the number takes: `<key>_none` for 0 where there is one, else by the plural rule."""
        if number == 0 and f"{key}_none" in self.all:
            return self.html(f"{key}_none")
        return self.html(f"{key}_{self._plural(number)}", count=number)

    def date(self, day: datetime.date) -> Markup:
        """A date as people write it."""
        return self.html("meta.date", day=day.day, month=self._months[day.month - 1], year=day.year)

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
    """The texts that come with consentkit, for a language of `languages()`."""
    return with_overrides(language, {})


def with_overrides(language: str, overrides: Mapping[str, str]) -> Texts:
    """The texts of a language with the owner's own instead of some.

    Raises:
        UsageError: for a key that does not exist, or a text with a `{name}` that is never filled in.
    """
    reference, months = _read(REFERENCE)
    texts = dict(reference)
    if language != REFERENCE and language in languages():
        own, months = _read(language)
        texts |= own
    for key, text in overrides.items():
        if key not in reference or key.startswith("meta."):
            near = difflib.get_close_matches(key, reference, n=1)
            meant = f"; did you mean '{near[0]}'?" if near else ""
            raise UsageError(f"there is no text '{key}' to replace{meant}")
        filled = set(_FIELD.findall(reference[key]))
        if unknown := set(_FIELD.findall(text)) - filled:
            known = ", ".join(sorted(filled)) or "no names"
            raise UsageError(f"text '{key}' uses {{{min(unknown)}}}, which is not filled in there; it knows {known}")
        texts[key] = text
    return Texts(texts["meta.language"], texts, months)


def languages() -> tuple[str, ...]:
    """The languages that come with consentkit, sorted."""
    folder = resources.files("consentkit.pages") / "locales"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def _read(language: str) -> tuple[dict[str, str], tuple[str, ...]]:
    folder = resources.files("consentkit.pages") / "locales"
    tables = tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
    months = tuple(tables["meta"].pop("months"))
    return {f"{table}.{key}": text for table, texts in tables.items() for key, text in texts.items()}, months
