"""``manage.py sponsor_export``: the answers for the sponsor as CSV."""

from __future__ import annotations

import csv
from typing import Any

from django.core.management.base import BaseCommand

from examples.brightwash.site import harmless
from examples.brightwash_django.letters.models import Answer

COLUMNS = ("machine", "satisfaction", "wish", "name", "email")


class Command(BaseCommand):
    """Only of those who agreed and have not changed their mind."""

    help = "Prints the answers that the sponsor may have, as CSV."

    def handle(self, *_: Any, **__: Any) -> None:
        """Prints."""
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        for answer in Answer.objects.order_by("pk"):
            if answer.allows("survey-sponsor"):
                writer.writerow([harmless(str(getattr(answer, column))) for column in COLUMNS])
