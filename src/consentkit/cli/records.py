"""`consentkit records`: what a data protection officer does with the proofs: verify, export, find, erase, purge."""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from consentkit.cli.output import Refusal, counted, line
from consentkit.cli.progress import interruptible, progress_bar, write_lines
from consentkit.consent.receipt import dump_receipt, parse_receipt
from consentkit.consent.record import dump_record
from consentkit.policy.load import load_policy
from consentkit.policy.models import Policy
from consentkit.records import export as exporting
from consentkit.records.archive import Archive
from consentkit.records.chain import ChainedStore, Head, is_chained, parse_head, purge, verify
from consentkit.records.export import FORMATS, Format, PolicyOf
from consentkit.records.open import DEFAULT_FILE, open_store
from consentkit.records.plot import line_chart
from consentkit.records.stats import ALL, DIMENSIONS, ENOUGH, Stats

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def records() -> None:
    """The proofs of decisions: verify, export, find, erase and purge them."""


def _from(function: F) -> F:
    return click.option(
        "--records",
        "source",
        default=DEFAULT_FILE,
        show_default=True,
        metavar="FILE|URL",
        envvar="CONSENTKIT_RECORDS",
        show_envvar=True,
        help="The SQLite file, or the URL of a PostgreSQL database.",
    )(function)


def _with_policies(function: F) -> F:
    function = click.option("--archive", type=_FOLDER, help="The folder of all policies and texts ever shown.")(
        function
    )
    return click.option("--policy", "policy_file", type=_FILE, help="The policy file, for records made under it.")(
        function
    )


@contextlib.contextmanager
def _opened(source: str) -> Iterator[ChainedStore]:
    if "://" not in source and not Path(source).is_file():
        raise Refusal(f"{source} is not there; name the file of the records with --records")
    store = open_store(source)
    try:
        if not is_chained(store):
            raise Refusal(f"{source}: this store keeps no chain")
        yield store
    finally:
        store.close()  # type: ignore[unused-coroutine,unused-ignore]


def _total(store: ChainedStore) -> int:
    with store.snapshot() as snapshot:
        return snapshot.count


def _policies(policy_file: Path | None, archive: Path | None) -> PolicyOf:
    policy = load_policy(policy_file) if policy_file else None
    folder = Archive(archive) if archive else None
    known = dict[str, Policy | None]({policy.hash: policy} if policy else {})

    def policy_of(policy_hash: str) -> Policy | None:
        if policy_hash not in known:
            known[policy_hash] = folder.policy(policy_hash) if folder else None
        return known[policy_hash]

    return policy_of


def _head(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> list[Head]:  # noqa: ARG001
    try:
        return [parse_head(value) for value in values]
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@records.command("verify")
@_from
@click.option("--head", "heads", multiple=True, callback=_head, metavar="NUMBER:HASH",
              help="A head noted at an earlier verify, elsewhere; can be repeated.")  # fmt: skip
@click.option("--archive", type=_FOLDER, help="Say also which policies and texts are missing in this folder.")
@click.pass_context
def verify_command(ctx: click.Context, source: str, *, heads: list[Head], archive: Path | None) -> None:
    """Look whether any record was changed, removed or moved.

    Each fault is one line. The last line is the head of the chain: note it where nobody who can write the records can
    write, and give it with --head next time. Exit status 1 with faults, else 0.
    """
    with _opened(source) as store, interruptible(lambda: "not everything was looked at; nothing was changed"):
        total = _total(store)
        with progress_bar("verifying", total) as progress:
            result = verify(store, heads=heads, progress=progress)
        missing = []
        if archive and result.good:
            with progress_bar("looking into the archive", total) as progress:
                missing = Archive(archive).missing(store, progress)
    for fault in result.faults:
        line((f"number {fault.number}", "bold"), ": ", (fault.kind, "red"), ": ", fault.what,
             f" (record {fault.record_id})" if fault.record_id else "")  # fmt: skip
    for file in missing:
        line(("missing", "red"), f": {file}")
    purged = f", purged through number {result.purged}" if result.purged else ""
    good = ("good", "green") if result.good and not missing else ("NOT good", "red")
    line((source, "bold"), ": ", good, f": {counted(result.records, 'record')}, {result.erased} erased{purged}")
    line(f"head {result.head}")
    ctx.exit(0 if result.good and not missing else 1)


@records.command()
@_from
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True,
              help="JSON Lines; CSV; or JSON Lines of ISO/IEC TS 27560 or Kantara 1.1 documents.")  # fmt: skip
