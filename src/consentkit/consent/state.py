"""`Consent`: what one visitor decided, under one policy. Immutable; undecided means denied (R9).

Where the policy applies another regime to the visitor's place, or the browser sends a signal, `precedence` says what
undecided means there; nothing else here knows any law.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from consentkit.consent.precedence import NOWHERE_KNOWN, Situation, Verdict, verdict
from consentkit.policy.models import Policy


@dataclass(frozen=True)
class Choice:
    """What was decided for one purpose.

    Attributes:
        granted: the purpose as a whole; what has no service of its own (the site's own cookies) follows it.
        services: ids of its services that may be used: all of them after "accept", some after a choice.
        despite_gpc: whether what is granted was granted while the browser sent Global Privacy Control, so that it is
            the visitor's answer to it (11 CCR 7025(c)(3)); an older grant ends with the signal (R43).
    """

    granted: bool
    services: frozenset[str] = frozenset()
    despite_gpc: bool = False


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
        situation: what else is known of the visitor.
        noted: the purposes in use without a decision of which the visitor has been told.
        minor_declared: whether the visitor said to be a minor (R25).
        since: POSIX seconds of the oldest grant among the choices, where a later decision left it as it was; None where
            all are as old as the decision. A later decision about something else renews nothing (R16).
        outdated: whether the visitor decided about a purpose that has changed or gone since (R17).
    """

    policy: Policy
    choices: Mapping[str, Choice] = field(default_factory=lambda: MappingProxyType({}))
    decided_at: int | None = None
    subject: str | None = None
    record_id: str | None = None
    gpc: bool = False
    situation: Situation = NOWHERE_KNOWN
    noted: frozenset[str] = frozenset()
    minor_declared: bool = False
    outdated: bool = False
    since: int | None = None

    @property
    def counts_from(self) -> int | None:
        """From when on what is granted counts, POSIX seconds; None without a decision."""
        return self.decided_at if self.since is None else self.since

    def allows(self, name: str) -> bool:
        """Whether a purpose or a service, named by its id, may be used now. An unknown id may not."""
        purpose = self.policy.purposes_by_id.get(name)
        if purpose is None:
            return self.allows_service(name)
        if purpose.exempt:
            return True
        found = self.verdicts[name]
        return found.allowed and (found.reason != "granted" or self.choices[name].granted)

    def allows_service(self, service_id: str) -> bool:
        """Whether a service may be contacted: every purpose it serves allows it (R31)."""
        service = self.policy.services_by_id.get(service_id)
        return service is not None and all(self._lets(service_id, purpose) for purpose in service.purposes)

    def _lets(self, service_id: str, purpose: str) -> bool:
        found = self.verdicts[purpose]
        return found.allowed and (found.reason != "granted" or service_id in self.choices[purpose].services)

    def decided(self, purpose: str) -> bool:
        """Whether the visitor decided this purpose, either way, under its present texts."""
        return purpose in self.choices

    @property
    def minor(self) -> bool:
        """Whether the visitor is a minor, as somebody said: nothing is granted then, and nothing can be (R56)."""
        return self.minor_declared or self.situation.minor

    @property
    def adult_age(self) -> int:
        """From which age on a visitor decides alone, in years: the law's of the place or the policy's, the higher."""
        return max(self.situation.age, self.policy.minors.age if self.policy.minors else 0)

    @property
    def age_treatment(self) -> Literal[0, 1, 2]:
        """Google's `tagForAgeTreatment`: 1 for a child, 2 for a teenager, 0 for one not known to be a minor (R79)."""
        if self.situation.minor:
            return 1 if self.situation.child else 2
        return 1 if self.minor_declared else 0

    @cached_property
    def verdicts(self) -> Mapping[str, Verdict]:
        """For each purpose of the policy what holds, and why."""
        situation, minor = self.situation, self.minor
        regime = situation.regime
        out = dict[str, Verdict]()
        for purpose in self.policy.all_purposes:
            choice = self.choices.get(purpose.id)
            out[purpose.id] = verdict(
                exempt=purpose.exempt,
                minor=minor,
                decided=_said(choice),
                gpc=self.gpc,
                ends=purpose.opt_out != (),
                refused=situation.refused,
                dnt=situation.dnt,
                lets=purpose.asked == "banner" and regime.lets(purpose),
                reasks=regime.banner != "opt-out",
            )
        return out

    @cached_property
    def undecided(self) -> tuple[str, ...]:
        """The purposes the banner still has to ask for, in the policy's order."""
        if not self.gpc and self.situation is NOWHERE_KNOWN and not self.minor_declared:
            return tuple(p.id for p in self.policy.asked_purposes if p.id not in self.choices)
        return tuple(p.id for p in self.policy.asked_purposes if self.verdicts[p.id].asked)

    @cached_property
    def in_use(self) -> tuple[str, ...]:
        """The purposes that nobody decided and the regime lets be in use, in the policy's order (R29)."""
        return tuple(p.id for p in self.policy.asked_purposes if self.verdicts[p.id].reason == "regime")

    @cached_property
    def to_note(self) -> tuple[str, ...]:
        """Those of them that the visitor has not been told of."""
        return tuple(purpose for purpose in self.in_use if purpose not in self.noted)

    @cached_property
    def opted_out(self) -> bool:
        """Whether an opt-out is in force for everything that one ends, by decision or signal (R45)."""
        ended = [p.id for p in self.policy.asked_purposes if p.opt_out != ()]
        return bool(ended) and all(self.verdicts[purpose].reason in {"refused", "gpc", "minor"} for purpose in ended)

    @cached_property
    def granted(self) -> tuple[str, ...]:
        """The ids of the purposes that were granted and of the services that may be contacted by a grant, sorted."""
        asked = {purpose.id for purpose in self.policy.asked_purposes}
        purposes = [id_ for id_ in asked if self.allows(id_)]
        services = [s.id for s in self.policy.services if s.id in self.allowed_services and asked & {*s.purposes}]
        return tuple(sorted((*purposes, *services)))

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
            despite = "!" if choice.despite_gpc else ""
            parts.append(f"{purpose}={int(choice.granted)}{despite}:{','.join(sorted(choice.services))}")
        if self.situation is not NOWHERE_KNOWN or self.noted or self.minor_declared:
            known = self.situation
            parts.append(f"{known.regime.id} {known.dnt} {known.refused} {known.minor} {known.child} {known.age}")
            parts.append(f"{self.minor_declared} {','.join(sorted(self.noted))}")
        if self.outdated:  # the banner says that it asks again, and why
            parts.append("outdated")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _said(choice: Choice | None) -> Literal["no", "granted", "granted despite gpc", "denied"]:
    """What a choice says of a purpose. One that allows a single service of it is a grant."""
    if choice is None:
        return "no"
    if not (choice.granted or choice.services):
        return "denied"
    return "granted despite gpc" if choice.despite_gpc else "granted"


def grant_all(policy: Policy) -> dict[str, Choice]:
    """The choices of somebody who accepts everything that the banner asks for."""
    return grant(policy, [p.id for p in policy.asked_purposes])


def deny_all(policy: Policy) -> dict[str, Choice]:
    """The choices of somebody who rejects everything that the banner asks for."""
    return grant(policy, ())


def opt_out(policy: Policy) -> dict[str, Choice]:
    """The choices of somebody who opts out: what an opt-out ends is denied, nothing else is decided (R43, R46)."""
    return {purpose.id: DENIED for purpose in policy.asked_purposes if purpose.opt_out != ()}


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
