"""``manage.py consent_records find|erase SUBJECT``, ``export``, ``verify``, ``purge``: of the configured store."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, cast

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError, CommandParser

from consentkit.consent.effects import Effect, Erase, Find
from consentkit.consent.record import Record, dump_record
from consentkit.django.admin import json_lines
from consentkit.django.conf import driver
from consentkit.django.store import DjangoStore
from consentkit.errors import StoreError
from consentkit.records.chain import ChainedStore, is_chained, parse_head, purge, verify
from consentkit.records.spool import SpoolingStore
from consentkit.records.store import AsyncStore, Store, is_async, perform, perform_async


class Command(BaseCommand):
    """Prints records as JSON Lines, erases those of one subject, verifies or purges them all."""

    help = (
        "Prints the records of a subject (find) or all of them (export) as JSON Lines, erases those of a subject "
        "(erase), looks whether any was changed, removed or moved (verify), or removes those older than the policy's "
        "`retention.records` (purge)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """An action, and whom it is about."""
        parser.add_argument("action", choices=["find", "erase", "export", "verify", "purge"])
        parser.add_argument("subject", nargs="?", help="the subject, as the records name it; with find and erase")
        parser.add_argument("--head", action="append", default=[], help="a head noted at an earlier verify, elsewhere")

    def handle(self, *_: Any, **options: Any) -> None:
        """Does it.

        Raises:
            CommandError: if the store fails, or cannot do that.
        """
        action, subject = options["action"], options["subject"]
        whole = action in {"export", "verify", "purge"}
        if (subject is None) != whole:
            raise CommandError(f"consent_records {action} takes {'no' if whole else 'a'} subject")
        if action == "export":
            self._export()
        elif action == "verify":
            self._verify(options["head"])
        elif action == "purge":
            before = int(time.time()) - driver().kit.policy.retention.records_seconds
            gone = purge(_chained(), before)
            self.stdout.write(f"{gone} {'row' if gone == 1 else 'rows'} removed")
        elif action == "find":
            for record in cast("list[Record]", _result(Find(subject))):
                self.stdout.write(dump_record(record))
        else:
            self.stdout.write(f"{_result(Erase(subject))} records erased")

    def _export(self) -> None:
        store = _behind_the_spool()
        if not isinstance(store, DjangoStore):
            raise CommandError("only records in the site's database are exported here; this is another store")
        for line in json_lines(store.rows):
            self.stdout.write(line, ending="")

    def _verify(self, heads: Sequence[str]) -> None:
        try:
            result = verify(_chained(), heads=[parse_head(text) for text in heads])
        except (StoreError, ValueError) as error:
            raise CommandError(str(error)) from error
        for fault in result.faults:
            self.stderr.write(str(fault))
        noun = "record" if result.records == 1 else "records"
        purged = f", purged through number {result.purged}" if result.purged else ""
        self.stdout.write(f"{result.records} {noun}, {result.erased} erased{purged}")
        self.stdout.write(f"head {result.head}")
        if not result.good:
            raise CommandError("the records are NOT good")


def _behind_the_spool() -> Store | AsyncStore:
    """The store in which records end up, whatever waits before it."""
    store = driver().store
    return store.store if isinstance(store, SpoolingStore) else store


def _chained() -> ChainedStore:
    store = _behind_the_spool()
    if not is_chained(store):
        raise CommandError(f"{type(store).__name__} keeps no chain")
    return store


def _result(effect: Effect) -> object:
    store = driver().store
    if is_async(store):
        results = async_to_sync(perform_async)(store, (effect,))
    else:
        results = perform(cast("Store", store), (effect,))
    if isinstance(results, StoreError):
        raise CommandError(str(results)) from results
    return results[0]
