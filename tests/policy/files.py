"""Policy files, and what is said of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from consentkit.policy.load import check

Declared = dict[str, Any]

#: The tables that every policy has.
TABLES = """\
[controller]
name = "Brightwash Ltd"
address = "1 Glass Lane, Exampletown"
email = "privacy@brightwash.example"

[rights]
contact = "Write to us."
authority = "The authority"
authority_url = "https://dpa.example/"

[retention]
records = "5 years"
text = "Orders are kept for ten years."
"""

LEAST = f"""\
version = "2026-11"
sites = ["www.brightwash.example"]
services = ["youtube"]
purposes = ["media"]
mandatory_data = "You need not tell us anything."
automated_decisions = "There are none."

{TABLES}"""


def written(folder: Path, text: str | bytes, name: str = "policy.toml") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def told(folder: Path, text: str | bytes, name: str = "policy.toml") -> list[str]:
    """What is said of a file with this text, without the folder's name."""
    path = written(folder, text, name)
    return [str(problem).removeprefix(str(folder) + "/") for problem in check(path)]
