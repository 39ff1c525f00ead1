"""The gallery of the documentation."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    """The script that renders it."""
    spec = importlib.util.spec_from_file_location("gallery", DOCS / "gallery.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_everything_that_the_page_shows_is_rendered(gallery: ModuleType, tmp_path: Path) -> None:
    """Each frame of the gallery's page has its file, each file is shown, and none has a script or asks anybody."""
    written = {path.name for path in gallery.write(tmp_path)}
    shown = set(re.findall(r'src="gallery/([^"]+)"', (DOCS / "gallery.md").read_text(encoding="utf-8")))
    assert written - {"consent.css", "pages.css", "frame.css"} == shown
    for path in tmp_path.glob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert "<script" not in html
        assert {"consent.css", "pages.css"} >= set(re.findall(r'<link rel="stylesheet" href="([^"]+)"', html))
        assert "/_ck/consent" not in html


def test_every_kind_of_placeholder_is_in_it(gallery: ModuleType, tmp_path: Path) -> None:
    """No look is forgotten."""
    gallery.write(tmp_path)
    html = (tmp_path / "placeholders.html").read_text(encoding="utf-8")
    assert set(gallery.KINDS) == set(re.findall(r"ck-placeholder ck-([a-z]+)", html))
