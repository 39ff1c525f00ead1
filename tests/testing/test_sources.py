"""Where the tags are written that would contact others."""

from __future__ import annotations

from pathlib import Path

from consentkit.testing import contacts, places
from tests.testing.pages import PAGE, POLICY


def test_places(tmp_path: Path) -> None:
    """The files that name an address are found, the whole address first, and installed packages are passed over."""
    for name, text in (
        ("templates/base.html", "\n\n<script src=//counter.example/count.js>"),
        ("notes.md", "We left counter.example."),
        ("node_modules/x.html", "//counter.example/count.js"),
        (".hidden/x.html", "//counter.example/count.js"),
        ("bad.html", "\udcff"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    found = [each for each in contacts(PAGE, policy=POLICY) if each.host == "counter.example"]
    assert ["templates/base.html:3", "notes.md:1"] == places(found, tmp_path)
    assert [] == places([], tmp_path)
