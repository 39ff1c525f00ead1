"""`MailLinks`: the addresses that a mail of the site's own carries, each signed for one reader (R222, R224, R226)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from email.message import Message
from typing import Any, Self
from urllib.parse import quote, urlencode

from markupsafe import Markup

from consentkit.consent.record import Record
from consentkit.email.rules import LINK_PATH, LINK_TARGET, PIXEL_PATH
from consentkit.email.tokens import MailTokens, checked_subject
from consentkit.errors import UsageError
from consentkit.html.urls import matches_host, parse_url
from consentkit.policy.models import Policy

ONE_CLICK = "List-Unsubscribe=One-Click"
MAX_FIELD = 950  # characters of a header field's address: a line has 998 at most (RFC 5322 §2.1.1), its name among them
MAX_MAIL = 100  # characters of the name of a mail
_MAIL = re.compile(r"[!-~]+")


class WholeField(str):
    """A header field's value that is written on one line as it is.

    The standard library's `EmailMessage` would write a word of more than 78 characters as encoded words, which no
    mail program looks for an address in: one-click unsubscribing would not work. A value with a `name` folds itself.

    Args:
        value: the value, one line of ASCII.
        name: of its field.
    """

    __slots__ = ("name",)
    name: str

    def __new__(cls, value: str, name: str = "") -> Self:
        """Make one."""
        made = super().__new__(cls, value)
        made.name = name
        return made

    def fold(self, *, policy: Any) -> str:
        """The field as it travels."""
        return f"{self.name}: {self}{policy.linesep}"


class MailLinks:
    """Makes the links of one site's mail. What they lead to is served below ``<prefix>/mail/`` by the middleware.

    Args:
        policy: the site's.
        secret: the same that the middleware is given.
        base_url: where the app is mounted, ``https://www.example.com`` or with a path.
        secret_fallbacks: not needed to make links; taken so that both can be called alike.

    Raises:
        UsageError: if the secret is missing, or the address is none of the site's.
    """

    def __init__(
        self,
        policy: Policy,
        secret: str | bytes,
        *,
        base_url: str,
        secret_fallbacks: Sequence[str | bytes] = (),
    ) -> None:
        if not secret:
            raise UsageError("give `secret`, the same that the middleware has: it signs the links")
        whole = parse_url(base_url, None)
        host = whole.host if whole is not None else ""
        if whole is None or whole.scheme not in {"http", "https"} or whole.query or whole.fragment or not host:
            raise UsageError(
                f"`base_url` is {base_url!r}; give where the app is mounted, such as https://www.example.com"
            )
        if not any(matches_host(host, site) for site in policy.sites):
            sites = ", ".join(policy.sites)
            raise UsageError(f"`base_url` is at {host}, which is none of the policy's sites ({sites})")
        self.policy = policy
        self._tokens = MailTokens((secret, *secret_fallbacks))
        self._base = whole.href.rstrip("/") + policy.prefix

    def unsubscribe_url(self, subject: str, purposes: Collection[str], *, now: float) -> str:
        """The page, and the address, that ends mail with one click.

        Args:
            subject: the reader's key, as the records name people; no e-mail address.
            purposes: ids of what one click ends. Tracking of mail ends with it in any case.
            now: POSIX seconds.

        Raises:
            UsageError: for a subject or purpose that cannot stand there.
        """
        return f"{self._base}/mail/unsubscribe?t={self._reader(subject, purposes, now)}"

    def preferences_url(self, subject: str, purposes: Collection[str] = (), *, now: float) -> str:
        """The page where a reader chooses what to get. The arguments are those of `unsubscribe_url`."""
        return f"{self._base}/mail/preferences?t={self._reader(subject, purposes, now)}"

    def confirm_url(self, pending: Record) -> str:
        """The page that confirms a request (double opt-in). It ends `tokens.CONFIRM_AGE` after the request.

        Args:
            pending: what `FormConsents.request` gave.
        """
        values = (pending.at, checked_subject(pending.subject), pending.record_id)
        return f"{self._base}/mail/confirm?t={self._tokens.dump('confirm', *values)}"

    def pixel_url(self, subject: str, mail: str, *, now: float) -> str:
        """A picture that tells the app's `mail_events` that a mail was opened: if the reader's record says so then.

        Args:
            subject: the reader's key.
            mail: names the mail: ``"2026-11"``.
            now: POSIX seconds.
        """
        token = self._tokens.dump("open", int(now), checked_subject(subject), _checked_mail(mail))
        return f"{self._base}{PIXEL_PATH}?t={token}"

    def pixel(self, subject: str, mail: str, *, now: float) -> Markup:
        """The same as an element for the end of a mail's body."""
        return Markup('<img src="{}" width="1" height="1" alt="">').format(self.pixel_url(subject, mail, now=now))

    def link(self, subject: str, mail: str, url: str, *, now: float) -> str:
        """A link that tells of the click in the same way, and leads straight on in any case.

        Args:
            subject: the reader's key.
            mail: names the mail.
            url: where it leads: http or https.
            now: POSIX seconds.

        Raises:
            UsageError: if the address is no absolute one.
        """
        parsed = parse_url(url, None)
        if parsed is None or parsed.scheme not in {"http", "https"} or not parsed.host:
            raise UsageError(f"a link in a mail leads to an absolute http or https address, not to {url!r}")
        token = self._tokens.dump("go", int(now), checked_subject(subject), _checked_mail(mail), parsed.href)
        return f"{self._base}{LINK_PATH}?{urlencode({LINK_TARGET: parsed.href}, quote_via=quote)}&t={token}"

    def headers(self, subject: str, purposes: Collection[str], *, now: float) -> dict[str, str]:
        """The fields for one-click unsubscribing (RFC 8058). Both have to be covered by the DKIM signature.

        The values are `WholeField`: put them into the message as they are, or the address may be broken up.

        Raises:
            UsageError: for a subject or purpose that cannot stand there, or so many that the line gets too long.
        """
        url = self.unsubscribe_url(subject, purposes, now=now)
        if len(url) > MAX_FIELD:
            raise UsageError(
                f"the address would have {len(url)} characters, and a field has {MAX_FIELD}; name fewer purposes"
            )
        fields = {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": ONE_CLICK}
        return {name: WholeField(value, name) for name, value in fields.items()}

    def add_headers(self, message: Message[Any, Any], subject: str, purposes: Collection[str], *, now: float) -> None:
        """Puts these fields into a message, instead of any that it has."""
        for name, value in self.headers(subject, purposes, now=now).items():
            del message[name]
            message[name] = value

    def _reader(self, subject: str, purposes: Collection[str], now: float) -> str:
        names = [purposes] if isinstance(purposes, str) else list(purposes)
        asked = [purpose.id for purpose in self.policy.all_purposes if purpose.asked == "form"]
        if strangers := sorted(set(names) - set(asked)):
            known = ", ".join(asked) or "nothing of this policy"
            raise UsageError(f"no form asks for {', '.join(strangers)}; a link can end {known}")
        tracking = self.policy.email.purpose if self.policy.email else None
        if tracking and tracking not in names and tracking in asked:
            names.append(tracking)
        return self._tokens.dump("reader", int(now), checked_subject(subject), names)


def _checked_mail(mail: str) -> str:
    if not _MAIL.fullmatch(mail) or len(mail) > MAX_MAIL:
        raise UsageError(
            f"a mail's name is 1 to {MAX_MAIL} characters of printable ASCII without spaces, such as '2026-11'"
        )
    return mail
