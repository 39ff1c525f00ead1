"""One rule: how a decision becomes a new state and its proof, in one step and never one without the other."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from consentkit.consent.record import Record, Source
from consentkit.consent.state import DENIED, Choice, Consent

# 16 bytes name the record (UUIDv4), 16 the visitor (R188: at least 128 bits), the rest is for signatures and nonces.
ENTROPY_BYTES = 64


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision leads to.

    Attributes:
        consent: the state from now on.
        record: its proof; the state must not be given to the visitor before this is stored (R180).
        opted_out: the purposes that an opt-out ends and that this decision denied first: for everybody who has the
            visitor's data by another way, such as an account (R49).
    """

    consent: Consent
    record: Record
    opted_out: tuple[str, ...] = ()


def decide(
    before: Consent,
    choices: Mapping[str, Choice],
    *,
    now: float,
    entropy: bytes,
    source: Source,
    text_hash: str,
    language: str,
    noted: Collection[str] = (),
    minor: bool | None = None,
    answers: bool = True,
) -> Decided:
    """Makes the new state and the record of one decision.

    Args:
        before: the state so far; its subject is kept, or made now (R188).
        choices: by purpose, the whole of what was decided; purposes that are not named keep what they had.
        now: POSIX seconds.
        entropy: `ENTROPY_BYTES` random bytes, used for nothing else but this exchange.
        source: by what means it was decided.
        text_hash: hexadecimal SHA-256 of the texts shown.
        language: BCP 47 tag of the texts shown.
        noted: purposes in use that were not decided, and of which the visitor was told now.
        minor: what the visitor now says of being a minor; None keeps what was said.
        answers: whether what is granted is granted now, and so an answer to signals that the browser sends.

    Raises:
        ValueError: if `entropy` is too short.
    """
    if len(entropy) < ENTROPY_BYTES:
        message = f"a decision needs {ENTROPY_BYTES} random bytes, not {len(entropy)}"
        raise ValueError(message)
    record_id = str(uuid.UUID(bytes=entropy[:16], version=4))
    subject = before.subject or entropy[16:32].hex()
    policy = before.policy
    # What is granted while the browser sends a signal against it is the visitor's answer to the signal (R43).
    said = {id_: _answering(choice) if before.gpc and answers else choice for id_, choice in choices.items()}
    merged = {**before.choices, **said}
    declared = before.minor_declared if minor is None else minor
    record = Record(
        record_id=record_id,
        subject=subject,
        at=int(now),
        source=source,
        choices={p.id: merged[p.id].granted for p in policy.asked_purposes if p.id in merged},
        services={
            p.id: tuple(sorted(merged[p.id].services))
            for p in policy.asked_purposes
            if p.id in merged and merged[p.id].services
        },
        policy_version=policy.version,
        policy_hash=policy.hash,
        text_hash=text_hash,
        language=language,
        controller=policy.controller.name,
        regime=before.situation.regime.id,
        signals=_signals(before, minor=declared or before.situation.minor),
        previous=before.record_id,
    )
    # A decision about one thing does not renew what was granted of another (R16, R126).
    kept = [choice for id_, choice in before.choices.items() if id_ not in choices]
    since = before.counts_from if any(choice.granted or choice.services for choice in kept) else None
    consent = replace(
        before,
        choices=merged,
        decided_at=int(now),
        since=since,
        subject=subject,
        record_id=record_id,
        noted=frozenset({*before.noted, *noted}.difference(merged)),
        minor_declared=declared,
    )
    return Decided(consent, record, _opted_out(before, consent))


def _opted_out(before: Consent, after: Consent) -> tuple[str, ...]:
    ended = (p.id for p in after.policy.asked_purposes if p.opt_out != ())
    return tuple(id_ for id_ in ended if after.choices.get(id_) == DENIED and before.choices.get(id_) != DENIED)


def _answering(choice: Choice) -> Choice:
    return replace(choice, despite_gpc=True) if choice.granted or choice.services else choice


def _signals(before: Consent, *, minor: bool) -> tuple[str, ...]:
    """What was signalled when it was decided, by the names that records have for it."""
    known = before.situation
    said = {"gpc": before.gpc, "dnt": known.dnt, "external": known.refused, "minor": minor}
    return tuple(name for name, there in said.items() if there)
