"""What an app finds of us in an environ."""

from __future__ import annotations

import pytest

from consentkit.errors import UsageError
from consentkit.wsgi import consent_from


def test_consent_outside() -> None:
    """Outside of the middleware there is no consent, and the sentence says why."""
    with pytest.raises(UsageError, match="did not pass ConsentMiddleware"):
        consent_from({})
