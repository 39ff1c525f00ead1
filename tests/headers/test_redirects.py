"""Redirects that a browser follows by itself."""

from __future__ import annotations

import pytest

from consentkit.headers.redirects import is_followed
from consentkit.http import Request


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Dest": "image", "Mode": "no-cors", "Site": "same-origin"}, True),
        ({"Dest": "iframe", "Mode": "navigate", "Site": "same-origin"}, True),
        ({"Dest": "empty", "Mode": "cors", "Site": "same-site"}, True),
        ({"Dest": "empty", "Mode": "no-cors", "Site": "same-origin"}, True),
        ({"Dest": "script"}, True),
        ({"Dest": "Image, image"}, True),
        ({"Dest": "document", "Mode": "navigate", "Site": "same-origin"}, False),
        ({"Dest": "empty", "Mode": "navigate", "Site": "same-origin"}, False),
        ({"Dest": "image", "Mode": "no-cors", "Site": "cross-site"}, False),
        ({"Mode": "no-cors"}, False),
        ({"Dest": ""}, False),
        ({}, False),
    ],
)
def test_whose_redirects_are_followed(fields: dict[str, str], expected: bool) -> None:
    """Parts of a page of the site; not where the visitor goes, what is downloaded, other sites' pages, or who does not say."""
    headers = tuple((f"Sec-Fetch-{name}", value) for name, value in fields.items())
    assert expected is is_followed(Request("GET", "https", "shop.example", "/go", headers=headers))
