"""`Archive`: every policy and every text that was ever shown, in files named by their hashes (R189).

A record names both by hash; what was agreed to can be read only as long as the file is there. Its rules:

- A file is written once, whole and synced, under the hash of its bytes, and never changed: keeping again what is
  there changes nothing. ``policies/<policy_hash>.json`` is the canonical JSON that `Policy.hash` is made of,
  ``texts/<text_hash>.json`` what `Pages.text_hash` is made of.
- A file that does not hash to its name counts as missing.
- `prune` removes only what no record refers to and what was not kept lately.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from consentkit.errors import StoreError
from consentkit.policy.models import Policy
from consentkit.records.chain import ChainedStore, Progress
from consentkit.records.export import records

POLICY_DIGITS = 32  # of `Policy.hash`
TEXT_DIGITS = 64  # of `Pages.text_hash`
NO_TEXT = hashlib.sha256(b"").hexdigest()  # of a withdrawal at a form, which shows none

Part = Literal["policies", "texts"]


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that records refer to and that is not there, or not what it was.

    Attributes:
        path: the file, relative to the archive.
        record_id: the first record that refers to it.
        count: how many do.
    """

    path: str
    record_id: str
    count: int

    def __str__(self) -> str:
        more = "" if self.count == 1 else f" and {self.count - 1} more"
        return f"{self.path} is not in the archive; record {self.record_id}{more} refer{'s' * (not more)} to it"


class Archive:
    """A folder of policies and texts. It is made if it is not there; the one that it is in has to be.

    Args:
        folder: where; outside of what the server hands out, and in the backup.

    Raises:
        StoreError: if it cannot be made.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).absolute()
        for path in (self.folder, self.folder / "policies", self.folder / "texts"):
            try:
                path.mkdir(exist_ok=True)
            except OSError as error:
                raise StoreError(
                    f"{path}: {error.strerror}: policies cannot be archived there; create its directory, or give it "
                    "to the server's user"
                ) from error

    def keep(self, policy: Policy, *texts_shown: str) -> None:
        """Keeps a policy and the texts it asks with (`Pages.texts_shown`). The drivers do it at each start.

        Raises:
            StoreError: if they are not safely kept.
        """
        self._keep("policies", policy.hash, _dump(policy))
        for text in texts_shown:
            self._keep("texts", hashlib.sha256(text.encode()).hexdigest(), text.encode())

    def policies(self) -> list[Policy]:
        """Every policy in it that this version of consentkit can read, the one last in use last."""
        try:
            paths = sorted((self.folder / "policies").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        except OSError as error:
            raise StoreError(f"{self.folder}: {error.strerror}: the archive cannot be read") from error
        found = (self.policy(path.stem) for path in paths)
        return [policy for policy in found if policy is not None]

    def policy(self, policy_hash: str) -> Policy | None:
        """The policy of a record, if it is there and this version of consentkit can read it."""
        data = self._read("policies", policy_hash)
        try:
            return None if data is None else Policy.model_validate_json(data)
        except ValidationError:
            return None

    def text(self, text_hash: str) -> str | None:
        """The texts that were shown, as canonical JSON, if they are there."""
        data = self._read("texts", text_hash)
        return None if data is None else data.decode()

    def missing(self, store: ChainedStore, progress: Progress | None = None) -> list[Missing]:
        """What records refer to and the archive lacks.

        Raises:
            StoreError: if the store cannot be read.
        """
        counts, first = Counter[str](), dict[str, str]()
        for _, record in records(store, progress):
            wanted = [_name("policies", record.policy_hash)]
            if record.text is None and record.text_hash != NO_TEXT:
                wanted.append(_name("texts", record.text_hash))
            for name in wanted:
                counts[name] += 1
                first.setdefault(name, record.record_id)
        lacking = [name for name in counts if not self._sound(name)]
        return [Missing(name, first[name], counts[name]) for name in lacking]

    def prune(self, store: ChainedStore, before: float) -> int:
        """Removes what no record refers to any more and what was last kept before a time.

        Args:
            store: with all records that may refer to it.
            before: POSIX seconds.

        Returns:
            How many files went.

        Raises:
            StoreError: if the store cannot be read or a file not removed.
        """
        # The candidates first: what a record refers to from now on is of a server that kept it lately.
        old = {name for name in self._names() if (self.folder / name).stat().st_mtime < before}
        for _, record in records(store):
            old -= {_name("policies", record.policy_hash), _name("texts", record.text_hash)}
        return self._remove(old)

    def _names(self) -> list[str]:
        return [f"{part}/{path.name}" for part in ("policies", "texts") for path in (self.folder / part).glob("*.json")]

    def _remove(self, names: Collection[str]) -> int:
        for name in names:
            try:
                (self.folder / name).unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"{self.folder / name}: {error.strerror}: it cannot be removed") from error
        return len(names)

    def _sound(self, name: str) -> bool:
        part, _, file = name.partition("/")
        return self._read("policies" if part == "policies" else "texts", file.removesuffix(".json")) is not None

    def _read(self, part: Part, digest: str) -> bytes | None:
        digits = POLICY_DIGITS if part == "policies" else TEXT_DIGITS
        if len(digest) != digits or set(digest) - set("0123456789abcdef"):
            return None  # and never a path
        try:
            data = (self.folder / _name(part, digest)).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest()[:digits] == digest else None

    def _keep(self, part: Part, digest: str, data: bytes) -> None:
        path = self.folder / _name(part, digest)
        try:
            if self._read(part, digest) == data:
                os.utime(path)  # so that `prune` knows it is in use
                return
            descriptor, draft = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(draft).replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(draft).unlink()
                raise
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}: it cannot be archived") from error


def _name(part: Part, digest: str) -> str:
    return f"{part}/{digest}.json"


def _dump(policy: Policy) -> bytes:
    """The very bytes that `Policy.hash` is made of."""
    packed = json.dumps(policy.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return packed.encode()
