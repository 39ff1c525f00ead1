"""`PageInserter`: what the rewriter inserts into one page of the app, for one visitor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from consentkit.consent.state import Consent
from consentkit.html.decision import Block, Kind, Resource
from consentkit.pages.languages import PageLanguage
from consentkit.pages.render import Pages


@dataclass(slots=True)
class PageInserter:
    """Implements `html.decision.Inserter`.

    Attributes:
        pages: what a visitor of this policy sees.
        consent: the visitor's state.
        method: of the request that the page answers.
        root_path: where the app is mounted.
        return_path: path and query of the page.
        nonce: of the page's own Content-Security-Policy, if it has one: what a grant starts in place must have it too.
        in_place: whether scripts may be started in place, where the policy has grants take effect so.
        accept_language: the request's field, for pages that do not say their language.
        language: what the page says; it is fed the page's bytes before the rewriter is.
        now: POSIX seconds: addresses of frames end after a while.
        coep: the page's Cross-Origin-Embedder-Policy field, None without one.
        url: of the page, absolute: what share links share. Empty: they share nothing.
        named: services whose embeds have a placeholder on this page already: their scripts need no second one.
    """

    pages: Pages
    consent: Consent
    method: str
    root_path: str
    return_path: str
    nonce: str | None = None
    in_place: bool = True
    accept_language: str | None = None
    language: PageLanguage = field(default_factory=PageLanguage)
    now: float = 0.0
    coep: str | None = None
    url: str = ""
    named: set[str] = field(default_factory=set)

    def head(self) -> str:
        """Our style sheet and script."""
        return self.pages.head(self.consent, self.root_path, self.nonce, method=self.method, in_place=self.in_place)

    def body(self) -> str:
        """The banner while something is undecided, and always the persistent control."""
        return self.pages.banner(self.consent, self.root_path, self.return_path, self._language)

    @property
    def showing(self) -> frozenset[str]:
        """The services whose scripts show something where they stand."""
        return self.pages.showing

    def placeholder(self, block: Block, resource: Resource, attributes: Mapping[str, str]) -> str:
        """Who would be contacted, and the ways to allow it; of a service's scripts only the first says so."""
        if resource.kind is Kind.SCRIPT and block.service in self.named:
            return ""
        self.named.add(block.service)
        return self.pages.placeholder(
            block,
            resource,
            attributes,
            root_path=self.root_path,
            return_path=self.return_path,
            language=self._language,
            now=self.now,
            coep=self.coep,
            url=self.url,
            minor_below=self.consent.adult_age if self.consent.minor else None,
        )

    @property
    def _language(self) -> str:
        return self.pages.choose(self.language.tag, self.accept_language)
