"""Store work that an exchange asks its driver to run; the core itself never touches a store."""

from __future__ import annotations

from dataclasses import dataclass

from consentkit.consent.record import Record


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


Effect = Append | Find | Erase
