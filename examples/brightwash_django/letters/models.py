"""Who gets the newsletter, and what people answered. Proofs of consent name both by their token."""

from __future__ import annotations

import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from consentkit.consent.mail_event import MailEvent
from consentkit.django import form_consents


def make_token() -> str:
    """What names a person from now on, in links and proofs: neither can be guessed, and none holds an address."""
    return secrets.token_hex(16)


class Person(models.Model):
    """Somebody who ticks boxes at a form."""

    token = models.CharField(max_length=32, unique=True, default=make_token, editable=False)

    class Meta:
        """Each kind has its own table."""

        abstract = True

    @property
    def subject(self) -> str:
        """How the proofs name this person."""
        return f"brightwash:{self.token}"

    def record(self, purpose: str, *, granted: bool, text: str) -> None:
        """Keeps the proof of one tick box."""
        form_consents().record(self.subject, purpose, granted, text=text, language="en")

    def allows(self, purpose: str) -> bool:
        """What the newest proof says."""
        return form_consents().allows(self.subject, purpose)


class Subscriber(Person):
    """Somebody who asked for the newsletter; the proofs say who confirmed."""

    email = models.EmailField(unique=True)
    at = models.BigIntegerField("asked, POSIX seconds", default=0, editable=False)
    left_at = models.BigIntegerField("asked to leave, POSIX seconds", default=0, editable=False)

    def __str__(self) -> str:
        return str(self.email)


class Readers:
    """The subscribers, as the newsletter that all sites of Brightwash share wants them."""

    def subscribe(self, token: str, email: str, *, at: int) -> str:
        """Keeps an address, and gives the token that names its reader from now on."""
        found, _ = Subscriber.objects.get_or_create(email=email, defaults={"token": token, "at": at})
        return str(found.token)

    def token_of(self, email: str) -> str | None:
        """What names the reader with this address."""
        return Subscriber.objects.filter(email=email).values_list("token", flat=True).first()

    def subscribers_since(self) -> list[tuple[str, str, int]]:
        """Token and address of everybody, and when they asked."""
        return list(Subscriber.objects.order_by("email").values_list("token", "email", "at"))

    def unsubscribe(self, token: str) -> None:
        """Forgets the address."""
        Subscriber.objects.filter(token=token).delete()

    def asked_to_leave(self, token: str, *, at: int, gap: int) -> bool:
        """Notes that a reader was sent the way out; False if that was less than `gap` seconds ago."""
        return Subscriber.objects.filter(token=token, left_at__lte=at - gap).update(left_at=at) == 1


class Seen(models.Model):
    """What a reader who agreed to it did with an issue."""

    kind = models.CharField(max_length=5)
    subject = models.CharField(max_length=64)
    mail = models.CharField(max_length=200)
    url = models.TextField(blank=True)
    at = models.BigIntegerField("POSIX seconds")

    def __str__(self) -> str:
        return f"{self.kind} {self.mail}"


def keep(event: MailEvent) -> None:
    """Keeps what consentkit tells of a letter: it tells of nobody who did not agree."""
    Seen.objects.create(kind=event.kind, subject=event.subject, mail=event.mail, url=event.url, at=event.at)


class Answer(Person):
    """One answer to the survey."""

    machine = models.CharField(max_length=400)
    satisfaction = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    wish = models.TextField(max_length=4_000, blank=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return str(self.machine)
