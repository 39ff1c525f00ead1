"""``manage.py send_issue``: the newest article to everybody who confirmed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from examples.brightwash.content import ARTICLES
from examples.brightwash_django.letters.newsletter import newsletter


class Command(BaseCommand):
    """To nobody who has not confirmed, or who has left."""

    help = "Sends the newest article to the readers of the newsletter."

    def handle(self, *_: Any, **__: Any) -> None:
        """Sends."""
        self.stdout.write(f"{newsletter().post.issue(ARTICLES[0])} letters sent")
