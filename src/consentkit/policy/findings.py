"""`Finding`: something wrong with a declared value, before anybody knows in which file and line it stands.

The models raise findings through pydantic, which loses everything of an error but its message
and context; so the findings travel in the context, and `load` turns them into problems with
file and line. Whoever builds a `Policy` in code reads the same sentences in pydantic's error.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pydantic_core import PydanticCustomError

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

Path = tuple[str | int, ...]  # of keys and list positions, from the outermost table inwards

ERROR_TYPE = "policy_rule"  # pydantic's name of our kind of error


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong.

    Attributes:
        path: where, relative to the value that was being checked; empty for the value itself.
        what: what is wrong, a clause without a final stop.
        mend: how to mend it, a clause without a final stop.
    """

    path: Path
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what}: {self.mend}"


def dotted(path: Path) -> str:
    """A path as people write it: ``services[2].hosts[0]``; a key that is no bare key of TOML in quotes."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
        else:
            key = part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            out += f".{key}" if out else key
    return out


def refusal(*found: Finding) -> PydanticCustomError:
    """The error that carries findings out of a validator."""
    message = "; ".join(f"{dotted(f.path)}: {f}" if f.path else str(f) for f in found)
    return PydanticCustomError(ERROR_TYPE, "{message}", {"message": message, "findings": found})
