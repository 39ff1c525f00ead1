"""One rule: which requests and answers go by, because nothing that is done here concerns them.

Most of what a site is asked for are data, scripts and pictures, and nothing changes of them. So a driver looks first
whether a request is such a one, and then whether the answer is, by a few look-ups in what is remembered of earlier
ones. Whatever is not surely such a one goes the whole way, through an `Exchange`, which is made only then:

- a request: for an address of ours, for a page, with entity tags, with cookies that the app may not see, by a visitor
  of whom nothing is remembered, or where a regime, a signal or the app says more of visitors than their cookies do;
- an answer: with cookies, links or policies in its head, a 304, and whatever may become a document or a worker.
"""

from __future__ import annotations

from consentkit.exchange import CONCERNING, is_inert
from consentkit.headers.caching import asks_for_document
from consentkit.kit import ConsentKit
from consentkit.known import Known
from consentkit.visitors import MAX_KEPT_COOKIES, Visitor

VISITORS_KNOWN = 1024  # as many as the kit remembers

Field = bytes | str | None  # ASGI gives header fields as bytes, WSGI as text


class Passing:
    """What is remembered of earlier requests of one site.

    Attributes:
        visitors: by Cookie and Sec-GPC: those whose requests go to the app with all their cookies.
    """

    def __init__(self, kit: ConsentKit, *, told: bool) -> None:
        """Begins with nobody known.

        Args:
            kit: the site's.
            told: whether the app tells of visitors what their requests do not: then none is remembered.
        """
        self.visitors = dict[tuple[Field, Field], Visitor]()
        self._remembers = not (told or kit.situated)
        self._paths, self._prefix = kit.own_addresses

    def is_ours(self, path: str) -> bool:
        """Whether an address of ours may be meant by this path, below where the app is mounted."""
        return path in self._paths or path.startswith(self._prefix)

    def remember(self, cookies: Field, signal: Field, visitor: Visitor | None) -> None:
        """Keeps in mind who was just read, for the next request with the same fields."""
        if visitor is None or visitor.removed or not self._remembers:
            return
        if len(cookies or "") + len(signal or "") <= MAX_KEPT_COOKIES:
            if len(self.visitors) >= VISITORS_KNOWN:
                self.visitors.clear()
            self.visitors[cookies, signal] = visitor


def plain_answer(names: tuple[bytes, ...]) -> bool:
    """Whether there is nothing among these names of fields that is looked into, and all are as servers want them."""
    return b"".join(names).islower() and CONCERNING.isdisjoint(name.decode("latin-1") for name in names)


def inert_bytes(content_type: bytes | None) -> bool:
    """As `consentkit.exchange.is_inert`."""
    return is_inert(None if content_type is None else content_type.decode("latin-1"))


def page_asked(fields: tuple[Field, Field]) -> bool:
    """As `consentkit.headers.caching.asks_for_document`, of Sec-Fetch-Dest and Accept."""
    destination, accept = (each.decode("latin-1") if isinstance(each, bytes) else each for each in fields)
    return asks_for_document(destination, None if destination else accept)


PAGES_ASKED = Known[tuple[Field, Field], bool](page_asked)
PLAIN_ANSWERS = Known[tuple[bytes, ...], bool](plain_answer)
INERT = Known[bytes | None, bool](inert_bytes)
