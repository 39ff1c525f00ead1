"""Messages from the contact form."""

from __future__ import annotations

from django.db import models


class Message(models.Model):
    """One message."""

    name = models.CharField(max_length=200)
    email = models.EmailField()
    text = models.TextField(max_length=4_000)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name}, {self.at:%d %B %Y}"
