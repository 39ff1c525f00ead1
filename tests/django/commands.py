"""What management commands print."""

from __future__ import annotations

import io

from django.core.management import call_command


def output(*arguments: str) -> str:
    """What a command prints."""
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()
