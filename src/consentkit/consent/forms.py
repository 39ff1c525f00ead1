"""One rule: an answer at a form, or by a link in a mail, becomes a record; the newest that names a purpose holds.

A record that only waits for its confirmation (double opt-in) denies, and has the signal `PENDING`; the one that
confirms it names it as the one before, has its words, and the signal `CONFIRMED`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from consentkit.consent.record import Record, Source
from consentkit.policy.models import Policy

PENDING = "pending"
CONFIRMED = "confirmed"


def form_record(
    policy: Policy,
    earlier: Sequence[Record],
    subject: str,
    choices: Mapping[str, bool],
    *,
    record_id: str,
    now: float,
    text: str = "",
    source: Source = "form",
    language: str | None = None,
    signals: tuple[str, ...] = (),
) -> Record:
    """The record of an answer.

    Args:
        policy: the policy in force.
        earlier: the subject's records so far, oldest first.
        subject: who answered.
        choices: purpose -> granted.
        record_id: UUIDv4.
        now: POSIX seconds.
        text: the words beside the box, or of the link, as they were shown.
        source: by what means.
        language: BCP 47 tag of the words; the policy's language by default.
        signals: `PENDING` or `CONFIRMED`.
    """
    return Record(
        record_id=record_id,
        subject=subject,
        at=int(now),
        source=source,
        choices=dict(choices),
        services={},
        policy_version=policy.version,
        policy_hash=policy.hash,
        text_hash=hashlib.sha256(text.encode()).hexdigest(),
        language=language or policy.language,
        controller=policy.controller.name,
        previous=earlier[-1].record_id if earlier else None,
        text=text or None,
        signals=signals,
    )


def newest(records: Iterable[Record], purpose: str) -> Record | None:
    """The newest record that names a purpose."""
    found = None
    for record in records:
        if purpose in record.choices:
            found = record
    return found


def granted(records: Iterable[Record], purpose: str) -> bool:
    """Whether the newest answer for a purpose was yes."""
    record = newest(records, purpose)
    return record is not None and record.choices[purpose]
