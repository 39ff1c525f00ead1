"""Visitors who have decided."""

from __future__ import annotations

import pytest

from consentkit.errors import UsageError
from consentkit.kit import ConsentKit
from consentkit.testing import consent_cookie
from tests.drivers.policies import SECRET
from tests.testing.pages import POLICY


def test_consent_cookie() -> None:
    """The cookie is that of a visitor who decided; whatever has no consentkit is refused."""
    name, value = consent_cookie(ConsentKit(POLICY, secret=SECRET), {"analytics"})
    assert POLICY.cookie_name == name
    assert value
    with pytest.raises(UsageError, match="no consentkit"):
        consent_cookie(object())
