"""``manage.py consent_policy check``: everything that is wrong with the policy that the setting names."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from consentkit.django.conf import configuration
from consentkit.policy.load import examine
from consentkit.policy.models import Policy


class Command(BaseCommand):
    """Prints one line for each problem: file, line, key, what is wrong, how to mend it."""

    help = "Says everything that is wrong with the policy of the setting CONSENTKIT."
    requires_system_checks = ()  # they would say the same, and stop before the first line

    def add_arguments(self, parser: CommandParser) -> None:
        """The one action there is, and whether warnings count."""
        parser.add_argument("action", choices=["check"])
        parser.add_argument("--strict", action="store_true", help="let warnings fail as well")

    def handle(self, *_: Any, **options: Any) -> None:
        """Checks.

        Raises:
            CommandError: if there are problems.
        """
        try:
            source = configuration().get("policy")
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        if source is None or isinstance(source, Policy):
            raise CommandError("CONSENTKIT holds a policy that was loaded already, or none: there is no file to check")
        found = examine(source)
        for problem in found.problems:
            self.stderr.write(str(problem))
        for problem in found.warnings:
            self.stderr.write(f"warning: {problem}")
        if found.problems or (options["strict"] and found.warnings):
            raise CommandError(f"{found.where}: {len(found.problems)} problems, {len(found.warnings)} warnings")
        self.stdout.write(f"{found.where}: good")
