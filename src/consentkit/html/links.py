"""One rule: what a link fetches is told by the words of its ``rel``, most of which fetch nothing."""

from __future__ import annotations

from functools import lru_cache

from consentkit.html.decision import Kind
from consentkit.html.elements import LINK_COMPANIONS, LINK_TYPES


@lru_cache(maxsize=256)
def fetches(rel: bytes) -> Kind | None:
    """What a link fetches; None: nothing; `Kind.OTHER` where its words have to be looked at one by one.

    Args:
        rel: the attribute's value as it stands in the page, without character references.
    """
    if not rel.isascii() or b"\x0b" in rel:
        return Kind.OTHER
    words = rel.lower().split()
    kinds = {word: LINK_TYPES[name] for word in words if (name := word.decode("latin-1")) in LINK_TYPES}
    if not kinds:
        return None
    companions = {name.encode() for name, of in LINK_COMPANIONS.items() if of.encode() in kinds}
    plain = len(kinds) == 1 and companions.union(kinds).issuperset(words)
    return next(iter(kinds.values())) if plain else Kind.OTHER
