"""`MailEvent`: a reader who agreed to it opened a mail, or followed a link in it (R220)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One thing that a reader did with a mail. Made only if the reader's newest answer was yes at that moment.

    Attributes:
        kind: ``open`` or ``click``.
        subject: who, as the site's records name people.
        mail: which mail, as the site named it.
        url: where the link led; empty for ``open``.
        at: when, POSIX seconds.
    """

    kind: Literal["open", "click"]
    subject: str
    mail: str
    url: str
    at: int
