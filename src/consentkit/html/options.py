"""What a page's rewriting may be told beyond its decider."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from consentkit.html.decision import Kind
from consentkit.html.report import MAX_REPORT


@dataclass(frozen=True, slots=True)
class Embed:
    """An element that a first-party script turns into an embed, declared by a service.

    Attributes:
        element: lower-case name, ``*`` for any.
        attribute: the attribute that holds what is shown; it is renamed while blocked.
        url: the URL that will be fetched; ``{}`` stands for the attribute's value.
        kind: what for.
        json: the attribute's value is JSON; its URLs are judged instead of ``url``.
        starts: how the attribute's value has to begin.
    """

    element: str
    attribute: str
    url: str = "{}"
    kind: Kind = Kind.FRAME
    json: bool = False
    starts: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What a page's rewriting may be told beyond its decider.

    Attributes:
        lazy: attributes in which lazy loading keeps a URL (``data-src`` …).
        compat: other tools whose markers are understood (`compat`).
        embeds: elements that services declare.
        trusted_types: the page requires Trusted Types, so that a script's ``src`` has to stay.
        report: lines of the report to keep; 0 where nobody asks, because what is kept grows with the page.
        csp: what becomes of a Content-Security-Policy in a ``meta`` element, so that what is inserted works under it;
            None leaves it as it is.
    """

    lazy: frozenset[str] = frozenset()
    compat: frozenset[str] = frozenset()
    embeds: tuple[Embed, ...] = ()
    trusted_types: bool = False
    report: int = MAX_REPORT
    csp: Callable[[str], str] | None = None

    @property
    def watched(self) -> frozenset[str]:
        """Attributes that count on any element."""
        return self.lazy | {embed.attribute for embed in self.embeds if embed.element == "*"}

    @property
    def named(self) -> frozenset[str]:
        """Elements that count by their names."""
        return frozenset(embed.element for embed in self.embeds if embed.element != "*")


class Embeds:
    """Elements that services declare, by their names.

    Attributes:
        attributes: all that mean something on any of them.
    """

    def __init__(self, embeds: Iterable[Embed]) -> None:
        self.attributes: set[str] = set()
        self._named: dict[str, list[Embed]] = {}
        for embed in embeds:
            self._named.setdefault(embed.element, []).append(embed)
            self.attributes.add(embed.attribute)

    def of(self, element: str) -> tuple[Embed, ...]:
        """Those of one element, and of any."""
        return (*self._named.get(element, ()), *self._named.get("*", ()))
