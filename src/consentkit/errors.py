"""What can go wrong, one class for each person who can mend it.

Every message says what was wrong, where, and how to mend it. Facts are attributes, so a
program need not read the sentence. Nothing here is ever shown to a visitor as a traceback.

    ConsentKitError
    ├── PolicyError      the site's owner wrote a policy that cannot be used
    ├── UsageError       the calling program used an object against its contract
    ├── VisitorError     a request to an endpoint that cannot be served (carries the status)
    └── StoreError       the record store did not take or give a record
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ConsentKitError(Exception):
    """The base of everything consentkit raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a policy: where, what, and how to mend it.

    Attributes:
        where: the file as the caller named it, or ``"<policy>"`` for a mapping.
        line: 1-based line of the key in that file; ``None`` where there is no text.
        key: dotted path of the key, list positions in brackets: ``services[2].hosts[0]``.
        what: what is wrong, a clause without a final stop.
        mend: how to mend it, a clause without a final stop.
    """

    where: str
    line: int | None
    key: str
    what: str
    mend: str

    def __str__(self) -> str:
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        return f"{place}: {self.key}: {self.what}: {self.mend}"


class PolicyError(ConsentKitError):
    """A policy cannot be used. ``problems`` holds every one found, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(ConsentKitError):
    """The program called consentkit in a way its contract forbids."""


class VisitorError(ConsentKitError):
    """A request to one of our endpoints that is refused, with the sentence that says what to send.

    Attributes:
        status: the HTTP status to answer with (4xx).
        headers: further fields of the answer, such as ``Allow`` with 405.
    """

    def __init__(self, status: int, message: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        self.status = status
        self.headers = tuple(headers)
        super().__init__(message)


class StoreError(ConsentKitError):
    """The record store failed: nothing was stored, or it is not known whether something was."""
