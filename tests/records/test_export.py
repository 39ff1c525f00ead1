"""All records of a store as lines of a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict

import pytest

from consentkit.consent.record import Record
from consentkit.errors import StoreError
from consentkit.records.chain import Entry
from consentkit.records.export import CSV_COLUMNS, FORMATS, export, readable, records
from consentkit.records.memory import MemoryStore

MakeRecord = Callable[..., Record]


@pytest.fixture
def full(make_record: MakeRecord) -> MemoryStore:
    """Three records, of which the second was erased; the third follows on the first."""
    store = MemoryStore()
    store.append(make_record(1, choices={"analytics": True}))
    store.append(make_record(2, subject="gone"))
    store.append(
        make_record(3, choices={"analytics": False, "ads": True}, previous=make_record(1).record_id, services={})
    )
    store.erase("gone")
    return store


def test_what_was_erased_is_not_exported(full: MemoryStore) -> None:
    """Only rows that hold a record are, each with its place in the chain; every row is told to whoever counts."""
    done = list[int]()
    assert [1, 3] == [entry.number for entry, _ in records(full, done.append)]
    assert 4 == sum(done)
    lines = [json.loads(line) for line in export(full, "jsonl")]
    assert [1, 3] == [line["chain_number"] for line in lines]
    kept = json.loads(json.dumps(asdict(full.records[0])))
    assert kept == {name: value for name, value in lines[0].items() if not name.startswith("chain_")}


def test_csv_has_a_line_for_each_purpose(full: MemoryStore) -> None:
    """A purpose's state is told by the record before: who had granted it and no longer does has withdrawn."""
    header, *rows = csv.reader(export(full, "csv"))
    assert list(CSV_COLUMNS) == header
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    assert [
        ("1", "analytics", "true", "ConsentGiven", "counter"), ("3", "ads", "true", "ConsentGiven", ""),
        ("3", "analytics", "false", "ConsentWithdrawn", ""),
    ] == [tuple(row[name] for name in ("number", "purpose", "granted", "state", "services")) for row in cells]  # fmt: skip


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(make_record: MakeRecord, beginning: str) -> None:
    """What a spreadsheet would calculate stands behind an apostrophe, whichever cell it is in."""
    store = MemoryStore()
    store.append(make_record(1, subject=f"{beginning}cmd()", controller=f"{beginning}Ltd"))
    for row in list(csv.DictReader(export(store, "csv"))):
        assert (f"'{beginning}cmd()", f"'{beginning}Ltd") == (row["subject"], row["controller"])


@pytest.mark.parametrize("inside", ["\r", "\n", "\r\n", ",", '"'])
def test_cells_are_whole(make_record: MakeRecord, inside: str) -> None:
    """What would end a cell or a line is read back as it was, by readers of any Python."""
    store = MemoryStore()
    store.append(make_record(1, subject=f"a{inside}b"))
    (first, *_) = csv.DictReader(io.StringIO("".join(export(store, "csv")), newline=""))
    assert f"a{inside}b" == first["subject"]


@pytest.mark.parametrize("form", FORMATS)
def test_each_line_is_whole(full: MemoryStore, form: str) -> None:
    """Every line ends in one line feed, whatever the form."""
    for line in export(full, form):  # type: ignore[arg-type]
        assert line.endswith("\n")
        assert "\n" not in line[:-1]


def test_a_row_that_holds_no_record_is_named() -> None:
    """The number of the row is in the sentence."""
    entry = Entry(7, "record", 0, "id", "subject", "{}", b"", b"", b"", b"")
    with pytest.raises(StoreError, match="record number 7 cannot be read"):
        readable(entry)
