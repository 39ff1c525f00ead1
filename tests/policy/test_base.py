"""What all tables of a policy file have in common."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import ValidationError, model_validator

from consentkit.policy.base import Model, agree
from consentkit.policy.findings import Finding


class Pair(Model):
    """Two words that have to differ."""

    first: str
    second: str = "b"

    @model_validator(mode="after")
    def _differ(self) -> Pair:
        agree(self._findings())
        return self

    def _findings(self) -> Iterator[Finding]:
        if self.first == self.second:
            yield Finding(("first",), "it is the second", "write another")
            yield Finding(("second",), "it is the first", "write another")


def test_a_table_does_not_change() -> None:
    """Nor can it be given a key that nobody reads; blanks around a text are not part of it."""
    pair = Pair(first=" a ")
    assert ("a", "b") == (pair.first, pair.second)
    with pytest.raises(ValidationError, match="frozen"):
        pair.first = "c"
    with pytest.raises(ValidationError, match="third"):
        Pair.model_validate({"first": "a", "third": "c"})


def test_values_that_do_not_agree_are_refused_together() -> None:
    """One error has all findings; where there are none the values are taken."""
    with pytest.raises(ValidationError) as caught:
        Pair(first="b")
    (detail,) = caught.value.errors()
    assert [("first",), ("second",)] == [finding.path for finding in detail["ctx"]["findings"]]
    assert "b" == Pair(first="a").second
