"""What changed since a visitor's decision: the change log's later lines, and the purposes asked again (R17)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from consentkit.consent.state import Consent
from consentkit.policy.models import Change, Purpose


@dataclass(frozen=True, slots=True)
class News:
    """What a visitor is told at the preferences.

    Attributes:
        changes: the change log's lines from the day of the decision on, newest first.
        asked: the purposes that are asked again, or for the first time, because something about them changed.
    """

    changes: tuple[Change, ...]
    asked: tuple[Purpose, ...]


def news(consent: Consent) -> News | None:
    """What changed since the visitor decided; None for somebody who has not."""
    if consent.decided_at is None:
        return None
    day = datetime.datetime.fromtimestamp(consent.decided_at, datetime.UTC).date()
    undecided = frozenset(consent.undecided) if consent.outdated else frozenset[str]()
    asked = tuple(purpose for purpose in consent.policy.asked_purposes if purpose.id in undecided)
    return News(tuple(change for change in consent.policy.changes if change.date >= day), asked)
