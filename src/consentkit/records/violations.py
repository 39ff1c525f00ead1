"""Counts of violations in the store, so that `consentkit report` sees what every worker was told.

A store may count: a method `count(violations)`, plain or ``async def``, adds to what it holds, and `violations()` gives
it. Those of consentkit do, in a table beside the records; a store that does not lets them go: they are no proof of
anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import iscoroutinefunction
from typing import Any, Protocol

from consentkit.consent.violation import OTHERS, Violation
from consentkit.errors import UsageError
from consentkit.records.threads import in_thread

# Rows that the table may have. Anybody can send reports about hosts that they invented; beyond this all others
# are counted as one.
MAX_ROWS = 10_000


class Table(Protocol):
    """The statements of a table of counts, in one transaction."""

    def size(self) -> int:
        """How many rows there are."""
        ...

    def knows(self, host: str, directive: str, /) -> bool:
        """Whether there is a row of the host and directive."""
        ...

    def add(self, violation: Violation, /) -> None:
        """Adds to that row, or makes it; the page of the first stays, the newest time counts."""
        ...


def add(table: Table, violations: Sequence[Violation]) -> None:
    """Adds to what a table holds. Two writers go through it in the same order, so that neither waits for the other."""
    size = table.size()
    for each in sorted(violations, key=lambda violation: (violation.host, violation.directive)):
        if table.knows(each.host, each.directive):
            table.add(each)
        elif size >= MAX_ROWS:
            table.add(replace(each, host=OTHERS, service="", page="/"))
        else:
            table.add(each)
            size += 1


def counted(store: object) -> list[Violation]:
    """What all workers counted into a store, the most frequent first.

    Raises:
        StoreError: if it cannot be read.
        UsageError: if the store does not count.
    """
    method = _behind(store, "violations")
    if method is None:
        raise UsageError(f"{type(store).__name__} does not count; a store that does has `count` and `violations`")
    found: list[Violation] = method()
    return found


def count(store: object, violations: Sequence[Violation]) -> None:
    """Adds to what a plain store holds, or nothing where it does not count.

    Raises:
        StoreError: if it failed.
    """
    if (method := _behind(store, "count")) is not None and not iscoroutinefunction(method):
        method(violations)


async def count_async(store: object, violations: Sequence[Violation]) -> None:
    """The same for a store that is awaited."""
    method = _behind(store, "count")
    if method is None:
        return
    if iscoroutinefunction(method):
        await method(violations)
    else:
        await in_thread(lambda: method(violations))


def _behind(store: object, name: str) -> Callable[..., Any] | None:
    """A store's method; those that stand before others (threads, spool) are looked behind."""
    seen = 0
    while seen < 8:  # no chain of stores is longer; a store that is its own ends here
        method = getattr(store, name, None)
        if callable(method):
            found: Callable[..., Any] = method
            return found
        store, seen = getattr(store, "store", None), seen + 1
    return None
