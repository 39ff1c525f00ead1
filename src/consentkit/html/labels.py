"""One rule: a blocked element carries the names of whoever would have to be allowed, escaped for where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from consentkit.html.decision import Block

_QUOTED: Final = re.compile(r'[&"<>]')
_UNQUOTED: Final = re.compile(r"[^A-Za-z0-9._:/\-\[\]]")


def labels(blocks: Sequence[Block], added: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Who would have to be allowed, around what is added: the whole can be found again by its two ends."""
    services = dict.fromkeys(block.service for block in blocks if block.service)
    attributes = [("data-ck-service", " ".join(services))]
    if not all(block.service for block in blocks):
        hosts = dict.fromkeys(block.host for block in blocks if block.host and not block.service)
        attributes.append(("data-ck-host", " ".join(hosts)))
    purposes = dict.fromkeys(word for block in blocks for word in block.purposes)
    return [*attributes, *added, ("data-ck-purposes", " ".join(purposes))]


@lru_cache(maxsize=1024)
def label(block: Block, *, script: bool) -> bytes:
    """What stands behind the name of an element with one thing blocked."""
    return b"".join(quoted(labels([block], [("type", "text/plain")] if script else [])))


def quoted(attributes: Iterable[tuple[str, str]]) -> Iterable[bytes]:
    """Attributes as markup."""
    for name, value in attributes:
        yield f' {name}="{_QUOTED.sub(_reference, value)}"'.encode("ascii", "xmlcharrefreplace")


def unquoted(attributes: Iterable[tuple[str, str]]) -> Iterable[bytes]:
    """Attributes as markup that does no harm in whatever another reading takes the place for."""
    for name, value in attributes:
        shown = f"={escaped(value)}" if value else ""
        yield f" {name}{shown}".encode("ascii")


def escaped(text: str) -> str:
    """Text as it may stand in any attribute, quoted or not."""
    return _UNQUOTED.sub(_reference, text)


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"
