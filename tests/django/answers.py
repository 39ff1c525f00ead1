"""What answers of Django hold."""

from __future__ import annotations

from typing import Any


def body(response: Any) -> str:
    """All of an answer's text."""
    if response.streaming:
        return b"".join(response).decode(errors="replace")
    text: str = response.content.decode(errors="replace")
    return text
