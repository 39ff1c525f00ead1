"""A long fuzz: pages that nobody thought of, against everything that has to hold of any page (`invariants`).

    python -m tests.html.fuzz [--random] [--seconds N] [--findings FILE] [CORPUS …]

With atheris installed the search is led by the lines that a page reaches, otherwise (or when told) it is random, and
several times as fast. Every finding is
cut down to its smallest form and written as a line of Python: chunk size, pieces, what does not hold.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODULES = (
    "adopted awaited change charset codetext css dataurls doubt editor foreign heads inert inert_named inert_scripts"
    " inert_sheets inert_values insertions judge jsontext plain prolog reading references restore rewriter runs scanner"
    " sheets speculation srcset stretches svgtext syntax text_elements texts triggers unfinished urls xmlwritten"
)
#: Pieces of one page at most.
LENGTH = 24


class Fuzzer:
    """Tries pages until the time is over.

    Args:
        seconds: how long.
        findings: what does not hold is written here.
    """

    def __init__(self, seconds: float, findings: Path) -> None:
        from tests.html import invariants

        self._invariants = invariants
        self._until = time.monotonic() + seconds
        self._findings = findings
        self._known: set[tuple[str, tuple[str, ...]]] = set()
        self.count = 0

    def one(self, number: Callable[[int], int], text: Callable[[], str]) -> None:
        """A page of pieces, as drawn by two functions: an integer below a limit, and a few characters."""
        everything = self._invariants.EVERY_PIECE
        pieces = [text() if number(10) > 6 else everything[number(len(everything))] for _ in range(1 + number(LENGTH))]
        self._try(pieces)
        self.count += 1
        if self.count % 100 == 0 and time.monotonic() > self._until:
            sys.stdout.write(f"{self.count} pages, {len(self._known)} findings\n")
            sys.stdout.flush()
            os._exit(1 if self._known else 0)

    def _try(self, pieces: list[str]) -> None:
        page = self._invariants.numbered(pieces)
        chunk = 1 + len(page) % 17
        wrong = self._wrong(pieces, chunk)
        if not wrong:
            return
        kind = wrong[0].partition(":")[0]
        small = self._invariants.smallest(
            pieces, lambda fewer: any(one.partition(":")[0] == kind for one in self._wrong(fewer, chunk))
        )
        if (kind, tuple(small)) not in self._known:
            self._known.add((kind, tuple(small)))
            with self._findings.open("a") as out:
                out.write(f"{(chunk, small, self._wrong(small, chunk))}\n")

    def _wrong(self, pieces: list[str], chunk: int) -> list[str]:
        try:
            return list(self._invariants.broken(self._invariants.numbered(pieces), chunk))
        except Exception as error:  # noqa: BLE001 - nothing may be raised: whatever is, is a finding
            return [f"{type(error).__name__}: {error}"]


def led(fuzzer: Fuzzer, atheris: Any, arguments: list[str]) -> None:
    """By the lines reached."""

    def look(data: bytes) -> None:
        drawn = atheris.FuzzedDataProvider(data)
        fuzzer.one(
            lambda limit: drawn.ConsumeIntInRange(0, limit - 1),
            lambda: (
                drawn.ConsumeUnicodeNoSurrogates(6) if drawn.ConsumeBool() else chr(drawn.ConsumeIntInRange(0, 127))
            ),
        )

    atheris.Setup([sys.argv[0], "-max_len=600", "-len_control=20", "-rss_limit_mb=4096", *arguments], look)
    atheris.Fuzz()


def main() -> None:
    """Fuzz."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--findings", type=Path, default=Path("findings.txt"))
    parser.add_argument("--random", action="store_true", help="without atheris, even if it is installed")
    parser.add_argument("corpus", nargs="*", help="folders that atheris reads and writes")
    arguments = parser.parse_args()
    here = not arguments.random and importlib.util.find_spec("atheris")
    atheris: Any = importlib.import_module("atheris") if here else None
    with atheris.instrument_imports(include=["consentkit.html"]) if atheris else contextlib.nullcontext():
        for name in MODULES.split():
            importlib.import_module(f"consentkit.html.{name}")
    fuzzer = Fuzzer(arguments.seconds, arguments.findings)
    if atheris:
        led(fuzzer, atheris, arguments.corpus)
    chance = random.Random()
    while True:
        fuzzer.one(chance.randrange, lambda: "".join(chr(chance.randrange(128)) for _ in range(chance.randrange(6))))


if __name__ == "__main__":
    main()
