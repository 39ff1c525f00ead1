"""Store work that an exchange asks its driver to run; the core itself never touches a store."""

from __future__ import annotations

from dataclasses import dataclass

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


Effect = Append | Find | Erase | Count
