"""What all tables of a policy file have in common."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from consentkit.policy.findings import Finding, refusal


class Model(BaseModel):
    """Frozen; a key that nobody reads is a mistake, not an extension."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)


def agree(findings: Iterable[Finding]) -> None:
    """Refuse values that do not agree with each other.

    Raises:
        PydanticCustomError: with all findings, if there are any; only for pydantic's own validators.
    """
    if found := tuple(findings):
        raise refusal(*found)
