"""One rule: what is told of a visitor becomes the situation that `precedence` judges by."""

from __future__ import annotations

from functools import lru_cache

from consentkit.consent.precedence import NOWHERE_KNOWN, Situation
from consentkit.policy.models import Policy
from consentkit.policy.regimes import Regime, age_at, regime_for

CHILD = 13
"""Below this age the law of the United States speaks of children (COPPA; R54, R79)."""
REMEMBERED = 256
"""Situations kept, so that equal ones are the same object: more than regimes, ages and signals make."""


def situation_of(
    policy: Policy, place: str | None, *, minor: bool | int | None = None, refused: bool = False, dnt: bool = False
) -> Situation:
    """The situation of one visitor.

    Args:
        policy: says which regimes it applies, from which age on somebody is of age for it, and who it is for.
        place: the code of where the visitor is, None for nowhere known.
        minor: whether the visitor is a minor, or the age in years, as the app knows it; None where it does not.
        refused: whether an external signal refuses.
        dnt: whether a Do Not Track field refuses.
    """
    of_law = age_at(place)
    is_minor, is_child = bool(minor), True
    if minor is not None and not isinstance(minor, bool):
        is_minor, is_child = minor < max(of_law, policy.minors.age if policy.minors else 0), minor < CHILD
    if policy.minors is not None and policy.minors.audience == "children":
        is_minor = True
    return _same(regime_for(policy, place), dnt, refused, is_minor, is_child or not is_minor, of_law)


@lru_cache(REMEMBERED)
def _same(regime: Regime, dnt: bool, refused: bool, minor: bool, child: bool, age: int) -> Situation:
    found = Situation(regime, dnt, refused, minor, child, age)
    return NOWHERE_KNOWN if found == NOWHERE_KNOWN else found
