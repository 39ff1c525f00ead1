"""The part of a host that somebody registered."""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList

from consentkit.html.urls import is_address


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def registrable_domain(host: str) -> str:
    """The part of a host that somebody registered, by the public suffix list; the host itself where there is none."""
    if is_address(host):
        return host
    return _suffixes().privatesuffix(host) or host
