"""`Words`: in which language a visitor is spoken to, with whose words, and what exactly was said (R18, R183, R206)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Protocol

from markupsafe import Markup

from consentkit.errors import UsageError
from consentkit.pages.kept import Kept
from consentkit.pages.languages import MAX_FIELD, accepted, lookup
from consentkit.pages.texts import REFERENCE, Texts, languages, with_overrides
from consentkit.policy import catalogue
from consentkit.policy.models import Policy

OwnTexts = Mapping[str, str | Mapping[str, str]]
"""The owner's own words: by key in the policy's language, by language and key in others."""


class Rendering(Protocol):
    """Makes the markup of a template."""

    def __call__(self, name: str, root_path: str, return_path: str, texts: Texts, /, **values: Any) -> str:
        """The markup.

        Args:
            name: of the template.
            root_path: where the app is mounted.
            return_path: where a decision leads back to.
            texts: the words.
            values: what else the template shows.
        """


# Primary subtags of languages that are written from right to left, for the owner's own texts.
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


class Words:
    """The words of one policy.

    Args:
        policy: the policy in force.
        own: the owner's words, which replace ours.
        kept: where what was worked out is kept.

    Attributes:
        texts: in the policy's language.
        languages: that visitors can be spoken to in.

    Raises:
        UsageError: for texts that cannot be used.
    """

    def __init__(self, policy: Policy, own: OwnTexts, kept: Kept) -> None:
        language = lookup((policy.language,), languages()) or REFERENCE
        self._policy, self._kept, self._own = policy, kept, _by_language(own, language)
        self._texts = {name: with_overrides(name, words) for name, words in self._own.items()}
        self.texts: Texts = self._texts[language]
        # Where every visitor gets the same bytes, they are in one language.
        self.languages: tuple[str, ...] = languages() if policy.mode == "per-visitor" else (language,)

    def choose(self, page: str | None, accept_language: str | None) -> str:
        """The language of a page's words: the page's own, else the visitor's, else the policy's (R18).

        Args:
            page: BCP 47 tag that the page says it is in; None if it says none.
            accept_language: the request's field.
        """
        # In kept parts: visitors send a few hundred different fields, and a page says one of a few languages.
        key = ("language", page, (accept_language or "")[:MAX_FIELD])
        return self._kept.once(key, lambda: self._choose(page, accept_language))

    def _choose(self, page: str | None, accept_language: str | None) -> str:
        found = lookup((page,), self.languages) if page else None
        return found or lookup(accepted(accept_language), self.languages) or self.texts.language

    def texts_in(self, language: str | None) -> Texts:
        """The texts of one of `languages`; those of the policy's language for None and for any other."""
        if language is None or language not in self.languages:
            return self.texts
        texts = self._texts.get(language)
        if texts is None:
            texts = self._texts[language] = with_overrides(language, self._own.get(language, {}))
        return texts

    def texts_shown(self, language: str | None = None) -> str:
        """Every word that a visitor is asked with, as canonical JSON: what the text hash is the hash of (R183)."""
        texts = self.texts_in(language)
        asked = [
            {
                **purpose.model_dump(mode="json", include={"id", "title", "summary", "text", "legal_basis"}),
                "services": [(s.id, s.name, s.provider) for s in self._policy.services_by_purpose[purpose.id]],
            }
            for purpose in self._policy.asked_purposes
        ]
        words = {key: text for key, text in texts.all.items() if key.startswith(("banner.", "preferences."))}
        controller = self._policy.controller.name
        shown = {"controller": controller, "language": texts.language, "texts": words, "asked": asked}
        return json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def text_hash_in(self, language: str | None) -> str:
        """Lower-case hexadecimal SHA-256 of `texts_shown` in a language."""
        name = self.texts_in(language).language
        return self._kept.once(("hash", name), lambda: hashlib.sha256(self.texts_shown(name).encode()).hexdigest())

    # Which language a text is in that is not ours.

    def own_marks(self, texts: Texts) -> Markup:
        """The attributes of an element that holds the owner's words, where ours are in another language (R206)."""
        own = self._policy.language
        if own == texts.language or lookup((own,), (texts.language,)):
            return Markup("")
        direction = "rtl" if own.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"
        return Markup(' lang="{}" dir="{}"').format(own, direction)

    def marks(self, texts: Texts, text: str) -> Markup:
        """The same for one text, which may be the catalogue's."""
        return self.english_marks(texts) if text in self._catalogue_words else self.own_marks(texts)

    def english_marks(self, texts: Texts) -> Markup:
        """The same for what is in English in every language."""
        return Markup("") if texts.language == "en" else Markup(' lang="en" dir="ltr"')

    @cached_property
    def _catalogue_words(self) -> frozenset[str]:
        """What the policy took over from the catalogue, which is in English, where the policy itself is not."""
        if self._policy.language.partition("-")[0] == "en":
            return frozenset()
        words = set[str | None]()
        for own in self._policy.services:
            if known := catalogue.service(own.id):
                words |= {known.description, known.data} & {own.description, own.data}
                words |= {c.description for c in known.cookies} & {c.description for c in own.cookies}
                words |= {t.safeguard for t in known.transfers} & {t.safeguard for t in own.transfers}
        return frozenset(word for word in words if word)


def _by_language(texts: OwnTexts, language: str) -> dict[str, dict[str, str]]:
    """The owner's words by language; at least an empty table for the policy's language."""
    out: dict[str, dict[str, str]] = {language: {}}
    for key, value in texts.items():
        if isinstance(value, str):
            out[language][key] = value
        elif key not in languages():
            raise UsageError(f"there are no texts in '{key}' to replace; there are: {', '.join(languages())}")
        else:
            out.setdefault(key, {}).update(value)
    return out
