"""What every template has."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from examples.brightwash import content

NAVIGATION = (
    ("machines", "Machines"), ("gallery", "Gallery"), ("talks", "Talks"), ("videos", "Videos"), ("blog", "Blog"),
    ("survey", "Survey"), ("contact", "Contact"),
)  # fmt: skip


def site(_request: HttpRequest) -> dict[str, Any]:
    """The static texts, which are those of the other sites of Brightwash, and the pages."""
    return {"content": content, "navigation": NAVIGATION}
