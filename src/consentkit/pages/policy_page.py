"""`PolicyPage`: the privacy policy, made of what is declared, as HTML, JSON, Markdown and plain text."""

from __future__ import annotations

import datetime
import json

from consentkit.pages.addresses import Addresses
from consentkit.pages.document import PolicyDocument, policy_document
from consentkit.pages.languages import NAMES
from consentkit.pages.markdown import policy_markdown
from consentkit.pages.plain import policy_plain
from consentkit.pages.sorting import COOKIES, SERVICES, sorted_items, sorted_recipients
from consentkit.pages.texts import Texts
from consentkit.pages.words import Rendering, Words
from consentkit.policy.models import Policy


class PolicyPage:
    """The policy page of one policy.

    Args:
        policy: the policy that it shows.
        words: what we say on it.
        addresses: where it is.
        cookie_name: of the consent cookie.
        render: makes the markup of a template.

    Attributes:
        document: its content, with our words in the policy's language.
    """

    def __init__(self, policy: Policy, words: Words, addresses: Addresses, cookie_name: str, render: Rendering) -> None:
        self._policy, self._words, self._addresses = policy, words, addresses
        self._cookie_name, self._render = cookie_name, render
        self.document: PolicyDocument = policy_document(
            policy, cookie_name=cookie_name, cookie_text=words.texts.plain("facts.decision_cookie")
        )

    def html(
        self,
        root_path: str,
        *,
        inner: bool = False,
        language: str | None = None,
        past: bool = False,
        sort: str | None = None,
        services: str | None = None,
    ) -> str:
        """The policy page.

        Args:
            root_path: where the app is mounted.
            inner: only the headings and texts, for a page of the site's own.
            language: of our words; the owner's are in the policy's language.
            past: whether another version is in force now.
            sort: the column that the table of cookies is sorted by, one of `sorting.COOKIES`.
            services: what the services are sorted by, one of `sorting.SERVICES`.
        """
        texts = self._words.texts_in(language)
        document = self._document(texts)
        titles = {p.id: p.title for p in self._policy.all_purposes}
        return self._render(
            "policy",
            root_path,
            "",
            texts,
            base="inner.html" if inner else "base.html",
            doc=document,
            items=sorted_items(document.items, sort, titles),
            recipients=sorted_recipients(document.recipients, services, titles, texts.country),
            sort=sort,
            services=services,
            cookie_columns=COOKIES,
            service_orders=SERVICES,
            versions={} if past else {tag: NAMES[tag] for tag in self._words.languages},
            contents=self._contents(texts),
            titles=titles,
            day=lambda text: texts.date(datetime.date.fromisoformat(text)),
            path=self._addresses.policy(root_path),
            past=past,
        )

    def json(self) -> str:
        """The same as JSON."""
        return json.dumps(self.document.dump(), ensure_ascii=False, indent=2, sort_keys=True)

    def markdown(self, language: str | None = None) -> str:
        """The same as Markdown."""
        texts = self._words.texts_in(language)
        return policy_markdown(self._document(texts), texts)

    def plain(self, language: str | None = None) -> str:
        """The same as plain text."""
        texts = self._words.texts_in(language)
        return policy_plain(self._document(texts), texts)

    def _document(self, texts: Texts) -> PolicyDocument:
        """The policy page's content, with what we say of our own cookie in a language."""
        if texts is self._words.texts:
            return self.document
        words = texts.plain("facts.decision_cookie")
        return policy_document(self._policy, cookie_name=self._cookie_name, cookie_text=words)

    def _contents(self, texts: Texts) -> dict[str, str]:
        """The sections of the policy page by their fragment, in order."""
        doc = self.document
        always = ("controller", "purposes", "services", "cookies", "transfers", "retention", "rights", "mandatory",
                  "automated", "signals")  # fmt: skip
        told = {"minors": doc.minors, "mail": doc.email, "payment": doc.payment, "disclosure": doc.disclosure,
                "security": doc.security}  # fmt: skip
        keys = [*always, *(key for key, value in told.items() if value)]
        sections = {f"section-{section['id']}": section["title"] for section in doc.sections}
        titles = {key: texts.plain(f"policy.{key}") for key in keys}
        return {**titles, **sections, **({"changes": texts.plain("policy.changes")} if doc.changes else {})}
