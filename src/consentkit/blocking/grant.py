"""What may be contacted, and what one state of consent says of a host."""

from __future__ import annotations

from dataclasses import dataclass

from consentkit.blocking.patterns import Path
from consentkit.html.decision import Block
from consentkit.html.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be contacted, without who said so: the part of consent that decisions are made from.

    Attributes:
        services: ids of the services allowed.
        purposes: ids of the purposes allowed, exempt ones included.
        everything: every host is allowed, unknown ones too.
    """

    services: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What one state of consent says of one host."""

    paths: tuple[tuple[Path, Block | None], ...]
    rest: Block | None
    unknown: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class Memory:
    """Answers remembered for one state of consent."""

    hosts: dict[str, Answer]
    urls: dict[str, Block | None]
    verdicts: dict[bytes, Verdict]
    denied: dict[tuple[str, ...], Block | None]


def answer_of(paths: list[tuple[Path, Block | None]], rest: Block | None, *, unknown: bool) -> Answer:
    """What paths say of a host, and what is said of the rest of it."""
    whole = rest is None and all(block is None for _, block in paths)
    return Answer(() if whole else tuple(paths), rest, unknown, whole)
