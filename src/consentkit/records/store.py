"""`Store` and `AsyncStore`: what a place for the proofs must be able to do, and nothing more (R180, R186, R191).

A store of your own needs the four methods, all plain or all ``async def``. Its rules:

- `append` returns after the record will survive a crash of the process and of the machine, not before.
- `append` of an equal record once more changes nothing: after an error it is not known whether
  something was stored, so whoever appends has to be able to try again.
- nothing changes a record; `erase` is the only thing that removes some (R186, R191).
- every failure is a `StoreError` with a sentence for the site's owner; waiting for a lock counts as
  failure after about a second (`LOCK_WAIT`), because a visitor waits as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from inspect import iscoroutinefunction
from typing import Protocol, TypeGuard

from consentkit.consent.effects import Append, Count, Effect, Find, Follow, Tell
from consentkit.consent.record import Record
from consentkit.errors import StoreError

# Seconds that an operation may wait for others altogether. A visitor is waiting for the page, and
# behind a lock that is held for longer there is a fault, not a queue.
LOCK_WAIT = 1.0


class Store(Protocol):
    """A place for records, called from any thread."""

    def append(self, record: Record, /) -> None:
        """Keeps the record for good.

        Raises:
            StoreError: if it was not kept, or that is not known.
        """
        ...

    def find(self, subject: str, /) -> list[Record]:
        """Every record of the subject, oldest first.

        Raises:
            StoreError: if they cannot be read.
        """
        ...

    def erase(self, subject: str, /) -> int:
        """Removes every record of the subject, and says how many there were.

        Raises:
            StoreError: if they were not all removed; then none was.
        """
        ...

    def close(self) -> None:
        """Gives back files and connections; twice is once."""
        ...


class AsyncStore(Protocol):
    """The same for the event loop: `Store`, awaited."""

    async def append(self, record: Record, /) -> None:
        """See `Store.append`."""
        ...

    async def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        ...

    async def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        ...

    async def close(self) -> None:
        """See `Store.close`."""
        ...


def is_async(store: Store | AsyncStore) -> TypeGuard[AsyncStore]:
    """Whether the store's methods are to be awaited."""
    return iscoroutinefunction(store.append)


def perform(store: Store, effects: Sequence[Effect]) -> list[object] | StoreError:
    """Runs the effects in order: one result for each, or the error that ended them."""
    results = list[object]()
    try:
        for effect in effects:
            if isinstance(effect, Append):
                store.append(effect.record)
                results.append(None)
            elif isinstance(effect, Find):
                results.append(store.find(effect.subject))
            elif isinstance(effect, Count):
                from consentkit.records.violations import count  # noqa: PLC0415 (its module needs this one)

                count(store, effect.violations)
                results.append(None)
            elif isinstance(effect, Follow):
                found = store.find(effect.subject)
                further = perform(store, effect.then(found))
                if isinstance(further, StoreError):
                    return further
                results.append(found)
            elif isinstance(effect, Tell):
                _told(effect)
                results.append(None)
            else:
                results.append(store.erase(effect.subject))
    except StoreError as error:
        return error
    return results


async def perform_async(store: AsyncStore, effects: Sequence[Effect]) -> list[object] | StoreError:
    """The same for a store that is awaited."""
    results = list[object]()
    try:
        for effect in effects:
            if isinstance(effect, Append):
                await store.append(effect.record)
                results.append(None)
            elif isinstance(effect, Find):
                results.append(await store.find(effect.subject))
            elif isinstance(effect, Count):
                from consentkit.records.violations import count_async  # noqa: PLC0415 (its module needs this one)

                await count_async(store, effect.violations)
                results.append(None)
            elif isinstance(effect, Follow):
                found = await store.find(effect.subject)
                further = await perform_async(store, effect.then(found))
                if isinstance(further, StoreError):
                    return further
                results.append(found)
            elif isinstance(effect, Tell):
                from consentkit.records.threads import in_thread  # noqa: PLC0415 (its module needs this one)

                await in_thread(partial(_told, effect))
                results.append(None)
            else:
                results.append(await store.erase(effect.subject))
    except StoreError as error:
        return error
    return results


def _told(effect: Tell) -> None:
    """Calls the app's listener.

    Raises:
        StoreError: if it fails: a reader who follows a link has no part in it.
    """
    try:
        effect.listener(effect.event)
    except Exception as error:
        raise StoreError(f"the app's `mail_events` failed: {error!r}") from error
