"""`Consent`: what one visitor decided, under one policy. Immutable; undecided means denied (R9)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from consentkit.policy.models import Policy


@dataclass(frozen=True)
class Choice:
    """What was decided for one purpose.

    Attributes:
        granted: the purpose as a whole; what has no service of its own (the site's own cookies) follows it.
        services: ids of its services that may be used: all of them after "accept", some after a choice.
    """

    granted: bool
    services: frozenset[str] = frozenset()


DENIED = Choice(granted=False)


@dataclass(frozen=True)
class Consent:
    """The state that every decision about a page is made from.

    Attributes:
        policy: the policy that is in force now.
        choices: by purpose; a purpose that is not there is undecided, also after its texts changed (R17).
        decided_at: when the visitor last decided, POSIX seconds; None if never.
        subject: 32 hexadecimal digits naming the visitor in the records, made at the first decision (R188).
        record_id: of the newest record, so that the next can name it.
        gpc: whether this request carried a Global Privacy Control signal (R40).
    """

    policy: Policy
    choices: Mapping[str, Choice] = field(default_factory=lambda: MappingProxyType({}))
    decided_at: int | None = None
    subject: str | None = None
    record_id: str | None = None
    gpc: bool = False

    def allows(self, name: str) -> bool:
        """Whether a purpose or a service, named by its id, may be used now. An unknown id may not."""
        purpose = self.policy.purposes_by_id.get(name)
        if purpose is None:
            return self.allows_service(name)
        return purpose.exempt or self.choices.get(name, DENIED).granted

    def allows_service(self, service_id: str) -> bool:
        """Whether a service may be contacted: every purpose it serves allows it (R31)."""
        service = self.policy.services_by_id.get(service_id)
        if service is None:
            return False
        purposes = self.policy.purposes_by_id
        return all(purposes[p].exempt or service_id in self.choices.get(p, DENIED).services for p in service.purposes)

    def decided(self, purpose: str) -> bool:
        """Whether the visitor decided this purpose, either way, under its present texts."""
        return purpose in self.choices

    @cached_property
    def undecided(self) -> tuple[str, ...]:
        """The purposes the banner still has to ask for, in the policy's order."""
        return tuple(p.id for p in self.policy.asked_purposes if p.id not in self.choices)

    @cached_property
    def allowed_services(self) -> frozenset[str]:
        """The ids of all services that may be contacted now."""
        return frozenset(s.id for s in self.policy.services if self.allows_service(s.id))

    @cached_property
    def state_hash(self) -> str:
        """16 hexadecimal digits that differ whenever a page for this state may differ (R143)."""
        parts = [self.policy.hash, "gpc" if self.gpc else ""]
        for purpose in sorted(self.choices):
            choice = self.choices[purpose]
            parts.append(f"{purpose}={int(choice.granted)}:{','.join(sorted(choice.services))}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def grant_all(policy: Policy) -> dict[str, Choice]:
    """The choices of somebody who accepts everything that the banner asks for."""
    return grant(policy, [p.id for p in policy.asked_purposes])


def deny_all(policy: Policy) -> dict[str, Choice]:
    """The choices of somebody who rejects everything that the banner asks for."""
    return grant(policy, ())


def grant(policy: Policy, names: Collection[str]) -> dict[str, Choice]:
    """The choices that grant exactly these purposes (with all their services) and these services.

    Every other purpose that the banner asks for is denied: a choice is a whole (R10).
    """
    out = dict[str, Choice]()
    for purpose in policy.asked_purposes:
        services = policy.services_by_purpose[purpose.id]
        if purpose.id in names:
            out[purpose.id] = Choice(granted=True, services=frozenset(s.id for s in services))
        else:
            out[purpose.id] = Choice(granted=False, services=frozenset(s.id for s in services if s.id in names))
    return out
