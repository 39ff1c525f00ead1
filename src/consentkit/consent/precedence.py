"""One rule: what is in use for one visitor and one purpose, of all that was said, signalled and laid down.

`verdict` is the only place where it is decided. Everything that reads a state of consent, blocking, cookies, the
Content-Security-Policy, the banner and records, asks it through `Consent`. Its truth table is in docs/regimes.md; a
test keeps both the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from consentkit.policy.regimes import STRICTEST, UNKNOWN_AGE, Regime, by_id

Reason = Literal["exempt", "minor", "refused", "gpc", "granted", "signal", "dnt", "regime", "undecided"]


@dataclass(frozen=True)
class Situation:
    """What is known of one visitor besides the decision: where from, how old, and what browser or app said.

    Attributes:
        regime: what the law of the visitor's place asks.
        dnt: a Do Not Track field came, and the policy counts it as a refusal (R53).
        refused: an external signal refuses (R34): a consent service's, a browser's of another kind (R51).
        minor: the app says that the visitor is one, or the site is for children (R54).
        child: and below 13, or of an age that nobody told; otherwise a minor is a teenager.
        age: below which the law of the place takes somebody for a minor, in years.
    """

    regime: Regime = by_id()[STRICTEST]
    dnt: bool = False
    refused: bool = False
    minor: bool = False
    child: bool = True
    age: int = UNKNOWN_AGE

    def __hash__(self) -> int:
        """Kept: it is asked for with every request."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.regime, self.dnt, self.refused, self.minor, self.child, self.age))


NOWHERE_KNOWN: Final = Situation()
"""Of whom nothing is known: asked first, as the strictest law has it (R35)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds for a purpose.

    Attributes:
        allowed: whether it may be in use now.
        asked: whether the banner still asks for it.
        reason: what it rests on.
    """

    allowed: bool
    asked: bool
    reason: Reason


def verdict(
    *,
    exempt: bool = False,
    minor: bool = False,
    decided: Literal["no", "granted", "granted despite gpc", "denied"] = "no",
    gpc: bool = False,
    ends: bool = True,
    refused: bool = False,
    dnt: bool = False,
    lets: bool = False,
    reasks: bool = True,
) -> Verdict:
    """The first of these that applies.

    Args:
        exempt: the purpose needs no consent.
        minor: nothing is granted for a minor, and nothing can be (R25, R54-R56).
        decided: what the visitor decided, here or for the account that is signed in (`account.settle` has joined both);
            "despite gpc": while the browser sent that signal, so that it has been an answer to it (11 CCR 7025(c)(3)).
        gpc: the browser sends Global Privacy Control (R40).
        ends: the purpose is one that an opt-out ends, or does not say (R43).
        refused: an external signal refuses.
        dnt: Do Not Track refuses.
        lets: the regime lets the purpose be in use before a decision (R29, R59).
        reasks: the regime lets the site ask somebody who opted out by a signal (R48: opt-out regimes do not).
    """
    if exempt:
        return Verdict(allowed=True, asked=False, reason="exempt")
    if minor:
        return Verdict(allowed=False, asked=False, reason="minor")
    if decided == "denied":
        return Verdict(allowed=False, asked=False, reason="refused")
    if gpc and ends and decided != "granted despite gpc":
        return Verdict(allowed=False, asked=decided == "no" and reasks, reason="gpc")
    if decided != "no":
        return Verdict(allowed=True, asked=False, reason="granted")
    if refused:
        return Verdict(allowed=False, asked=False, reason="signal")
    if dnt:
        return Verdict(allowed=False, asked=False, reason="dnt")
    if lets:
        return Verdict(allowed=True, asked=False, reason="regime")
    return Verdict(allowed=False, asked=True, reason="undecided")
