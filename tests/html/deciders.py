"""Deciders and an inserter for tests: real ones, small."""

from __future__ import annotations

import re
from collections.abc import Mapping

from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.options import Options
from consentkit.html.rewriter import Rewriter
from consentkit.html.verdicts import Verdict

URL = "https://site.test/page"


class OnlyHosts:
    """Blocks every host but some and what is below them, and scripts that mention ``track(``."""

    def __init__(self, *hosts: str) -> None:
        self.hosts = hosts or ("site.test",)
        self.asked: list[Resource] = []
        self.texts: list[str] = []

    def whole_host(self, host: str) -> bool:
        """Whether it is one of them."""
        return any(host == own or host.endswith("." + own) for own in self.hosts)

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """Marks first, then the host."""
        self.asked.append(resource)
        if mark is not None:
            if mark.exempt:
                return None
            return Block(mark.service or "marked", (mark.purpose or "any",))
        return None if self.whole_host(resource.host) else Block(host=resource.host)

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """By a signature."""
        self.texts.append(text)
        if mark is not None:
            return None if mark.exempt else Block(mark.service or "marked", (mark.purpose or "any",))
        return Block("tracker", ("statistics", "marketing")) if "track(" in text else None


class KnowsHosts(OnlyHosts):
    """The same, and says of a whole host what it says of each URL there; what it said is kept for all pages."""

    def __init__(self, *hosts: str) -> None:
        super().__init__(*hosts)
        self.verdicts: dict[bytes, Verdict] = {}

    def usual(self, host: str) -> tuple[Block | None, re.Pattern[bytes] | None]:
        """The answer for every URL on a host, without exception."""
        return None if self.whole_host(host) else Block(host=host), None


class Everything:
    """Allows everything, one question at a time."""

    def whole_host(self, host: str) -> bool:
        """No fast way out, so that every path is walked."""
        return False

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """Always."""
        return None

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """Always."""
        return None


class Banner:
    """Inserts three recognisable things."""

    showing = frozenset[str]()

    def head(self) -> str:
        """For the head."""
        return "<script src=/h.js></script>"

    def body(self) -> str:
        """For the body, with a character that not every encoding has."""
        return '<div class="banner">→ é</div>'

    def placeholder(self, block: Block, resource: Resource, attributes: Mapping[str, str]) -> str:
        """Says what it stands for."""
        return f"<span>{resource.host} {attributes.get('title', '')}</span>"


def rewrite(page: str | bytes, *, inserter: Banner | None = None, document: bool | None = None) -> bytes:
    """A page through a rewriter, whole."""
    return run(page, inserter=inserter, document=document)[0]


def run(
    page: str | bytes, decider: OnlyHosts | Everything | None = None, *, chunk: int = 0, url: str = URL,
    charset: str | None = "utf-8", inserter: Banner | None = None, document: bool | None = None,
    options: Options | None = None, atomic: bool | None = None,
) -> tuple[bytes, Rewriter]:  # fmt: skip
    """A page through a rewriter, whole or in chunks; the output and the rewriter."""
    data = page.encode() if isinstance(page, str) else page
    forced = {} if atomic is None else {"_atomic": atomic}
    rewriter = Rewriter(
        decider or OnlyHosts(),
        url=url,
        charset=charset,
        inserter=inserter,
        document=document,
        options=options,
        **forced,
    )
    step = chunk or max(1, len(data))
    pieces = [rewriter.feed(data[at : at + step]) for at in range(0, len(data), step)]
    return b"".join([*pieces, rewriter.finish()]), rewriter


def hosts(page: str | bytes, *, charset: str | None = "utf-8") -> set[str]:
    """The hosts that are blocked in a page."""
    return {line.block.host for line in run(page, charset=charset)[1].blocked}