@click.option("--out", type=_NEW_FILE, help="Write here, whole or not at all. Default: the standard output.")
@_with_policies
def export(source: str, *, form: str, out: Path | None, policy_file: Path | None, archive: Path | None) -> None:
    """Print all records, oldest first."""
    policy_of = _policies(policy_file, archive)
    with (
        _opened(source) as store,
        interruptible(lambda: "the export is not complete"),
        progress_bar("exporting", _total(store)) as progress,
    ):
        write_lines(exporting.export(store, cast("Format", form), policy_of, progress), out)


def _secrets(path: Path) -> list[bytes]:
    secrets = [text.strip() for text in path.read_bytes().splitlines() if text.strip()]
    if not secrets:
        raise Refusal(f"{path} is empty; it has to hold the kit's secret, and older ones on further lines")
    return secrets


_secret = click.option(
    "--secret-file", type=_FILE, required=True, help="The kit's secret on the first line, older ones on further lines."
)


@records.command()
@click.argument("record_id", metavar="ID")
@_from
@_secret
@_with_policies
def receipt(record_id: str, source: str, *, secret_file: Path, policy_file: Path | None, archive: Path | None) -> None:
    """Print the signed receipt of the record ID."""
    policy_of = _policies(policy_file, archive)
    with _opened(source) as store:
        record = store.record(record_id)
        if record is None:
            raise Refusal(f"no record has the id '{record_id}'; `consentkit records find SUBJECT` lists a subject's")
        before = store.record(record.previous) if record.previous else None
    text = dump_receipt(record, _secrets(secret_file), before=before, policy=policy_of(record.policy_hash))
    click.echo(text, nl=False)


