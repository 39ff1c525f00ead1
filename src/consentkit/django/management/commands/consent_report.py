"""``manage.py consent_report``: which undeclared third parties the site's pages try to contact."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consentkit.django.conf import driver
from consentkit.errors import ConsentKitError
from consentkit.records.tried import by_host, report_data, report_lines
from consentkit.records.violations import counted


class Command(BaseCommand):
    """Prints what browsers reported of our Content-Security-Policy, by host, and the lines that would declare each."""

    help = "Says which undeclared third parties the site's pages try to contact, by what browsers reported."

    def add_arguments(self, parser: CommandParser) -> None:
        """Its one option."""
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        """Prints the report.

        Raises:
            CommandError: if the store cannot be read, or counts nothing.
        """
        try:
            tried = by_host(counted(driver().store))
        except ConsentKitError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report_data(tried), ensure_ascii=False, indent=2))
            return
        for line in report_lines(tried):
            self.stdout.write(line)
