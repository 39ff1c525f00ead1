"""Static files: names that change with the bytes, and a weight that visitors do not notice."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from importlib import resources

import pytest

from consentkit.pages.assets import inline_script, load_assets

ASSETS = load_assets()
SCRIPTS = {name: asset for name, asset in ASSETS.items() if name.endswith(".js")} | {"early.js": inline_script()}


@pytest.mark.parametrize("name", sorted(ASSETS))
def test_a_files_name_is_made_of_its_bytes(name: str) -> None:
    """Name, entity tag and integrity all come from the file's own hash."""
    asset = ASSETS[name]
    digest = hashlib.sha256(asset.body)
    stem, _, suffix = name.rpartition(".")
    assert asset.name == f"{stem}.{digest.hexdigest()[:16]}.{suffix}"
    assert asset.etag == f'"{digest.hexdigest()[:16]}"'
    assert base64.b64decode(asset.integrity.removeprefix("sha256-")) == digest.digest()


@pytest.mark.parametrize(
    ("name", "limit"), [("consent.js", 5), ("activate.js", 3), ("frame.js", 1), ("early.js", 1), ("consent.css", 4)]
)
def test_what_is_added_to_pages_is_light(name: str, limit: int) -> None:
    """The script weighs at most 5 KiB over the wire, what few pages need less, and the style sheet 4 KiB."""
    assert len(gzip.compress((SCRIPTS | ASSETS)[name].body, 9)) <= limit * 1024


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_scripts_use_nothing_that_strict_policies_forbid(name: str) -> None:
    """No eval, no markup from strings, no cookie written: strict policies and Trusted Types have nothing to object to."""
    code = SCRIPTS[name].body.decode()
    forbidden = r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.cookie\s*=[^=]|set(?:Timeout|Interval)\([`'\"]"
    assert not re.findall(forbidden, code)


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_scripts_are_sent_without_their_comments(name: str) -> None:
    """What is sent is what stands in the file, without comment lines and indentation; no string goes over a line."""
    source = (resources.files("consentkit.pages") / "static" / name).read_text(encoding="utf-8")
    lines = [line.strip() for line in source.splitlines()]
    assert [line for line in lines if line and not line.startswith("//")] == SCRIPTS[name].body.decode().splitlines()
    assert not [line for line in lines if line.count("`") % 2]


def test_style_sheets_load_nothing() -> None:
    """No import, no URL: a style sheet of ours contacts nobody."""
    for name, asset in ASSETS.items():
        if name.endswith(".css"):
            assert not re.findall(rb"@import|url\(", asset.body)
