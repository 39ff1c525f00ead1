"""Static files: names that change with the bytes, and a weight that visitors do not notice."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re

import pytest

from consentkit.pages.assets import load_assets

ASSETS = load_assets()


@pytest.mark.parametrize("name", sorted(ASSETS))
def test_a_files_name_is_made_of_its_bytes(name: str) -> None:
    """Name, entity tag and integrity all come from the file's own hash."""
    asset = ASSETS[name]
    digest = hashlib.sha256(asset.body)
    stem, _, suffix = name.rpartition(".")
    assert asset.name == f"{stem}.{digest.hexdigest()[:16]}.{suffix}"
    assert asset.etag == f'"{digest.hexdigest()[:16]}"'
    assert base64.b64decode(asset.integrity.removeprefix("sha256-")) == digest.digest()


@pytest.mark.parametrize(("name", "limit"), [("consent.js", 5 * 1024), ("consent.css", 4 * 1024)])
def test_what_is_added_to_pages_is_light(name: str, limit: int) -> None:
    """The script weighs at most 5 KiB and the style sheet 4 KiB over the wire."""
    assert len(gzip.compress(ASSETS[name].body, 9)) <= limit


def test_the_script_uses_nothing_that_strict_policies_forbid() -> None:
    """No eval, no markup from strings, no cookie written: strict policies and Trusted Types have nothing to object to."""
    code = ASSETS["consent.js"].body.decode()
    assert not re.findall(
        r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.cookie\s*=[^=]", code
    )


def test_style_sheets_load_nothing() -> None:
    """No import, no URL: a style sheet of ours contacts nobody."""
    for name, asset in ASSETS.items():
        if name.endswith(".css"):
            assert not re.findall(rb"@import|url\(", asset.body)