@records.command("verify-receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True), default="-")
@_secret
def verify_receipt(file: str, *, secret_file: Path) -> None:
    """Say whether the receipt FILE is the site's own and unchanged; no records are needed. Exit status 2 if not."""
    text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    data = parse_receipt(text, _secrets(secret_file))
    header = data["record_header"]
    line((file, "bold"), ": ", ("good", "green"),
         f": record {header['record_id']} of {header['pii_principal_id']}")  # fmt: skip
    for event in data["events"]:
        line(f"{event['event_time']}  {event['event_state']}  {event['purpose']}")


@records.command()
@click.argument("subject")
@_from
@click.pass_context
def find(ctx: click.Context, subject: str, source: str) -> None:
    """Print every record of SUBJECT as JSON Lines, oldest first. Exit status 1 if there is none."""
    with _opened(source) as store:
        found = store.find(subject)
    for record in found:
        click.echo(dump_record(record))
    if not found:
        click.echo(f"no record is of '{subject}'; receipts name their subject, `records export` names all", err=True)
    ctx.exit(0 if found else 1)


@records.command()
@click.argument("subject")
@_from
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(subject: str, source: str, *, yes: bool) -> None:
    """Erase every record of SUBJECT. The chain still verifies, and shows that something was erased, not of whom."""
    with _opened(source) as store:
        found = len(store.find(subject))
        if found and not yes:
            click.confirm(f"Erase {counted(found, 'record')} of {subject} for good?", abort=True, err=True)
        erased = store.erase(subject)
    line(f"{counted(erased, 'record')} erased")


@records.command("purge")
@_from
@click.option("--policy", "policy_file", type=_FILE, required=True, help="The policy file: its `retention` is applied.")
@click.option("--archive", type=_FOLDER, help="Remove here what no record refers to any more, either.")
@click.option("--dry-run", is_flag=True, help="Count only.")
def purge_command(source: str, *, policy_file: Path, archive: Path | None, dry_run: bool) -> None:
    """Remove the records that are older than the policy's `retention.records`.

    It can be interrupted and run again, and the server can go on meanwhile.
    """
    before = int(time.time()) - load_policy(policy_file).retention.records_seconds
    until = datetime.datetime.fromtimestamp(before, datetime.UTC).date()
    gone = 0
    with (
        _opened(source) as store,
        interruptible(lambda: f"{counted(gone, 'row')} went; run it again for the rest"),
    ):
        if dry_run:
            with progress_bar("counting", _total(store)) as progress:
                old = sum(record.at < before for _, record in exporting.records(store, progress))
            line(f"{counted(old, 'record')} older than {until}; nothing was removed")
            return
        with progress_bar("purging", None) as progress:

            def step(number: int) -> None:
                nonlocal gone
                gone += number
                progress(number)

            purge(store, before, step)
        line(f"everything older than {until} is gone: {counted(gone, 'row')}")
        if archive:
            line(f"{counted(Archive(archive).prune(store, before), 'file')} of the archive removed")


@records.command()
@_from
@click.option("--months", type=click.IntRange(0, 120), default=12, show_default=True,
              help="How many coming months get a partition.")  # fmt: skip
def partition(source: str, *, months: int) -> None:
    """Keep the records of a PostgreSQL database in monthly partitions.

    The first run turns the table into the first partition, without copying it; each run makes the partitions of the
    coming months and drops those that a purge has emptied. Run it once a month, as the user who owns the table.
    """
    with _opened(source) as store:
        if not hasattr(store, "partition"):
            raise Refusal(f"{source} is a file; only records in PostgreSQL have partitions")
        done = store.partition(now=time.time(), months=months)
    for name in done.skipped:
        line(("not made", "yellow"), f": {name}; the default partition has records of that month already")
    line(f"{counted(len(done.made), 'partition')} made, {len(done.dropped)} dropped")


@records.command()
@_from
@click.option("--svg", type=_NEW_FILE, help="Draw the weekly rates here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def stats(source: str, *, svg: Path | None, as_json: bool) -> None:
    """Print how often each purpose was granted: in all, by source (banner, preferences, …), language and week."""
    counts = Stats()
    with (
        _opened(source) as store,
        interruptible(lambda: "not everything was counted"),
        progress_bar("counting", _total(store)) as progress,
    ):
        for _, record in exporting.records(store, progress):
            counts.add(record)
    if as_json:
        click.echo(json.dumps(_plain(counts), ensure_ascii=False, indent=2))
    else:
        _table(counts)
    if svg:
        series = {purpose: counts.rates(purpose) for purpose in counts.purposes}
        title, note = "Share of decisions that grant a purpose, by week", f"Hollow: fewer than {ENOUGH} decisions"
        write_lines([line_chart(title, counts.weeks, series, hollow=counts.thin_weeks, note=note)], svg)


def _plain(stats: Stats) -> dict[str, Any]:
    return {
        "records": stats.records,
        "first_decisions": stats.first,
        "rates": [
            {"by": by, "value": value, "purpose": purpose, "asked": count.asked, "granted": count.granted}
            for by in (ALL, *DIMENSIONS)
            for value, purpose, count in stats.rows(by)
        ],
    }


def _table(stats: Stats) -> None:
    line(f"{counted(stats.records, 'record')}, {stats.first} of them their subject's first")
    width = max([20, *(len(value) + len(purpose) + 2 for _, value, purpose in stats.counts)])
    for by in (ALL, *DIMENSIONS):
        line("")
        line((f"{by.ljust(width)} {'decided':>9} {'granted':>9} {'rate':>7}", "bold"))
        for value, purpose, count in stats.rows(by):
            name = purpose if by == ALL else f"{value}  {purpose}"
            line(f"{name.ljust(width)} {count.asked:>9} {count.granted:>9} {count.rate:>7.1%}")
