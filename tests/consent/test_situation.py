"""What is told of a visitor becomes the situation that decisions are judged by."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.consent.precedence import NOWHERE_KNOWN
from consentkit.consent.situation import situation_of
from consentkit.policy.models import Policy
from consentkit.policy.regimes import UNKNOWN_AGE
from tests.policies import make_policy

PLAIN = make_policy()


def minors(age: int, **more: Any) -> Policy:
    """A policy of a site that is for people above an age."""
    return make_policy(minors={"age": age, "text": "Not for you.", "mode": "signal", **more})


@pytest.mark.parametrize(
    ("policy", "told", "minor", "child"),
    [
        (PLAIN, None, False, True),
        (PLAIN, False, False, True),
        (PLAIN, True, True, True),
        (PLAIN, 12, True, True),
        (PLAIN, 13, True, False),
        (PLAIN, 15, True, False),
        (PLAIN, 16, False, True),
        (minors(18), 17, True, False),
        (minors(18), 18, False, True),
        (minors(14), 15, True, False),
        (minors(14, audience="children"), 40, True, False),
        (minors(14, audience="children"), None, True, True),
    ],
)
def test_who_is_a_minor(policy: Policy, told: bool | int | None, minor: bool, child: bool) -> None:
    """The higher of the law's age and the policy's counts; who is not known to be above thirteen is a child (R25, R54)."""
    found = situation_of(policy, None, minor=told)
    assert (minor, child) == (found.minor, found.child)


def test_equal_situations_are_one_object() -> None:
    """Of somebody of whom nothing is known the situation is the one that everybody else compares with."""
    assert situation_of(PLAIN, None) is NOWHERE_KNOWN
    assert situation_of(PLAIN, None, refused=True) is situation_of(PLAIN, None, refused=True)


@pytest.mark.parametrize("signal", ["refused", "dnt"])
def test_signals_are_told_apart(signal: str) -> None:
    """What refuses stands in the situation under its own name, and nothing else does."""
    found = situation_of(PLAIN, None, refused=signal == "refused", dnt=signal == "dnt")
    assert (signal == "refused", signal == "dnt") == (found.refused, found.dnt)


def test_the_law_of_the_place() -> None:
    """Regime and age are the place's where the policy uses that regime, and the strictest elsewhere."""
    assert UNKNOWN_AGE == situation_of(PLAIN, None).age
    used = make_policy(regimes={"use": ["us-opt-out"], "place": "cloudfront"})
    assert "us-opt-out" == situation_of(used, "US-CA").regime.id
    assert "opt-in" == situation_of(used, "FR").regime.id == situation_of(PLAIN, "US-CA").regime.id
