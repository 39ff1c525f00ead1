"""`consentkit records`: verify, export, receipts, find, erase, purge, stats."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from consentkit.consent.record import Record
from consentkit.policy.load import load_policy
from consentkit.records.archive import Archive
from consentkit.records.sqlite import SQLiteStore

Run = Callable[..., Result]
NOW = int(time.time())
YEAR = 366 * 86_400


def make(number: int, subject: str, at: int, policy_hash: str, **changes: Any) -> Record:
    """One of the records."""
    values: dict[str, Any] = {
        "record_id": f"00000000-0000-4000-8000-{number:012}", "subject": subject, "at": at, "source": "banner",
        "choices": {"media": number % 2 == 0, "functional": True},
        "services": {"media": ("youtube",)} if number % 2 == 0 else {},
        "policy_version": "2026-11", "policy_hash": policy_hash, "text_hash": "1" * 64, "language": "en",
        "controller": "Brightwash Ltd", **changes,
    }  # fmt: skip
    return Record(**values)


@pytest.fixture
def file(tmp_path: Path, policy_file: Path) -> Path:
    """Four records, of which the first two are too old."""
    path = tmp_path / "records.sqlite3"
    digest = load_policy(policy_file).hash
    with closing(SQLiteStore(path)) as store:
        store.append(make(1, "=cmd()", NOW - 9 * YEAR, digest))
        store.append(make(2, "ada", NOW - 8 * YEAR, digest))
        store.append(make(3, "ada", NOW - YEAR, digest, previous=make(2, "", 0, "").record_id))
        store.append(make(4, "bob", NOW, digest, language="de", signals=("gpc",)))
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file with the newest secret and an older one."""
    path = tmp_path / "secret"
    path.write_text("n" * 32 + "\n" + "o" * 32 + "\n", encoding="utf-8")
    return path


