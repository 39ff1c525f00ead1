"""Whom a page would contact, found by the engine that serves it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from consentkit.blocking import Blocker, Grant, compile_policy, registrable_domain
from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.rewriter import Rewriter
from consentkit.html.urls import Url
from consentkit.policy.models import Policy
from consentkit.rewrite import options_of, page_at, rules_of

AnyPolicy = Policy | Mapping[str, Any] | str | os.PathLike[str] | None
NOBODY = Grant()
DEFAULT_URL = "https://testserver/"  # of a page that neither a caller nor a response knows the address of


@dataclass(frozen=True, slots=True)
class Contact:
    """One thing in a page that a browser would fetch, or code that would make it fetch.

    Attributes:
        url: absolute; ``""`` for inline code.
        host: that would be contacted; ``""`` where only code gave it away.
        kind: what for.
        element: lower-case element name.
        attribute: lower-case attribute name, ``""`` for an element's text.
        third_party: whether it is another's.
        service: id of the service that it belongs to, in the policy or else in the catalogue; or ``""``.
        declared: whether the policy declares that service.
        purposes: ids of the purposes that the visitor would have to grant.
        needs_consent: whether the policy lets nobody contact it who has not granted it.
        line: 1-based line of the page, where it is known.
    """

    url: str
    host: str
    kind: Kind
    element: str
    attribute: str
    third_party: bool
    service: str = ""
    declared: bool = False
    purposes: tuple[str, ...] = ()
    needs_consent: bool = False
    line: int | None = None

    @property
    def tag(self) -> str:
        """The element as people write it, with what matters of it."""
        value = f' {self.attribute}="{self.url}"' if self.attribute else ""
        return f"<{self.element}{value}>" if self.url or not self.attribute else f"<{self.element} {self.attribute}=…>"

    @property
    def declaration(self) -> str:
        """What to add to the policy file so that visitors are asked; ``""`` for what is declared or the site's own."""
        if self.declared or not self.third_party:
            return ""
        if self.service:
            return f'[[services]]\nid = "{self.service}"'
        return f'[[services]]\nid = "…"\nname = "…"\nprovider = "…"\npurposes = ["…"]\nhosts = ["{self.host or "…"}"]'

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}: "
        whom = self.host or "somebody by its code"
        if self.declared:
            return (
                f"{place}{self.tag} contacts {whom}: service '{self.service}', which waits for {_list(self.purposes)}"
            )
        known = f" (known as '{self.service}')" if self.service else ""
        return f"{place}{self.tag} contacts {whom}{known}, which the policy does not declare"


def contacts(html: bytes | str, url: str = DEFAULT_URL, policy: AnyPolicy = None) -> list[Contact]:
    """Everything that a browser would fetch for a page, first party and third, in the page's order.

    Args:
        html: the page; bytes in whatever encoding it declares.
        url: its absolute URL.
        policy: the site's, or its file. Without one the whole catalogue is known, and the URL's registrable
            domain is first party.

    Raises:
        PolicyError: if the policy cannot be used.
        UnreadableEncodingError: if the page's encoding cannot be read.
        UsageError: if the URL is not absolute.
    """
    data = html.encode() if isinstance(html, str) else html
    loaded = load_policy(policy)
    recorder = _Recorder(loaded, page_at(url, loaded))
    rewriter = Rewriter(
        recorder, url=recorder.page.href, options=options_of(loaded), charset="utf-8" if isinstance(html, str) else None
    )
    rewriter.feed(data)
    rewriter.finish()
    lines = {
        (blocked.url, blocked.element, blocked.attribute): data.count(b"\n", 0, blocked.offset) + 1
        for blocked in reversed(rewriter.blocked)  # of equal ones the first
    }
    return [recorder.contact(resource, block, lines) for resource, block in recorder.found.items()]


def load_policy(policy: AnyPolicy) -> Policy | None:
    """The policy itself, wherever it comes from.

    Raises:
        PolicyError: if it cannot be used.
    """
    return policy if policy is None or isinstance(policy, Policy) else Policy.load(policy)


class _Recorder:
    """A decider that keeps whatever it is asked; what needs consent it blocks, so that the report has its place."""

    def __init__(self, policy: Policy | None, page: Url) -> None:
        self.page = page
        self.found: dict[Resource, Block | None] = {}
        self._site = registrable_domain(page.host) if policy is None else ""
        self._rules = rules_of(policy)
        self._declared = frozenset() if policy is None else frozenset(policy.services_by_id)
        self._blocker = Blocker(self._rules, NOBODY if policy is None else self._rules.grant(()), site=self._site)
        self._catalogue = Blocker(compile_policy(), NOBODY, site=registrable_domain(page.host))

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """Keeps the resource."""
        block = self._blocker.decide(resource, mark)
        return self.found.setdefault(resource, block)

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """Keeps code that is known to contact somebody."""
        block = self._blocker.decide_inline(text, kind, mark)
        if block is not None:
            known = block if block.service else self._catalogue.decide_inline(text, kind) or block
            element = "script" if kind is Kind.SCRIPT else kind.value
            place = Resource("", known.host, f"{known.service} {len(self.found)}", kind, element, "")
            self.found.setdefault(place, Block(known.service, block.purposes, known.host))
        return block

    def whole_host(self, host: str) -> bool:
        """No host goes unasked."""
        del host
        return False

    def contact(self, resource: Resource, block: Block | None, lines: Mapping[tuple[str, str, str], int]) -> Contact:
        """What was found, with all that is known of it."""
        host = resource.host
        service = block.service if block else ""
        if host and block and not service:
            known = self._catalogue.decide(resource)
            service = known.service if known else ""
        return Contact(
            url=resource.url,
            host=host,
            kind=resource.kind,
            element=resource.element,
            attribute=resource.attribute,
            third_party=block is not None or bool(host and not self._rules.is_first_party(host, self._site)),
            service=service,
            declared=service in self._declared,
            purposes=block.purposes if block else (),
            needs_consent=block is not None,
            line=lines.get((resource.url, resource.element, resource.attribute)),
        )


def _list(names: Collection[str]) -> str:
    return f"consent to {', '.join(names)}" if names else "consent that nobody is asked for"
