"""What was found in a mail, and what became of it: so that nothing is taken out, or left in, in silence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

from consentkit.errors import ConsentKitError

Kind = Literal["pixel", "background", "font", "stylesheet", "hint", "other", "link", "parameter"]
Left = Literal["opaque-link", "wrapped-link", "remote-image", "receipt", "signed", "encrypted", "attachment"]

#: Findings that a report keeps of one mail; it goes on counting. A newsletter has some dozens.
MAX_FINDINGS: Final = 10_000


class MailError(ConsentKitError):
    """A mail that cannot be cleaned: it must not be sent as it is. The message says why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a mail that reports back, or may.

    Attributes:
        kind: what was removed (``pixel``, ``background``, ``font``, ``stylesheet``, ``hint``, ``other``,
            ``parameter``) or unwrapped (``link``). Or what was left: a link whose target its sender alone knows
            (``opaque-link``), a link with another in it (``wrapped-link``), an image from elsewhere that readers
            see (``remote-image``), a request for a receipt (``receipt``), a part that must not be touched
            (``signed``, ``encrypted``, ``attachment``).
        what: the URL, the parameter's name, or the part's media type.
        sender: id in the table of senders, or ``""`` where its form gave it away.
        part: where: ``1.2`` is the second part of the first; ``""`` for a message of one part.
        removed: whether it is gone from the cleaned mail.
    """

    kind: Kind | Left
    what: str
    sender: str = ""
    part: str = ""
    removed: bool = True


class Report:
    """What was found in one mail.

    Attributes:
        counts: how many of each kind, whether kept here or not.
    """

    def __init__(self) -> None:
        self.counts = Counter[str]()
        self._findings: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """One more."""
        self.counts[finding.kind] += 1
        if len(self._findings) < MAX_FINDINGS:
            self._findings.append(finding)

    @property
    def removed(self) -> list[Finding]:
        """What was taken out or unwrapped."""
        return [finding for finding in self._findings if finding.removed]

    @property
    def left(self) -> list[Finding]:
        """What is still there, for somebody to look at."""
        return [finding for finding in self._findings if not finding.removed]

    def __len__(self) -> int:
        return self.counts.total()
