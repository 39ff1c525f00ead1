"""What an app finds of us in a scope."""

from __future__ import annotations

import pytest

from consentkit.asgi import consent_from
from consentkit.errors import UsageError

pytestmark = pytest.mark.anyio


async def test_consent_outside() -> None:
    """Outside of the middleware there is no consent, and the sentence says why."""
    with pytest.raises(UsageError, match="did not pass ConsentMiddleware"):
        consent_from({"type": "http"})
