"""The site's mail: the one that asks for confirmation, and the newsletter's issues, each made for one reader.

An issue is written with its counting picture and links; `clean` takes them out again for every reader who did not
agree, so that nobody has to remember whom to track. Without a mail server the letters lie in a folder, to be looked at.
"""

from __future__ import annotations

import datetime
import smtplib
import time
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from html import escape
from typing import Protocol

from consentkit.consent.record import Record
from consentkit.email import MailLinks, clean
from consentkit.email.tokens import CONFIRM_AGE
from consentkit.policy.models import Policy
from consentkit.records.forms import FormConsents

from . import content
from .settings import Settings

SENDER = "Brightwash <news@brightwash.example>"
LIST = ("newsletter",)  # what one click ends; its tracking ends with it


class Readers(Protocol):
    """Where a site keeps the addresses that asked for the newsletter; the proofs say who confirmed."""

    def subscribe(self, token: str, email: str, *, at: int) -> str:
        """Keeps an address, and gives the token that names its reader from now on."""
        ...

    def token_of(self, email: str) -> str | None:
        """What names the reader with this address."""
        ...

    def subscribers_since(self) -> list[tuple[str, str, int]]:
        """Token and address of everybody, and when they asked, POSIX seconds."""
        ...

    def unsubscribe(self, token: str) -> None:
        """Forgets the address."""
        ...

    def asked_to_leave(self, token: str, *, at: int, gap: int) -> bool:
        """Notes that a reader was sent the way out; False if that was less than `gap` seconds ago."""
        ...


class Post:
    """Writes and sends the site's mail."""

    def __init__(self, settings: Settings, policy: Policy, readers: Readers, consents: FormConsents) -> None:
        self._settings, self._policy, self._readers, self._consents = settings, policy, readers, consents
        self.links = MailLinks(policy, settings.secret, base_url=settings.base_url)

    def ask(self, address: str, pending: Record) -> None:
        """The only mail that goes to an address which has not confirmed yet."""
        message = _message(address, "Please confirm: the Brightwash newsletter")
        message.set_content(
            "Somebody, we hope you, asked for this with your address:\n\n"
            f"{pending.text}\n\n"
            f"Please confirm it here:\n{self.links.confirm_url(pending)}\n\n"
            "If it was not you, do nothing: no further mail will come, and the address is deleted after a week.\n"
        )
        self._send(message)

    def farewell(self, address: str, subject: str) -> None:
        """The way out, for a reader who asks for it on the site: who types an address need not be its reader."""
        message = _message(address, "Leave the Brightwash newsletter")
        leave = self.links.unsubscribe_url(subject, LIST, now=time.time())
        message.set_content(
            "Somebody, we hope you, asked on our site to end the newsletter to this address.\n\n"
            f"Follow this link and press the button there, and you hear from us no more:\n{leave}\n\n"
            "If it was not you, do nothing: everything stays as it is.\n"
        )
        self._send(message)

    def issue(self, article: content.Article, *, now: float | None = None) -> int:
        """One article to everybody who confirmed, and to nobody else.

        Returns:
            How many letters were sent.
        """
        moment = time.time() if now is None else now
        sent = 0
        for token, address, at in self._readers.subscribers_since():
            subject = subject_of(token)
            if self._consents.allows(subject, "newsletter"):
                self._send(self._letter(article, subject, address, moment))
                sent += 1
            elif moment - at > CONFIRM_AGE:  # left by a link, or never confirmed
                self._readers.unsubscribe(token)
        return sent

    def _letter(self, article: content.Article, subject: str, address: str, now: float) -> EmailMessage:
        links, mail = self.links, article.slug
        page = f"{self._settings.base_url}/blog/{article.slug}?utm_source=newsletter&utm_campaign={article.slug}"
        tracked = links.link(subject, mail, page, now=now)
        choices = links.preferences_url(subject, LIST, now=now)
        leave = links.unsubscribe_url(subject, LIST, now=now)
        message = _message(address, article.title)
        links.add_headers(message, subject, LIST, now=now)
        message.set_content(
            f"{article.title}\n\n{article.lead}\n\nRead on: {tracked}\n\n-- \nChoose what you get: {choices}\n"
            f"Leave: {leave}\n"
        )
        title, lead = escape(article.title), escape(article.lead)
        message.add_alternative(
            f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{lead}</p>"
            f'<p><a href="{escape(tracked)}">Read on</a></p>'
            f'<p><small><a href="{escape(choices)}">Choose what you get</a> · '
            f'<a href="{escape(leave)}">Leave</a></small></p>{links.pixel(subject, mail, now=now)}',
            subtype="html",
        )
        cleaned: EmailMessage = clean(message, policy=self._policy, granted=self._consents.tracks(subject)).message
        return cleaned

    def _send(self, message: EmailMessage) -> None:
        if not self._settings.smtp:
            folder = self._settings.folder / "outbox"
            folder.mkdir(exist_ok=True)
            (folder / f"{time.time_ns()}.eml").write_bytes(message.as_bytes())
            return
        host, _, port = self._settings.smtp.rpartition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as server:
            server.send_message(message)


def subject_of(token: str) -> str:
    """How the proofs name a person: by a random token, so that they hold no address."""
    return f"brightwash:{token}"


def _message(address: str, title: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = address  # a line break in it is refused here
    message["Subject"] = title
    message["Date"] = format_datetime(datetime.datetime.now(datetime.UTC))
    message["Message-ID"] = make_msgid(domain="brightwash.example")
    return message