def tamper(path: Path, statement: str) -> None:
    """Changes the file behind the store's back."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"DROP TRIGGER records_never_change; DROP TRIGGER records_never_go; {statement}")


def test_verify_good(run: Run, file: Path) -> None:
    """Good records are said to be good, with the head to note; the head fits the next time."""
    result = run("records", "verify", "--records", file)
    assert (0, "") == (result.exit_code, result.stderr)
    assert "good: 4 records, 0 erased\n" in result.output
    head = result.output.splitlines()[-1].removeprefix("head ")
    assert head.startswith("4:")
    assert 0 == run("records", "verify", "--records", file, "--head", head).exit_code


def test_verify_names_what_is_wrong(run: Run, file: Path) -> None:
    """A changed and a removed record are named, with exit status 1."""
    tamper(file, "UPDATE records SET payload = replace(payload, 'true', 'false') WHERE number = 2")
    tamper_again = "DELETE FROM records WHERE number = 3"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(tamper_again)
    result = run("records", "verify", "--records", file)
    assert 1 == result.exit_code
    lines = result.output.splitlines()
    assert "number 2: changed: its payload is not the one that was chained (record " in lines[0]
    assert "number 4: removed: number 3 is gone" in lines[1]
    assert "NOT good" in lines[2]


def test_verify_with_a_head_that_does_not_fit(run: Run, file: Path) -> None:
    """A noted head that the chain does not have is a fault; what is no head is an error."""
    result = run("records", "verify", "--records", file, "--head", f"4:{'0' * 64}")
    assert (1, True) == (result.exit_code, "number 4: different" in result.output)
    result = run("records", "verify", "--records", file, "--head", "4")
    assert (2, True) == (result.exit_code, "no head of a chain" in result.output)


def test_verify_with_the_archive(run: Run, file: Path, policy_file: Path, tmp_path: Path) -> None:
    """What the archive lacks is named, and is a fault."""
    archive = Archive(tmp_path / "archive")
    archive.keep(load_policy(policy_file))
    result = run("records", "verify", "--records", file, "--archive", archive.folder)
    assert 1 == result.exit_code
    assert f"missing: texts/{'1' * 64}.json is not in the archive" in result.output
    assert "policies/" not in result.output


def test_export_jsonl(run: Run, file: Path, tmp_path: Path) -> None:
    """JSON Lines hold each record as kept with its place in the chain, on the output or in a file."""
    result = run("records", "export", "--records", file)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [1, 2, 3, 4] == [line["chain_number"] for line in lines]
    assert ("ada", {"media": False, "functional": True}) == (lines[2]["subject"], lines[2]["choices"])
    run("records", "export", "--records", file, "--out", tmp_path / "out.jsonl")
    assert result.stdout == (tmp_path / "out.jsonl").read_text("utf-8")
    assert ["out.jsonl"] == [path.name for path in tmp_path.iterdir() if "out" in path.name]


def test_export_csv(run: Run, file: Path) -> None:
    """CSV has a line for each purpose with DPV's state, and nothing that a spreadsheet takes for a formula."""
    result = run("records", "export", "--records", file, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert 8 == len(rows)
    expected = ("Given", "Refused", "Given", "Given", "Given", "Withdrawn", "Given", "Given")
    assert [*expected] == [row["state"].removeprefix("Renewed").removeprefix("Consent") for row in rows]
    assert "RenewedConsentGiven" == rows[4]["state"]
    assert ("'=cmd()", "media", "false", "") == tuple(
        rows[1][column] for column in ("subject", "purpose", "granted", "services")
    )


def test_export_in_the_words_of_standards(run: Run, file: Path, policy_file: Path, tmp_path: Path) -> None:
    """ISO/IEC TS 27560 and Kantara documents say more where the policy is given, from its file or the archive."""
    archive = Archive(tmp_path / "archive")
    archive.keep(load_policy(policy_file))
    for option in (("--policy", policy_file), ("--archive", archive.folder)):
        result = run("records", "export", "--records", file, "--format", "iso27560", *option)
        first = json.loads(result.stdout.splitlines()[0])
        assert "consent" == first["processing"]["purposes"][0]["lawful_basis"]
    bare = json.loads(run("records", "export", "--records", file, "--format", "iso27560").stdout.splitlines()[0])
    assert "lawful_basis" not in bare["processing"]["purposes"][0]
    kantara = run("records", "export", "--records", file, "--format", "kantara").stdout.splitlines()
    assert ["KI-CR-v1.1.0"] * 4 == [json.loads(line)["version"] for line in kantara]


def test_receipts(run: Run, file: Path, secret: Path, policy_file: Path, tmp_path: Path) -> None:
    """A receipt verifies with the secret, and not after a change."""
    record_id = make(3, "", 0, "").record_id
    result = run("records", "receipt", record_id, "--records", file, "--secret-file", secret, "--policy", policy_file)
    assert 0 == result.exit_code
    paper = tmp_path / "receipt.json"
    paper.write_text(result.stdout, encoding="utf-8")
    good = run("records", "verify-receipt", paper, "--secret-file", secret)
    assert (0, True) == (good.exit_code, f"good: record {record_id} of ada" in good.output)
    assert "ConsentWithdrawn  media" in good.output
    assert 0 == run("records", "verify-receipt", "--secret-file", secret, stdin=paper.read_bytes()).exit_code
    paper.write_text(result.stdout.replace("ConsentWithdrawn", "ConsentGiven"), encoding="utf-8")
    bad = run("records", "verify-receipt", paper, "--secret-file", secret)
    assert (2, True) == (bad.exit_code, "signature does not fit" in bad.output)
    assert 2 == run("records", "receipt", "nobody", "--records", file, "--secret-file", secret).exit_code
    secret.write_text("\n", encoding="utf-8")
    assert "is empty" in run("records", "verify-receipt", paper, "--secret-file", secret).output


def test_find(run: Run, file: Path) -> None:
    """A subject's records are printed oldest first; without any the exit status is 1."""
    result = run("records", "find", "ada", "--records", file)
    assert [NOW - 8 * YEAR, NOW - YEAR] == [json.loads(line)["at"] for line in result.stdout.splitlines()]
    nobody = run("records", "find", "eve", "--records", file)
    assert (1, "") == (nobody.exit_code, nobody.stdout)
    assert "no record is of 'eve'" in nobody.stderr


def test_export_into_no_folder(run: Run, file: Path, tmp_path: Path) -> None:
    """A file that cannot be made is named as it was given, with what it needs."""
    out = tmp_path / "nowhere" / "records.jsonl"
    result = run("records", "export", "--records", file, "--out", out)
    assert 2 == result.exit_code
    assert f"Error: {out}: No such file or directory: {out.parent} has to be there" in result.stderr


def test_erase(run: Run, file: Path) -> None:
    """Erasing asks first, and leaves a chain that verifies."""
    result = run("records", "erase", "ada", "--records", file, stdin=b"n\n")
    assert (1, True) == (result.exit_code, "Erase 2 records of ada" in result.output)
    assert 0 == run("records", "find", "ada", "--records", file).exit_code
    assert "2 records erased" in run("records", "erase", "ada", "--records", file, "--yes").output
    assert 1 == run("records", "find", "ada", "--records", file).exit_code
    assert "good: 2 records, 2 erased" in run("records", "verify", "--records", file).output


def test_purge(run: Run, file: Path, policy_file: Path, tmp_path: Path) -> None:
    """Purging removes what the policy's retention says, counts first if asked, and prunes the archive."""
    archive = Archive(tmp_path / "archive")
    archive.keep(load_policy(policy_file))
    arguments = ("records", "purge", "--records", file, "--policy", policy_file)
    assert "2 records older than" in run(*arguments, "--dry-run").output
    assert "good: 4 records" in run("records", "verify", "--records", file).output
    assert "is gone: 2 rows" in (result := run(*arguments, "--archive", archive.folder)).output
    assert "0 files of the archive removed" in result.output
    assert "good: 2 records, 0 erased, purged through number 2" in run("records", "verify", "--records", file).output
    assert "is gone: 0 rows" in run(*arguments).output


def test_stats(run: Run, file: Path, tmp_path: Path) -> None:
    """Rates are printed as a table or JSON, and drawn."""
    result = run("records", "stats", "--records", file, "--svg", tmp_path / "rates.svg")
    assert "4 records, 3 of them their subject's first" in result.output
    assert ["media", "4", "2", "50.0%"] in [line.split() for line in result.output.splitlines()]
    ET.parse(tmp_path / "rates.svg")
    data = json.loads(run("records", "stats", "--records", file, "--json").stdout)
    assert {"by": "language", "value": "de", "purpose": "media", "asked": 1, "granted": 1} in data["rates"]


@pytest.mark.parametrize("command", ["verify", "export", "stats"])
def test_a_file_that_is_not_there(run: Run, tmp_path: Path, command: str) -> None:
    """A missing file is an error, and is not made."""
    result = run("records", command, "--records", tmp_path / "none.sqlite3")
    assert (2, True) == (result.exit_code, "is not there" in result.output)
    assert [] == list(tmp_path.iterdir())


def test_interrupting_says_what_is_done(run: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with status 130 and a sentence; a file that was being written is not there."""

    def lines(*_: object) -> Iterator[str]:
        yield "first\n"
        raise KeyboardInterrupt

    monkeypatch.setattr("consentkit.records.export.export", lines)
    result = run("records", "export", "--records", file, "--out", tmp_path / "out")
    assert (130, True) == (result.exit_code, "interrupted: the export is not complete" in result.output)
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_a_file_has_no_partitions(run: Run, file: Path) -> None:
    """`partition` is for PostgreSQL, and says so of a file."""
    result = run("records", "partition", "--records", file)
    assert 2 == result.exit_code
    assert "only records in PostgreSQL have partitions" in result.output
