"""What the rewriter asks and what it is told: the seam between HTML and policy.

This room knows no policy. The rewriter finds a *resource* (a URL the browser would fetch, or
code that would make it fetch) and asks a `Decider`; the answer is None (leave every byte as it
is) or a `Block` that names the service and purpose the visitor would have to grant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What a browser would do with a resource. Each has one CSP fetch directive, or none."""

    SCRIPT = "script"
    STYLE = "style"
    IMAGE = "image"
    MEDIA = "media"
    FONT = "font"
    FRAME = "frame"
    OBJECT = "object"
    MANIFEST = "manifest"
    PRELOAD = "preload"  # preload, modulepreload, prefetch, prerender and speculation rules
    HINT = "hint"  # dns-prefetch and preconnect: a look-up or a handshake, no request
    PING = "ping"
    FORM = "form"
    NAVIGATION = "navigation"  # meta refresh
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Resource:
    """A URL that the browser would fetch, seen in markup.

    Attributes:
        url: absolute, resolved against the document's base, parsed as the URL Standard says.
        host: its host as the URL Standard serialises it (lower case, punycode, no port, no final dot);
            empty for URLs without one.
        path: its path, beginning with ``/``, without query.
        kind: what for.
        element: lower-case name of the element it stands in.
        attribute: lower-case name of the attribute, or ``""`` for an element's text.
    """

    url: str
    host: str
    path: str
    kind: Kind
    element: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Block:
    """Not without consent.

    Attributes:
        service: id of the declared service, or ``""`` where none is declared for it.
        purposes: ids of the purposes that all would have to be granted; empty where nothing can be granted.
        host: the host that would be contacted; ``""`` where only code gave it away.
    """

    service: str = ""
    purposes: tuple[str, ...] = ()
    host: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the page's author said of an element: ``data-consent`` and ``data-consent-service``.

    Attributes:
        purpose: id in ``data-consent``, or ``""``.
        service: id in ``data-consent-service``, or ``""``.
        exempt: ``data-consent="exempt"``.
    """

    purpose: str = ""
    service: str = ""
    exempt: bool = False


class Decider(Protocol):
    """Says what may be fetched. Pure: the same question always has the same answer.

    A decider may offer more, which only makes it faster: ``usual(host)``, the answer for every URL on a host but those
    in which an expression finds something (`Block` or None, and the expression or None); ``verdicts``, a
    dictionary in which the engine keeps what it learnt from that, for as long as those answers hold; and ``stretches``
    (`stretches.Stretches`) with ``state``, which is equal for deciders that always answer the same: there the engine
    keeps what it judged already. And ``anybody(mark)`` is the answer for what may fetch whatever a page links to:
    without it that is asked of the host ``*``.
    """

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """None: leave it. Otherwise what the visitor would have to grant."""

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """The same for inline code (script text, event handlers, ``data:`` scripts)."""

    def whole_host(self, host: str) -> bool:
        """True if every URL on this host may be fetched whatever its path or kind (a fast way out)."""


class Inserter(Protocol):
    """Gives the markup that the rewriter inserts. Every answer is complete, escaped HTML or ``""``."""

    def head(self) -> str:
        """For the start of the head of a full document (given or implied); asked once."""

    def body(self) -> str:
        """For the start of the body of a full document (given or implied, never a frameset); asked once."""

    @property
    def showing(self) -> frozenset[str]:
        """The ids of services whose blocked scripts get a placeholder too: they show something where they stand."""
        ...

    def placeholder(self, block: Block, resource: Resource, attributes: Mapping[str, str]) -> str:
        """Phrasing content to stand before a blocked embed. ``attributes``: the element's, decoded."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """One line of the report: what was blocked where.

    Attributes:
        block: the decider's answer.
        kind: what for.
        element: lower-case element name.
        attribute: lower-case attribute name, ``""`` for text.
        url: the URL, or ``""`` for inline code.
        offset: byte offset of the element in the input.
    """

    block: Block
    kind: Kind
    element: str
    attribute: str
    url: str
    offset: int = field(compare=False)
