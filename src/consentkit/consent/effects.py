"""Store work that an exchange asks its driver to run; the core itself never touches a store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consentkit.consent.mail_event import MailEvent
from consentkit.consent.record import Record
from consentkit.consent.violation import Violation


@dataclass(frozen=True, slots=True)
class Append:
    """Append the record; answered with None."""

    record: Record


@dataclass(frozen=True, slots=True)
class Find:
    """Find every record of a subject; answered with a list of `Record`, oldest first."""

    subject: str


@dataclass(frozen=True, slots=True)
class Erase:
    """Erase a subject's records; answered with the number erased."""

    subject: str


@dataclass(frozen=True, slots=True)
class Count:
    """Add to what is counted of violations; answered with None. A store that cannot count leaves it."""

    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Follow:
    """Find every record of a subject and do what they call for; answered with the list of `Record` found."""

    subject: str
    then: Callable[[list[Record]], tuple[Append | Tell, ...]]


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the app what a reader did with a mail; answered with None. A listener that fails is a failed store."""

    listener: Callable[[MailEvent], object]
    event: MailEvent


Effect = Append | Find | Erase | Count | Follow | Tell
