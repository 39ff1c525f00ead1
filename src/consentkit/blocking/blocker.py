"""The rules seen with one state of consent: what `html.decision.Decider` asks for."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from consentkit.blocking.grant import Answer, Grant
from consentkit.blocking.patterns import MAX_HOSTS, exceptions
from consentkit.blocking.rules import Rules
from consentkit.consent.state import Consent
from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.notices import Notice

#: URLs remembered per state on hosts where the path matters.
MAX_URLS: Final = 4096
#: Characters of such a URL: longer ones, which hardly come twice, are decided each time, so that all take 4 MB.
MAX_KEPT_URL: Final = 1024
#: Stands for an answer that is not known yet, because None is one.
_UNASKED: Final = Block()


class Blocker:
    """The `Decider` for one state of consent. Cheap to make; may be kept and shared between requests.

    Args:
        rules: the compiled policy.
        consent: the visitor's state, or a grant made by `Rules.grant`.
        site: without a policy, the registrable domain of the page; not used with one.
    """

    def __init__(self, rules: Rules, consent: Consent | Grant, *, site: str = "") -> None:
        self._rules = rules
        self._grant = consent if isinstance(consent, Grant) else rules.granted(consent)
        self._site = site
        memory = rules.memory(self._grant, site)
        self._answers, self._urls, self._denied = memory.hosts, memory.urls, memory.denied
        self.verdicts = memory.verdicts  #: for `html.verdicts`, which keeps what it learns there
        self.stretches = rules.stretches  #: for `html.stretches`, likewise
        self.state = (self._grant, site)

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """None: leave it. Otherwise what the visitor would have to grant."""
        if self._grant.everything or not resource.host:
            return None
        if mark is not None and self._believes(mark):
            return self._marked(mark, resource.host)
        return self._decide(resource.host, resource.path, resource.url)

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """The same for inline code (script text, event handlers, ``data:`` scripts)."""
        if self._grant.everything:
            return None
        if mark is not None and self._believes(mark):
            return self._marked(mark, "")
        if kind is not Kind.SCRIPT:
            return None
        rules = self._rules
        named = rules.named(text)
        if named.services:
            block = self._denied.get(named.services, _UNASKED)
            if block is _UNASKED:
                if len(self._denied) >= MAX_HOSTS:
                    self._denied.clear()
                block = self._denied[named.services] = rules.denied(named.services, self._grant, "")
            if block:
                return block
        if named.strangers:
            for id_ in named.strangers:
                rules.note_service(id_)
            block = rules.stranger(self._grant, "")
            if block:
                return block
        for host, path, url in named.imports:
            block = self._decide(host, path, url)
            if block:
                return block
        return None

    def whole_host(self, host: str) -> bool:
        """True if every URL on this host may be fetched whatever its path or kind (a fast way out)."""
        return self._grant.everything or self._answer(host).whole

    def usual(self, host: str) -> tuple[Block | None, re.Pattern[bytes] | None]:
        """What is said of almost every URL on a host: a fast way out where `whole_host` is false.

        Returns:
            The answer, and an expression: it does not hold for URLs in which the expression finds something, as they
            stand in the page, with a slash in front if they are relative. None: it holds for all.
        """
        if self._grant.everything:
            return None, None
        answer = self._answer(host)
        # Paths of a service that nobody declared are asked for too, so that the log can name it.
        unlike = tuple([path for path, block in answer.paths if block != answer.rest or (block and not block.service)])
        return answer.rest, exceptions(unlike) if unlike else None

    def anybody(self, mark: Mark | None = None) -> Block | None:
        """The answer for what may contact whomever a page links to: it needs all that is not granted yet."""
        grant, rules = self._grant, self._rules
        if grant.everything:
            return None
        if mark is not None and self._believes(mark):
            return self._marked(mark, "")
        stranger, refused = rules.stranger(grant, ""), rules.denied(tuple(rules.services), grant, "")
        if stranger is None or refused is None:
            return stranger or refused
        # Where strangers are never allowed, nothing that a visitor grants helps.
        return Block("", (*stranger.purposes, *refused.purposes)) if stranger.purposes else stranger

    def notices(self) -> list[Notice]:
        """Takes what the rules have met for the first time: see `Rules.notices`."""
        return self._rules.notices()

    def _decide(self, host: str, path: str, url: str) -> Block | None:
        answer = self._answers.get(host) or self._answer(host)
        if not answer.paths:
            if answer.unknown:
                self._rules.note_host(host, path)
            return answer.rest
        block = self._urls.get(url, answer.rest)
        if block is answer.rest and url not in self._urls:
            block = self._on_path(answer, host, path, url)
            if len(url) <= MAX_KEPT_URL:
                if len(self._urls) >= MAX_URLS:
                    self._urls.clear()
                self._urls[url] = block
        return block

    def _on_path(self, answer: Answer, host: str, path: str, url: str) -> Block | None:
        target = unquote(path) if "%" in path else path
        query = url.find("?")
        if query >= 0:
            target += url[query:]
        block, unknown = answer.rest, answer.unknown
        for pattern, verdict in answer.paths:
            if pattern.matches(target):
                block, unknown = verdict, verdict is not None and not verdict.service
                break
        if unknown:
            self._rules.note_host(host, target)
        return block

    def _answer(self, host: str) -> Answer:
        answer = self._answers.get(host)
        if answer is None:
            if len(self._answers) >= MAX_HOSTS:
                self._answers.clear()
            answer = self._answers[host] = self._rules.answer(host, self._grant, self._site)
        return answer

    def _believes(self, mark: Mark) -> bool:
        """Whether a mark counts. Those saying that no consent is needed count only where the policy believes them."""
        policy = self._rules.policy
        if policy is None:
            return False  # nobody said what its marks mean
        if policy.honour_marks:
            return bool(mark.exempt or mark.purpose or mark.service)
        if mark.exempt or not (mark.purpose or mark.service):
            return False
        service = self._rules.services.get(mark.service)
        purposes = (*((mark.purpose,) if mark.purpose else ()), *(service.purposes if service else ()))
        return not all(id_ in self._rules.purposes and self._rules.purposes[id_].exempt for id_ in purposes)

    def _marked(self, mark: Mark, host: str) -> Block | None:
        """The decision by an author's mark alone. What it names and the policy does not declare is never granted."""
        if mark.service:
            if mark.service not in self._rules.services:
                return Block("", (), host)
            block = self._rules.denied((mark.service,), self._grant, host)
            if block:
                return block
        if mark.purpose and mark.purpose not in self._grant.purposes:
            return Block("", (mark.purpose,) if mark.purpose in self._rules.purposes else (), host)
        return None
