"""The chain that the rows of a store form, so that none can change, go or move without being noticed (R180, R186).

Its rules:

- A row's ``digest`` is SHA-256 of a random salt and the payload, the canonical JSON. Its ``hash`` is SHA-256 of the
  previous row's hash, its own kind, number and time, and the digest.
- Erasing a subject takes payload, salt and ids out of its rows and leaves the digests: the chain still verifies, and
  without the salt a digest says nothing of anybody. The erasure is a row of its own that names the numbers, so that
  an emptied row is either explained by one or a fault.
- Purging takes rows from the start only, and is a row that names the last one taken and its hash.
- The head, number and hash of the newest row, is kept beside the rows: it shows that rows were cut off at the end.

Who may write the store can of course forge all of it, from the changed row to the head. Against that only a head
helps which was noted elsewhere: `verify` takes such heads.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeGuard

from consentkit.consent.record import Record, dump_record
from consentkit.records.store import AsyncStore, Store

Kind = Literal["record", "erasure", "purge"]
HASH_BYTES = 32  # SHA-256
SALT_BYTES = 16  # enough that nobody can try what a digest was made of

# Rows that one transaction of a purge takes: visitors who decide meanwhile wait for the length of one.
PURGE_SLICE = 10_000

# Faults that are told one by one. Beyond it the store is lost altogether, and a list helps nobody.
FAULTS_TOLD = 1000

# Rows between two reports of progress.
PROGRESS_STEP = 1000

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Head:
    """A place in the chain.

    Attributes:
        number: of the row; 0 before the first.
        hash: of the row, 32 bytes.
    """

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"


START = Head(0, bytes(HASH_BYTES))


def parse_head(text: str) -> Head:
    """The inverse of ``str(head)``.

    Raises:
        ValueError: if the text is not a number, a colon and 64 hexadecimal digits.
    """
    number, _, digits = text.strip().partition(":")
    if not (number.isascii() and number.isdigit() and len(digits) == 2 * HASH_BYTES):
        message = f"'{text}' is no head of a chain; give it as `consentkit records verify` prints it, NUMBER:HASH"
        raise ValueError(message)
    return Head(int(number), bytes.fromhex(digits))


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the chain.

    Attributes:
        number: counts up; bound into the hash.
        kind: a record, or what was done to records.
        at: POSIX seconds: of the decision, the erasure or the purge.
        record_id: of a record; None where it was erased, and in rows of other kinds.
        subject: likewise.
        payload: canonical JSON; None where it was erased.
        salt: None where it was erased.
        digest: SHA-256 of salt and payload.
        previous: hash of the row before.
        hash: of this row.
    """

    number: int
    kind: Kind
    at: int
    record_id: str | None
    subject: str | None
    payload: str | None
    salt: bytes | None
    digest: bytes
    previous: bytes
    hash: bytes

    @property
    def head(self) -> Head:
        """The place of this row."""
        return Head(self.number, self.hash)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A store at one moment, whatever is appended or purged meanwhile.

    Attributes:
        head: as it is kept beside the rows.
        count: how many rows there are.
        entries: the rows in the order of their numbers; can be walked once.
    """

    head: Head
    count: int
    entries: Iterator[Entry]


class ChainedStore(Store, Protocol):
    """A store whose rows form a chain, and which can be looked through as a whole."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """All rows at this moment.

        Raises:
            StoreError: if they cannot be read.
        """
        ...

    def record(self, record_id: str, /) -> Record | None:
        """The record of an id.

        Raises:
            StoreError: if it cannot be read.
        """
        ...

    def purge_slice(self, before: int, /) -> int:
        """Removes at most `PURGE_SLICE` of the rows older than a time, in one transaction; see `purge`.

        Raises:
            StoreError: if it failed; then nothing was removed.
        """
        ...


def is_chained(store: Store | AsyncStore) -> TypeGuard[ChainedStore]:
    """Whether the store keeps a chain."""
    return all(callable(getattr(store, name, None)) for name in ("snapshot", "record", "purge_slice"))


# Making rows.


def digest_of(payload: str, salt: bytes) -> bytes:
    """What stays of a payload when it is erased."""
    return hashlib.sha256(salt + payload.encode()).digest()


def hash_of(previous: bytes, kind: str, number: int, at: int, digest: bytes) -> bytes:
    """The hash of a row."""
    head = f"{kind}\0{number}\0{at}\0".encode()
    return hashlib.sha256(previous + head + digest).digest()


def link(
    head: Head, kind: Kind, at: int, payload: str, *, record_id: str | None = None, subject: str | None = None
) -> Entry:
    """The row that follows on a head.

    Raises:
        UnicodeEncodeError: if the payload is no Unicode text.
    """
    return link_at(head, head.number + 1, kind, at, payload, record_id=record_id, subject=subject)


def link_at(
    head: Head,
    number: int,
    kind: Kind,
    at: int,
    payload: str,
    *,
    record_id: str | None = None,
    subject: str | None = None,
) -> Entry:
    """`link` under a given number, for files whose rows had numbers before they were chained."""
    salt = os.urandom(SALT_BYTES)
    digest = digest_of(payload, salt)
    return Entry(
        number=number,
        kind=kind,
        at=at,
        record_id=record_id,
        subject=subject,
        payload=payload,
        salt=salt,
        digest=digest,
        previous=head.hash,
        hash=hash_of(head.hash, kind, number, at, digest),
    )


def record_entry(head: Head, record: Record) -> Entry:
    """The row of a record."""
    return link(
        head, "record", record.at, dump_record(record), record_id=record.record_id, subject=record.subject
    )  # fmt: skip


def erasure_entry(head: Head, numbers: Iterable[int], now: int, reason: Literal["subject", "retention"]) -> Entry:
    """The row that says which rows were emptied. It names no subject."""
    return link(head, "erasure", now, _canonical({"erased": sorted(numbers), "reason": reason}))


def purge_entry(head: Head, last: Head, count: int, now: int) -> Entry:
    """The row that says through which one rows were removed from the start."""
    return link(head, "purge", now, _canonical({"count": count, "hash": last.hash.hex(), "through": last.number}))


def _canonical(data: Mapping[str, Any]) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def purge(store: ChainedStore, before: int, progress: Progress | None = None) -> int:
    """Removes what is older than a time (R189), slice by slice: it can be interrupted and run again.

    Rows go from the start of the chain up to the first younger one. Older records behind it, as come of a clock that
    was wrong, are emptied as if erased.

    Args:
        store: what is purged.
        before: POSIX seconds; a record of that very second stays.
        progress: called with how many went, after each slice.

    Returns:
        How many rows were removed or emptied.

    Raises:
        StoreError: if the store failed; slices done before stay done.
    """
    gone = 0
    while step := store.purge_slice(before):
        gone += step
        if progress:
            progress(step)
    return gone


# Looking whether all is there.


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the chain.

    Attributes:
        number: of the row at which it shows.
        record_id: its record, where it is known.
        kind: what happened: a row is ``changed``, ``emptied`` without an erasure, ``moved`` to another number;
            rows are ``removed``; a noted head is ``different``.
        what: a sentence.
    """

    number: int
    record_id: str | None
    kind: Literal["changed", "emptied", "moved", "removed", "different"]
    what: str

    def __str__(self) -> str:
        return f"number {self.number}: {self.kind}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What looking at a whole chain showed.

    Attributes:
        records: how many records there are.
        erased: how many rows were rightly emptied.
        purged: number of the last row that a purge removed; 0 if none did.
        head: of the chain; note it elsewhere, and give it to a later `verify`.
        faults: in the order of the chain, `FAULTS_TOLD` at most.
    """

    records: int
    erased: int
    purged: int
    head: Head
    faults: tuple[Fault, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


@dataclass(slots=True)
class _Walk:
    """What is remembered from row to row."""

    faults: list[Fault] = field(default_factory=list)
    records: int = 0
    erased: int = 0
    emptied: set[int] = field(default_factory=set)  # numbers that no erasure has explained so far
    misplaced: list[Entry] = field(default_factory=list)
    purge: Head | None = None
    first: Entry | None = None
    last: Entry | None = None

    def fault(self, entry: Entry, kind: Literal["changed", "emptied", "moved", "removed"], what: str) -> None:
        if len(self.faults) < FAULTS_TOLD:
            self.faults.append(Fault(entry.number, entry.record_id, kind, what))


def verify(store: ChainedStore, *, heads: Iterable[Head] = (), progress: Progress | None = None) -> Verification:
    """Looks at every row, and says what was changed, removed or moved.

    Args:
        store: what is verified; it can be in use.
        heads: noted earlier, somewhere that whoever writes the store cannot reach.
        progress: called with how many rows were looked at, now and then.

    Raises:
        StoreError: if the store cannot be read.
    """
    noted = {head.number: head for head in heads if head.number}
    walk = _Walk()
    with store.snapshot() as snapshot:
        for position, entry in enumerate(snapshot.entries, 1):
            _look(walk, entry)
            known = noted.pop(entry.number, None)
            if known is not None and known.hash != entry.hash:
                sentence = f"the head noted for it was {known.hash.hex()}; everything up to here may be forged"
                walk.faults.append(Fault(entry.number, entry.record_id, "different", sentence))
            if progress and position % PROGRESS_STEP == 0:
                progress(PROGRESS_STEP)
        head = snapshot.head
    _ends(walk, head, noted)
    for number in walk.emptied:
        sentence = "its payload is gone, and no erasure names it"
        walk.faults.append(Fault(number, None, "emptied", sentence))
    return Verification(
        records=walk.records,
        erased=walk.erased,
        purged=walk.purge.number if walk.purge else 0,
        head=walk.last.head if walk.last else START,
        faults=tuple(sorted(_moves(walk), key=lambda fault: fault.number)[:FAULTS_TOLD]),
    )


def _look(walk: _Walk, entry: Entry) -> None:
    before, walk.last = walk.last, entry
    fits = entry.hash == hash_of(entry.previous, entry.kind, entry.number, entry.at, entry.digest)
    if before is None:
        walk.first = entry
    elif entry.previous != before.hash:
        if entry.number > before.number + 1:
            first, last = before.number + 1, entry.number - 1
            gone = f"number {first} is gone" if first == last else f"numbers {first} to {last} are gone"
            walk.fault(entry, "removed", gone)
        elif fits and before not in walk.misplaced[-1:]:
            walk.fault(before, "changed", f"number {entry.number} was chained to another row in its place")
    if not fits:
        walk.misplaced.append(entry)
    if entry.payload is None or entry.salt is None:
        if entry.payload is None and entry.kind == "record":
            walk.emptied.add(entry.number)
        else:
            walk.fault(entry, "changed", "payload and salt are there together, and gone only from erased records")
    elif digest_of(entry.payload, entry.salt) != entry.digest:
        walk.fault(entry, "changed", "its payload is not the one that was chained")
    else:
        try:
            _read(walk, entry, json.loads(entry.payload))
        except (ValueError, LookupError, TypeError):
            walk.fault(entry, "changed", "its payload is none that consentkit writes")


def _read(walk: _Walk, entry: Entry, data: Any) -> None:
    if entry.kind == "record":
        walk.records += 1
        if (entry.record_id, entry.subject, entry.at) != (data["record_id"], data["subject"], data["at"]):
            walk.fault(entry, "changed", "the columns by which it is found differ from its payload")
    elif entry.kind == "erasure":
        named = walk.emptied.intersection(data["erased"])
        walk.erased += len(named)
        walk.emptied -= named
    else:
        walk.purge = Head(data["through"], bytes.fromhex(data["hash"]))


def _ends(walk: _Walk, head: Head, noted: Mapping[int, Head]) -> None:
    """Whether the start is the start, and the end the end."""
    start = walk.purge or START
    if walk.first is not None and walk.first.previous != start.hash:
        gone = f"what was before it is gone, from number {start.number + 1} on, and no purge says so"
        walk.fault(walk.first, "removed", gone)
    last = walk.last.head if walk.last else START
    if last.number < head.number:
        gone = f"everything after number {last.number} is gone, up to number {head.number}"
        walk.faults.append(Fault(head.number, None, "removed", gone))
    elif last != head:
        walk.faults.append(Fault(last.number, None, "changed", f"it is not the newest row; that was {head}"))
    for known in noted.values():
        if known.number > start.number:
            sentence = f"it was noted as a head, {known}, and is not there"
            walk.faults.append(Fault(known.number, None, "removed", sentence))


def _moves(walk: _Walk) -> list[Fault]:
    """The faults of all, with those of rows whose hash does not fit: moved, or changed in some other way."""
    numbers = [entry.number for entry in walk.misplaced[:FAULTS_TOLD]]
    for entry in walk.misplaced[:FAULTS_TOLD]:
        was = next(
            (n for n in numbers if hash_of(entry.previous, entry.kind, n, entry.at, entry.digest) == entry.hash), None
        )
        if was is not None:
            walk.faults.append(Fault(entry.number, entry.record_id, "moved", f"it was number {was}"))
        else:
            sentence = "its number, time, kind or digest is not the chained one"
            walk.faults.append(Fault(entry.number, entry.record_id, "changed", sentence))
    return walk.faults
