"""Comments. Articles are the static texts that all sites of Brightwash share."""

from __future__ import annotations

from django.db import models


class Comment(models.Model):
    """One comment. Name and address are kept for anonymous ones too, and shown to nobody."""

    article = models.SlugField(editable=False)
    name = models.CharField(max_length=200)
    email = models.EmailField()
    country = models.CharField(max_length=100, blank=True)
    text = models.TextField(max_length=4_000)
    anonymous = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Oldest first."""

        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.name} on {self.article}"

    @property
    def author(self) -> str:
        """Whom everybody sees as the author."""
        if self.anonymous:
            return "Anonymous"
        return f"{self.name}, {self.country}" if self.country else str(self.name)
