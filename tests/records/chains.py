"""What the tests of chains have in common."""

from __future__ import annotations

from collections.abc import Callable

from consentkit.consent.record import Record

MakeRecord = Callable[..., Record]
OLD = 1_000_000
