"""What is refused of a declared policy."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from consentkit.policy.findings import Finding
from consentkit.policy.models import Policy

Declared = dict[str, Any]


def findings(declared: Declared) -> list[Finding]:
    """The broken rules between the values of a policy, or [] if it holds."""
    try:
        Policy.model_validate(declared)
    except ValidationError as error:
        return [
            Finding((*detail["loc"], *finding.path), finding.what, finding.mend)
            for detail in error.errors()
            for finding in detail["ctx"]["findings"]
        ]
    return []


def refused_keys(declared: Declared) -> list[str]:
    """The keys that pydantic refuses, dotted; a list is not too short because its members are unsound."""
    try:
        Policy.model_validate(declared)
    except ValidationError as error:
        return [
            ".".join(str(part) for part in detail["loc"])
            for detail in error.errors()
            if detail["type"] != "too_short" or not detail["input"]
        ]
    return []
