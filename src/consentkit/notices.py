"""`Notice`: something worth telling the owner once. The core returns them; drivers log and count them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing seen while serving a request.

    Attributes:
        kind: what sort: ``"unknown-host"``, ``"undeclared-cookie"``, ``"cookie-hardened"``, ``"cookie-blocked"``,
            ``"unreadable"``, …; drivers log each (kind, subject) once.
        subject: what it is about: the host, the cookie's name, the path.
        message: a sentence for the log, with the lines to add to the policy where that mends it.
    """

    kind: str
    subject: str
    message: str
