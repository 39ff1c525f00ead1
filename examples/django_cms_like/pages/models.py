"""Pages: rich text as editors' tools write it, with whatever they pasted."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from consentkit.policy.load import load_policy
from consentkit.testing import Contact, contacts


class Page(models.Model):
    """One page."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    body = models.TextField(help_text="Rich text. Embed codes may be pasted as they come.")

    class Meta:
        """As in the navigation."""

        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.title)

    def contacts(self) -> list[Contact]:
        """Whom the page would contact, as the engine finds it: those that no visitor can allow need a declaration."""
        policy = load_policy(settings.CONSENTKIT["policy"])
        found = contacts(self.body, f"https://{policy.sites[0]}/{self.slug}", policy)
        return [each for each in found if each.needs_consent]
