"""Mail of a Django site without what reports back, unless every recipient agreed: a backend around the one that sends.

    EMAIL_BACKEND = "consentkit.django.mail.EmailBackend"          # up to Django 6.0
    CONSENTKIT = {
        "policy": BASE_DIR / "policy.toml",
        "mail": {
            "backend": "django.core.mail.backends.smtp.EmailBackend",
            "subject": "shop.readers.subject_of",                  # address -> "reader:1842", or None for strangers
            "base_url": "https://www.example.com",
        },
    }

From Django 6.1 on `MAILERS` may name it instead; what the inner backend takes stands beside `backend` in its
``OPTIONS``. Body and alternatives are cleaned before any backend makes a message of them, so it works with those of
mailing houses too.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Sequence
from types import TracebackType
from typing import Any, Self

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from consentkit.django.conf import NAME, configuration, driver, secret
from consentkit.django.requests import form_consents
from consentkit.email import MailLinks, clean_html, clean_text
from consentkit.errors import StoreError, UsageError

SMTP = "django.core.mail.backends.smtp.EmailBackend"
KEYS = frozenset({"backend", "subject", "base_url"})


class EmailBackend:
    """Cleans messages and hands them to the backend that sends.

    Args:
        args: for the inner backend.
        backend: dotted path of the inner backend; by default what the setting says, or Django's SMTP.
        subject: a function, or its dotted path, that gives the key of an address in the records; None for no key.
        alias: name of the mailer (Django 6.1).
        options: for the inner backend.

    Raises:
        ImproperlyConfigured: if the setting cannot be used.
    """

    def __init__(
        self,
        *args: Any,
        backend: str | None = None,
        subject: str | Callable[[str], str | None] | None = None,
        alias: str | None = None,
        **options: Any,
    ) -> None:
        given = _settings()
        path = backend or given.get("backend") or SMTP
        made = import_string(path)
        if made is EmailBackend:
            raise ImproperlyConfigured(f"{NAME}: 'mail.backend' is this backend itself; name the one that sends")
        found = subject or given.get("subject")
        self._subject: Callable[[str], str | None] | None = import_string(found) if isinstance(found, str) else found
        self._inner = made(*args, **({} if alias is None else {"alias": alias}), **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:  # fmt: skip
        self._inner.__exit__(kind, error, traceback)

    def open(self) -> Any:
        """See `BaseEmailBackend.open`."""
        return self._inner.open()

    def close(self) -> None:
        """See `BaseEmailBackend.close`."""
        self._inner.close()

    def send_messages(self, email_messages: Sequence[Any]) -> Any:
        """Sends the messages, cleaned; the objects given are not changed.

        Raises:
            MailError: if one cannot be read; then none is sent.
        """
        return self._inner.send_messages([self.cleaned(message) for message in email_messages])

    def cleaned(self, message: Any) -> Any:
        """The message to send: the very object where every recipient agreed, or nothing had to change."""
        if self._granted(message.recipients()):
            return message
        policy = driver().kit.policy
        body = message.body
        if isinstance(body, str) and body:
            body, _ = (clean_html if message.content_subtype == "html" else clean_text)(body, policy=policy)
        alternatives = list(getattr(message, "alternatives", ()))
        new = [_alternative(each, policy) for each in alternatives]
        if body == message.body and new == alternatives:
            return message
        out = copy.copy(message)
        out.body = body
        if alternatives:
            out.alternatives = new
        return out

    def _granted(self, recipients: Collection[str]) -> bool:
        """Whether everybody who gets this very message agreed. Whoever is not known did not."""
        email = driver().kit.policy.email
        if self._subject is None or email is None or email.tracking != "individual" or not recipients:
            return False
        subjects = [self._subject(address) for address in recipients]
        try:
            consents = form_consents()
            return all(subject is not None and consents.tracks(subject) for subject in subjects)
        except StoreError:
            return False


def mail_links() -> MailLinks:
    """The links of the site's mail, by the settings `mail.base_url` and `SECRET_KEY`.

    Raises:
        ImproperlyConfigured: if they cannot be made.
    """
    base_url = _settings().get("base_url")
    if not base_url:
        raise ImproperlyConfigured(f"{NAME}: set 'mail.base_url' to where the site is, such as https://www.example.com")
    try:
        return MailLinks(driver().kit.policy, secret(configuration()), base_url=str(base_url))
    except UsageError as error:
        raise ImproperlyConfigured(f"{NAME}: {error}") from error


def add_unsubscribe(message: Any, subject: str, purposes: Collection[str], *, now: float) -> None:
    """Puts the fields for one-click unsubscribing into a message with one recipient (R226).

    Args:
        message: Django's `EmailMessage`.
        subject: the recipient's key in the records.
        purposes: ids of what one click ends.
        now: POSIX seconds.

    Raises:
        UsageError: if several people get the message: one of them could end it for another.
    """
    if len(message.recipients()) != 1:
        raise UsageError("a message with a link of one reader's has to have one recipient; send each their own")
    message.extra_headers.update(mail_links().headers(subject, purposes, now=now))


def _alternative(alternative: Any, policy: Any) -> Any:
    content, mimetype = alternative
    if not isinstance(content, str):
        return alternative
    if mimetype in {"text/html", "text/x-amp-html"}:
        cleaned, _ = clean_html(content, policy=policy)
    elif mimetype == "text/plain":
        cleaned, _ = clean_text(content, policy=policy)
    else:
        return alternative
    if cleaned == content:
        return alternative
    return alternative._replace(content=cleaned) if hasattr(alternative, "_replace") else (cleaned, mimetype)


def _settings() -> dict[str, Any]:
    given = configuration().get("mail", {})
    if not isinstance(given, dict) or set(given) - KEYS:
        raise ImproperlyConfigured(f"{NAME}: 'mail' is a dict with {', '.join(sorted(KEYS))}")
    return given
