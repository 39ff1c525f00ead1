"""Templates are compiled once per process, however many policies it serves: compiling is most of a start."""

from __future__ import annotations

from types import CodeType

from jinja2.bccache import Bucket, BytecodeCache

MAX_COMPILED = 100  # ours, and as many of the owner's; beyond them each start compiles its own, and nothing grows


class Compiled(BytecodeCache):
    """What was compiled, by name and text. Threads may share it; its environments have to be alike."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Gives a template what it was compiled to, if it was."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps what a template was compiled to."""
        if bucket.code is not None and len(self._codes) < MAX_COMPILED:
            self._codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()
