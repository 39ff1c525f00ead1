"""One rule: how a browser's decision and that of the account which is signed in become one (R27, R43, R49).

An account's state is a JSON object that the app keeps with the account: the visitor's choices with the digest of what
each was about, so that a purpose that changed since is undecided (R17). It holds nothing of the device.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from consentkit.consent.state import DENIED, Choice, Consent
from consentkit.errors import UsageError
from consentkit.policy.models import Policy

FORMAT: Final = 1
FORMER_KEPT: Final = 32
"""Records of former states by which devices that are behind are known: more than anybody has devices."""
_SUBJECT = re.compile(r"[0-9a-f]{32}")
_DAY = 86_400
_FOREIGN = "this is no account's state: keep what `sync_account` gave, and hand it over unchanged"


@dataclass(frozen=True, slots=True)
class Account:
    """What is kept of an account, read under the policy in force.

    Attributes:
        consent: its state; `decided_at` is when the visitor decided it, on whichever device.
        changed_at: when it was last changed, POSIX seconds.
        former: ids of the records of its former states, newest first: a device that still has one of them is behind.
    """

    consent: Consent
    changed_at: int
    former: tuple[str, ...] = ()


def dump_account(consent: Consent, *, changed_at: int, before: Account | None = None) -> dict[str, Any] | None:
    """What to keep with the account, ready for JSON; None for somebody who decided nothing.

    Args:
        consent: the visitor's state.
        changed_at: POSIX seconds, when it became this.
        before: what was kept so far.
    """
    if consent.decided_at is None:
        return None
    digests = consent.policy.purpose_digests
    return {
        "format": FORMAT,
        "subject": consent.subject,
        "record": consent.record_id,
        "former": _former(consent, before),
        "decided_at": consent.decided_at,
        "since": consent.counts_from,
        "changed_at": changed_at,
        "minor": consent.minor_declared,
        "purposes": {
            purpose: {
                "digest": digests[purpose].hex(),
                "granted": choice.granted,
                "services": sorted(choice.services),
                "despite_gpc": choice.despite_gpc,
            }
            for purpose, choice in consent.choices.items()
        },
    }


def parse_account(data: Mapping[str, Any] | None, device: Consent, *, now: float) -> Account | None:
    """What an account says under the policy in force.

    Args:
        data: as `dump_account` made it, None for an account with no state.
        device: the state of the visitor's browser; policy, signals and situation are taken from it.
        now: POSIX seconds. Grants older than the policy's `reprompt_after` are none any more; opt-outs stay (R48).

    Raises:
        UsageError: if the data are none of ours.
    """
    if data is None:
        return None
    try:
        if data["format"] != FORMAT or not _SUBJECT.fullmatch(data["subject"]):
            raise UsageError(_FOREIGN)
        policy, decided_at, changed_at = device.policy, int(data["decided_at"]), int(data["changed_at"])
        since = int(data["since"])
        record = str(uuid.UUID(data["record"]))
        former = tuple(str(uuid.UUID(each)) for each in data["former"])[:FORMER_KEPT]
        old = since <= now - policy.reprompt_after * _DAY
        choices = dict[str, Choice]()
        for purpose, said in data["purposes"].items():
            choice = _choice(policy, purpose, said)
            if choice is not None and (not old or _is_opt_out(policy, purpose, choice)):
                choices[purpose] = choice
        minor = bool(data["minor"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(_FOREIGN) from error
    consent = replace(
        device, choices=MappingProxyType(choices), decided_at=decided_at, subject=data["subject"], record_id=record,
        since=since if since < decided_at else None, outdated=False, noted=frozenset(), minor_declared=minor,
    )  # fmt: skip
    return Account(consent, changed_at, former)


@dataclass(frozen=True, slots=True)
class Settled:
    """What holds from now on, on the device and in the account.

    Attributes:
        choices: by purpose.
        since: the oldest decision among them, POSIX seconds: what is joined is not renewed (R16).
        by_signal: whether it was a signal that changed the account.
        minor: whether the visitor said, anywhere, to be a minor.
    """

    choices: Mapping[str, Choice]
    since: int | None
    by_signal: bool
    minor: bool


def settle(device: Consent, account: Account | None, rule: Literal["latest", "account"]) -> Settled:
    """Joins a device's decision and an account's.

    Args:
        device: the state of the visitor's browser.
        account: the account's, None if it has none.
        rule: which one counts where both decided a purpose, at the first sign-in on a device.
    """
    choices, since = _joined(device, account, rule)
    minor = device.minor_declared or (account is not None and account.consent.minor_declared)
    out = dict(choices)
    if device.gpc:  # a signal of a known visitor is the account's, too (11 CCR 7025(c)(1))
        for purpose in device.policy.asked_purposes:
            choice = out.get(purpose.id)
            if purpose.opt_out != () and (choice is None or not choice.despite_gpc):
                out[purpose.id] = DENIED
    return Settled(out, since, by_signal=out != dict(choices), minor=minor)


def _joined(
    device: Consent, account: Account | None, rule: Literal["latest", "account"]
) -> tuple[Mapping[str, Choice], int | None]:
    if account is None:
        return device.choices, device.counts_from
    other = account.consent
    if device.decided_at is None or other.decided_at is None:
        return other.choices, other.counts_from
    if device.subject == other.subject:  # joined before: whoever changed it last
        behind = device.record_id in account.former or device.decided_at < account.changed_at
        newer = device.record_id == other.record_id or not behind
        return (device.choices, device.counts_from) if newer else (other.choices, other.counts_from)
    out = dict[str, Choice]()
    for purpose in device.policy.asked_purposes:
        here, there = device.choices.get(purpose.id), other.choices.get(purpose.id)
        if here is None or there is None:
            found = here or there
        elif _is_opt_out(device.policy, purpose.id, there):  # R49
            found = there
        else:
            found = there if rule == "account" or other.decided_at >= device.decided_at else here
        if found is not None:
            out[purpose.id] = found
    return out, min(each.counts_from or 0 for each in (device, other))


def _former(consent: Consent, before: Account | None) -> list[str]:
    if before is None or before.consent.record_id is None:
        return []
    records = dict.fromkeys((before.consent.record_id, *before.former))
    records.pop(consent.record_id or "", None)
    return list(records)[:FORMER_KEPT]


def _is_opt_out(policy: Policy, purpose: str, choice: Choice) -> bool:
    return not choice.granted and not choice.services and policy.purposes_by_id[purpose].opt_out != ()


def _choice(policy: Policy, purpose: str, said: Mapping[str, Any]) -> Choice | None:
    """A purpose's choice; None if the purpose has gone or changed since."""
    digest = policy.purpose_digests.get(purpose)
    if digest is None or digest.hex() != said["digest"] or policy.purposes_by_id[purpose].exempt:
        return None
    known = {service.id for service in policy.services_by_purpose[purpose]}
    return Choice(bool(said["granted"]), frozenset(said["services"]) & known, bool(said["despite_gpc"]))
