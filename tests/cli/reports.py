"""Reports that commands write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

URL = "https://www.brightwash.example/"


def report_of(path: Path) -> Any:
    """The report that was written."""
    return json.loads(path.read_text(encoding="utf-8"))
