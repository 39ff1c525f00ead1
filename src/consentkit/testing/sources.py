"""Where in a project the tags are written that would contact others."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from consentkit.html.urls import parse_url
from consentkit.testing.found import Contact

SOURCES = (".html", ".htm", ".xhtml", ".jinja", ".jinja2", ".j2", ".mako", ".pt", ".py", ".md", ".txt", ".js")
NOT_OURS = frozenset({"node_modules", "site-packages", "venv", "env", "__pycache__", "build", "dist"})
SOURCES_READ = 10_000  # files, once for a test that fails: a project with more is found by its first ones
PLACES_TOLD = 5  # a file that names an address in fifty places is one to look at, not fifty


def places(unwanted: Collection[Contact], folder: Path) -> list[str]:
    """Where the tags are written: the files and lines of a project that name what would be contacted.

    Args:
        unwanted: the contacts.
        folder: the project's. Hidden folders in it, and those of installed packages, are passed over.

    Returns:
        ``templates/base.html:12``, relative to the folder; at most `PLACES_TOLD`.
    """
    needles = {each.host + path for each in unwanted if each.host for path in (_path(each.url), "")}
    found = dict[str, list[str]]()  # those with the whole address come before those with the host alone
    for file in _sources(folder):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        for needle in needles:
            if (at := text.find(needle)) >= 0:
                place = f"{file.relative_to(folder).as_posix()}:{text.count(chr(10), 0, at) + 1}"
                found.setdefault(needle, []).append(place)
    ordered = [place for needle in sorted(found, key=len, reverse=True) for place in found[needle]]
    return list(dict.fromkeys(ordered))[:PLACES_TOLD]


def _path(url: str) -> str:
    parsed = parse_url(url, None) if url else None
    return "" if parsed is None or parsed.path == "/" else parsed.path


def _sources(folder: Path) -> Iterator[Path]:
    """The files in which people write pages, at most `SOURCES_READ`."""
    count = 0
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.startswith("."))
        for name in sorted(names):
            if name.endswith(SOURCES):
                count += 1
                if count > SOURCES_READ:
                    return
                yield Path(where, name)
