"""One function decides what is in use: its truth table, which the documentation shows."""

from __future__ import annotations

import itertools
import re
from typing import Any

from consentkit.consent.precedence import Verdict, verdict
from tests.conftest import PROJECT

PAGE = (PROJECT / "docs" / "regimes.md").read_text(encoding="utf-8")
COLUMNS = {
    "exempt": "exempt", "minor": "minor", "decided": "decided", "GPC": "gpc", "an opt-out ends it": "ends",
    "signal refuses": "refused", "DNT refuses": "dnt", "regime lets it": "lets", "may ask again": "reasks",
}  # fmt: skip
DECIDED = ("no", "granted", "granted despite gpc", "denied")


def table() -> list[tuple[dict[str, Any], Verdict]]:
    """The rows of the documentation: what has to be so, and what follows."""
    header, _, *rows = re.findall(r"^\| (.*) \|$", PAGE.partition("## What counts")[2], re.MULTILINE)
    names = header.split(" | ")
    assert [*COLUMNS, "in use", "asked", "because"] == names
    out = []
    for row in rows:
        cells = dict(zip(names, row.split(" | "), strict=True))
        given = {
            argument: cells[name] if argument == "decided" else cells[name] == "yes"
            for name, argument in COLUMNS.items()
            if cells[name] != "–"
        }
        reason: Any = cells["because"]
        out.append((given, Verdict(cells["in use"] == "yes", cells["asked"] == "yes", reason)))
    return out


TABLE = table()
EVERY: list[dict[str, Any]] = [
    dict(zip(COLUMNS.values(), values, strict=True))
    for values in itertools.product(
        *(DECIDED if argument == "decided" else (False, True) for argument in COLUMNS.values())
    )
]


def test_the_table_covers_every_combination() -> None:
    """Each of the 1,024 combinations is one row's, and `verdict` says what the first such row says (R43, R48)."""
    assert 1024 == len(EVERY)
    for given in EVERY:
        rows = [said for wanted, said in TABLE if wanted.items() <= given.items()]
        assert rows, given
        assert rows[0] == verdict(**given), given


def test_each_row_decides_something() -> None:
    """No row is hidden by those above it."""
    first = {next(at for at, (wanted, _) in enumerate(TABLE) if wanted.items() <= given.items()) for given in EVERY}
    assert set(range(len(TABLE))) == first


def test_no_signal_ever_grants() -> None:
    """With one more refusal nothing is in use that was not without it (R41, R43)."""
    for given, refusal in itertools.product(EVERY, ("gpc", "refused", "dnt", "minor")):
        with_it, without = verdict(**{**given, refusal: True}), verdict(**{**given, refusal: False})
        assert without.allowed or not with_it.allowed, (given, refusal)


def test_nothing_said_is_nothing_granted() -> None:
    """By default a purpose is not in use, and asked for (R1, R9)."""
    assert Verdict(allowed=False, asked=True, reason="undecided") == verdict()


def test_a_refusal_is_never_asked_about() -> None:
    """Whoever refused is not asked again, whatever else is known (R16, R18)."""
    assert not any(verdict(**given).asked for given in EVERY if given["decided"] == "denied")


def test_a_minor_is_granted_nothing_and_asked_nothing() -> None:
    """For a minor no decision counts, and none is asked for (R25, R54, R56)."""
    found = [verdict(**given) for given in EVERY if given["minor"] and not given["exempt"]]
    assert {(False, False)} == {(each.allowed, each.asked) for each in found}
