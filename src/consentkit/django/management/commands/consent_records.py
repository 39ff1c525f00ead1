"""``manage.py consent_records find|erase SUBJECT`` and ``export``: the records of the configured store."""

from __future__ import annotations

from typing import Any, cast

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError, CommandParser

from consentkit.consent.effects import Effect, Erase, Find
from consentkit.consent.record import Record, dump_record
from consentkit.django.admin import json_lines
from consentkit.django.conf import driver
from consentkit.django.store import DjangoStore
from consentkit.errors import StoreError
from consentkit.records.store import Store, is_async, perform, perform_async


class Command(BaseCommand):
    """Prints records as JSON Lines, or erases those of one subject."""

    help = "Prints the records of a subject or all of them as JSON Lines, or erases those of a subject."

    def add_arguments(self, parser: CommandParser) -> None:
        """An action, and whom it is about."""
        parser.add_argument("action", choices=["find", "erase", "export"])
        parser.add_argument("subject", nargs="?", help="the subject, as the records name it; not with export")

    def handle(self, *_: Any, **options: Any) -> None:
        """Does it.

        Raises:
            CommandError: if the store fails, or cannot do that.
        """
        action, subject = options["action"], options["subject"]
        if (subject is None) != (action == "export"):
            raise CommandError(f"consent_records {action} takes {'no' if action == 'export' else 'a'} subject")
        if action == "export":
            self._export()
        elif action == "find":
            for record in cast("list[Record]", _result(Find(subject))):
                self.stdout.write(dump_record(record))
        else:
            self.stdout.write(f"{_result(Erase(subject))} records erased")

    def _export(self) -> None:
        store = driver().store
        if not isinstance(store, DjangoStore):
            raise CommandError("only records in the site's database are exported here; this is another store")
        for line in json_lines(store.rows):
            self.stdout.write(line, ending="")


def _result(effect: Effect) -> object:
    store = driver().store
    if is_async(store):
        results = async_to_sync(perform_async)(store, (effect,))
    else:
        results = perform(cast("Store", store), (effect,))
    if isinstance(results, StoreError):
        raise CommandError(str(results)) from results
    return results[0]
