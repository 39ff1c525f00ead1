"""One rule: a link in a mail shows nothing of its reader, and nobody can make or change one (R226).

A token is a list in JSON, signed with a key made from the secret for this use alone. It names the reader by the site's
own key, never by the address: whoever sees the link in a log learns nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final, Literal

from itsdangerous import BadData, URLSafeSerializer

from consentkit.errors import UsageError

Use = Literal["reader", "confirm", "open", "go"]

#: Characters of a token: a link of 2,000 characters stays whole in every mail program.
MAX_TOKEN: Final = 2_000
MAX_SUBJECT: Final = 200
#: Seconds in which a request has to be confirmed: a week, for people who read mail on Sundays.
CONFIRM_AGE: Final = 7 * 86_400
#: Seconds in which a link may also begin something anew. Later it can still end everything: mail is forwarded and kept.
BEGIN_AGE: Final = 90 * 86_400
#: Seconds by which clocks of two machines may differ.
CLOCK_SKEW: Final = 300

_SUBJECT: Final = re.compile(r"[!-~]+")


class MailTokens:
    """Signs and reads the tokens of links in mail.

    Args:
        secrets: newest first; all verify, the newest signs. Without any nothing is signed, and nothing verifies.
    """

    def __init__(self, secrets: Sequence[bytes | str]) -> None:
        self._keys = [secret.encode() if isinstance(secret, str) else secret for secret in reversed(secrets)]

    def dump(self, use: Use, *values: Any) -> str:
        """A token.

        Args:
            use: what for; a token for one use is none for another.
            values: what JSON can hold.

        Raises:
            UsageError: if it would be too long.
        """
        token = str(self._serializer(use).dumps(list(values)))
        if len(token) > MAX_TOKEN:
            raise UsageError(f"the link would be longer than {MAX_TOKEN} characters; give shorter names and addresses")
        return token

    def parse(self, use: Use, token: str, *, length: int) -> list[Any] | None:
        """The values of a token of ours with so many of them; None for anything else."""
        if not self._keys or not token or len(token) > MAX_TOKEN:
            return None
        try:
            values = self._serializer(use).loads(token)
        except BadData:
            return None
        return values if isinstance(values, list) and len(values) == length else None

    def _serializer(self, use: Use) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._keys,  # itsdangerous wants them oldest first
            salt=f"consentkit.mail.{use}",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )


def checked_subject(subject: str) -> str:
    """A key that may stand in a link.

    Raises:
        UsageError: if it is empty or long, has other characters than printable ASCII, or is an address.
    """
    if not _SUBJECT.fullmatch(subject) or len(subject) > MAX_SUBJECT:
        raise UsageError(
            f"a subject in a link is 1 to {MAX_SUBJECT} characters of printable ASCII without spaces, "
            "such as 'reader:1842'"
        )
    if "@" in subject or "%40" in subject:
        raise UsageError(
            "the subject looks like an e-mail address, which links must not show; name the reader by a key, "
            "such as 'reader:1842'"
        )
    return subject
