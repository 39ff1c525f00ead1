"""All records of a store as lines of a file: one line, or with CSV one for each purpose, at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, Literal

from consentkit.consent.fields import iso27560, kantara, moment, state
from consentkit.consent.record import Record, parse_record
from consentkit.errors import StoreError
from consentkit.policy.models import Policy
from consentkit.records.chain import ChainedStore, Entry, Progress

Format = Literal["jsonl", "csv", "iso27560", "kantara"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv", "iso27560", "kantara")

CSV_COLUMNS = (
    "number", "record_id", "subject", "time", "source", "purpose", "granted", "state", "services", "language", "regime",
    "signals", "policy_version", "policy_hash", "text_hash", "controller", "previous", "hash",
)  # fmt: skip

# What spreadsheets take for the beginning of a formula (OWASP, CSV injection); a subject is the site's own text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

PolicyOf = Callable[[str], Policy | None]


def records(store: ChainedStore, progress: Progress | None = None) -> Iterator[tuple[Entry, Record]]:
    """Every record, oldest first, with its row.

    Raises:
        StoreError: if the store cannot be read, or a row holds no record.
    """
    with store.snapshot() as snapshot:
        for entry in snapshot.entries:
            if progress:
                progress(1)
            if entry.kind == "record" and entry.payload is not None:
                yield entry, readable(entry)


def readable(entry: Entry) -> Record:
    """The record of a row.

    Raises:
        StoreError: if it holds none.
    """
    try:
        return parse_record(entry.payload or "")
    except ValueError as error:
        raise StoreError(f"record number {entry.number} cannot be read: {error}; `records verify` says more") from error


def export(
    store: ChainedStore, form: Format, policy_of: PolicyOf = lambda _: None, progress: Progress | None = None
) -> Iterator[str]:
    r"""The lines of an export, each with its line feed.

    Args:
        store: what is exported.
        form: ``"jsonl"``: each record as it was kept, with its place in the chain; ``"csv"``: a line for each purpose
            of a record; ``"iso27560"`` and ``"kantara"``: a JSON document on each line.
        policy_of: the policy of a hash, where it is known.
        progress: called with how many rows were done.

    Raises:
        StoreError: if the store cannot be read.
    """
    if form == "csv":
        yield _csv_line(CSV_COLUMNS)
    for entry, record in records(store, progress):
        if form == "jsonl":
            yield _json_line({**asdict(record), "chain_number": entry.number, "chain_hash": entry.hash.hex()})
        elif form == "kantara":
            yield _json_line(kantara(record, policy_of(record.policy_hash)))
        else:
            before = store.record(record.previous) if record.previous else None
            if form == "iso27560":
                yield _json_line(iso27560(record, before, policy_of(record.policy_hash)))
            else:
                yield from _csv_lines(entry, record, before)


def _json_line(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True) + "\n"


def _csv_lines(entry: Entry, record: Record, before: Record | None) -> Iterator[str]:
    for purpose, granted in record.choices.items():
        yield _csv_line(
            (
                str(entry.number), record.record_id, record.subject, moment(record.at), record.source, purpose,
                "true" if granted else "false", state(record, before, purpose),
                " ".join(record.services.get(purpose, ())), record.language, record.regime, " ".join(record.signals),
                record.policy_version, record.policy_hash, record.text_hash, record.controller, record.previous or "",
                entry.hash.hex(),
            )
        )  # fmt: skip


def _csv_line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    # With "\n" as the end of lines, Pythons before 3.13 leave "\r" unquoted, and readers take that for an end.
    csv.writer(out, lineterminator="\r\n").writerow([f"'{c}" if c.startswith(FORMULA) else c for c in cells])
    return out.getvalue().removesuffix("\r\n") + "\n"
