"""One rule: which requests and answers go by, because nothing that is done here concerns them.

Most of what a site is asked for are data, scripts and pictures, and nothing changes of them. So a driver looks first
whether a request is such a one, and then whether the answer is, by a few look-ups in what is remembered of earlier
ones. Whatever is not surely such a one goes the whole way, through an `Exchange`, which is made only then:

- a request: for an address of ours, for a page, with entity tags, with cookies that the app may not see, by a visitor
  of whom nothing is remembered, or where a regime, a signal or the app says more of visitors than their cookies do;
- an answer: with cookies, links or policies in its head, a 304, and whatever may become a document or a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from operator import itemgetter

from consentkit.exchange import CONCERNING, Exchange
from consentkit.headers.caching import TAGGED
from consentkit.http import Request
from consentkit.kit import ConsentKit
from consentkit.known import LONGEST_KNOWN, NAMES_KNOWN
from consentkit.visitors import MAX_KEPT_COOKIES, Visitor

# A browser asks for data, scripts, pictures, styles and fonts, each in its own words: of about as many visitors
# as the kit remembers.
REQUESTS_KNOWN = 4096

TELLING = ("cookie", "sec-gpc", "sec-fetch-dest", "accept")  # fields that tell who asks, and whether for a page

Reader = Callable[[Sequence[tuple[bytes, bytes]]], Hashable]


class Passing:
    """What is remembered of earlier requests of one site.

    Attributes:
        visitors: by the fields that tell (`TELLING`): those whose requests with them go to the app as they are.
        readers: by the names of a request's fields, in ASGI: what takes those that tell out of such a request.
            A name that is not here came twice, or has to be looked at.
    """

    def __init__(self, kit: ConsentKit, *, told: bool) -> None:
        """Begins with nobody known.

        Args:
            kit: the site's.
            told: whether the app tells of visitors what their requests do not: then none is remembered.
        """
        self.visitors = dict[Hashable, Visitor]()
        self.readers = dict[tuple[bytes, ...], Reader]()
        self._remembers = not (told or kit.situated)

    def remember(self, key: Hashable, request: Request, exchange: Exchange) -> None:
        """Keeps in mind who was just read, for the next request with the same fields that tell, if it may go by."""
        if (
            not self._may_pass(exchange)
            or request.has_any(TAGGED)
            or sum(len(request.header(name) or "") for name in TELLING) > MAX_KEPT_COOKIES
        ):
            return
        if len(self.visitors) >= REQUESTS_KNOWN:
            self.visitors.clear()
        self.visitors[key] = exchange.visitor

    def remember_fields(self, fields: Sequence[tuple[bytes, bytes]], request: Request, exchange: Exchange) -> None:
        """As `remember`, of a request with these fields."""
        if not self._may_pass(exchange):
            return
        names = tuple([name for name, _ in fields])
        if sum(map(len, names)) > LONGEST_KNOWN or not all(map(_is_pair, fields)):
            return
        if (reader := reader_of(names)) is not None:
            if len(self.readers) >= NAMES_KNOWN:
                self.readers.clear()
            self.readers[names] = reader
            self.remember(reader(fields), request, exchange)

    def _may_pass(self, exchange: Exchange) -> bool:
        return self._remembers and not exchange.inner_needs_body and not exchange.visitor.removed


def reader_of(names: tuple[bytes, ...]) -> Reader | None:
    """What takes the fields that tell out of all fields with these names; None if they have to be looked at.

    A server that leaves names as they were sent has another Host, and may have another Cookie.
    """
    if len(set(names)) != len(names) or b"host" not in names or not b"".join(names).islower():
        return None
    if not _TAGGED.isdisjoint(names):
        return None
    places = [place for place, name in enumerate(names) if name in _TELLING]
    return itemgetter(*places) if places else _nothing


def _nothing(_fields: Sequence[tuple[bytes, bytes]]) -> Hashable:
    return None


def _is_pair(field: object) -> bool:
    """Whether a field can be looked up: the specification allows lists, too."""
    return type(field) is tuple


def content_type_at(names: Sequence[str]) -> int | None:
    """At which place an answer's Content-Type stands among these names of fields, in any case.

    None if it is missing, or if one among them is looked into, or comes twice.
    """
    lower = [name.lower() for name in names]
    if len(set(lower)) != len(lower) or not CONCERNING.isdisjoint(lower) or "content-type" not in lower:
        return None
    return lower.index("content-type")


_TELLING = frozenset(name.encode("latin-1") for name in TELLING)
_TAGGED = frozenset(name.encode("latin-1") for name in TAGGED)
