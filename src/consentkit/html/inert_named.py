"""One rule: ``link``, ``base``, ``meta`` and AMP's components are more than what their attributes fetch."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from consentkit.html import elements
from consentkit.html.change import Base, Change
from consentkit.html.charset import Encoding
from consentkit.html.decision import Kind
from consentkit.html.inert_values import SPACES
from consentkit.html.judge import Judge
from consentkit.html.labels import escaped
from consentkit.html.urls import Url, parse_url

_WORD: Final = re.compile(r"[A-Za-z0-9:/._+\-]+")
_TRUSTED_TYPES: Final = "require-trusted-types-for"


def block_link(change: Change, judge: Judge) -> None:
    """A ``link``: each of its types by itself."""
    targets = change.attributes.each("href")
    if not targets:
        return
    values = [judge.text(rel.value).lower() for rel in change.attributes.each("rel")]
    words = [word for value in values for word in SPACES.split(value) if word]
    place = change.place("href")
    refused: set[str] = set()
    for word in dict.fromkeys(words):
        kind = elements.LINK_TYPES.get(word)
        for href in targets if kind is not None else ():
            if (found := judge.url(href.value, kind or Kind.OTHER, place, change.base)) is not None:
                refused.add(word)
                change.block(found)
    if not refused:
        return
    left = [
        word for word in dict.fromkeys(words)
        if word not in refused and elements.LINK_COMPANIONS.get(word) not in refused and _WORD.fullmatch(word)
    ]  # fmt: skip
    if left:
        change.rename("rel")
        change.added.append(("rel", " ".join(left)))
    else:
        change.rename("href")


def block_base(change: Change, judge: Judge, document: Url | None) -> None:
    """A ``base``: the first is what all others are relative to. ``document``: the page's own URL."""
    href = change.attributes.first.get("href")
    if href is None:
        return
    base: Base = change.reading.base  # type: ignore[assignment]
    judge.only_here = True  # as relative to the page as it is to what holds here
    found = judge.url(href.value, Kind.OTHER, change.place("href"), document)
    if found is not None:
        change.block(found, "href")
    if not base.given and change.start.html:
        url = parse_url(judge.text(href.value), document)
        if url is not None and url.scheme not in {"data", "javascript"}:
            change.reading.base = Base(url, given=True)


def read_policy(change: Change, judge: Judge, encoding: Encoding, widen: Callable[[str], str] | None) -> bool:
    """A ``meta`` with a Content-Security-Policy, which gets what we need; whether it requires Trusted Types."""
    content = change.attributes.first.get("content")
    equivalent = change.attributes.first.get("http-equiv")
    if content is None or equivalent is None:
        return False
    if judge.text(equivalent.value).lower() != "content-security-policy":
        return False
    policy = judge.text(content.value)
    judge.only_here = True  # other options may widen it in another way, or not
    if widen is not None and (widened := widen(policy)) != policy:
        change.replace(content, encoding.encode(escaped(widened)))
    return _TRUSTED_TYPES in policy.lower()


def block_amp(change: Change, judge: Judge) -> None:
    """AMP's own way of waiting for consent, beside ours."""
    host = elements.AMP_HOSTS.get(change.name)
    if host is not None and not change.blocked:
        found = judge.address(f"https://{host}/", Kind.FRAME, change.place(""), None)
        if found is not None:
            change.block(found)
    if change.blocked and "data-block-on-consent" not in change.attributes.first:
        change.added.append(("data-block-on-consent", ""))
