"""Who gets the newsletter, and what people answered. Proofs of consent name both by their token."""

from __future__ import annotations

import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

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
    """Somebody who gets the newsletter."""

    email = models.EmailField(unique=True)

    def __str__(self) -> str:
        return str(self.email)

    def leave(self) -> None:
        """Withdraws everything, and forgets the address."""
        for purpose in ("newsletter", "newsletter-tracking"):
            form_consents().withdraw(self.subject, purpose, language="en")
        self.delete()


class Answer(Person):
    """One answer to the survey."""

    machine = models.CharField(max_length=400)
    satisfaction = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    wish = models.TextField(max_length=4_000, blank=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return str(self.machine)
