"""`Violation`: what a browser kept from a page, counted. It says nothing of the visitor whose browser it was."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """How often pages tried to contact one host in one way, and were kept from it by our Content-Security-Policy.

    Attributes:
        host: who was to be contacted; `OTHERS` for all hosts beyond the number that are told apart.
        directive: the kind of contact, as Content-Security-Policy names it: ``script-src-elem``, ``img-src``, …
        service: id of the declared service that the host belongs to, empty if none is declared.
        page: path of a page that tried, without its query.
        count: how many times.
        at: POSIX seconds, of the last time.
    """

    host: str
    directive: str
    service: str
    page: str
    count: int
    at: int


OTHERS = "*"
"""Stands for hosts beyond those that are told apart."""
