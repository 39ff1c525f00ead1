"""Finds a Chromium for the browser tests, or installs one; prints its path.

    python tests/browser/chromium.py [--install]

In this order: the variable CONSENTKIT_CHROMIUM, a Chromium or Chrome of the system, one that Playwright
installed; with --install then the system's package manager (as root) and Playwright's own download.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES = (
    # The program itself where a distribution wraps it in a script that adds flags of its own.
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
INSTALLERS: dict[str, Sequence[Sequence[str]]] = {
    "apt-get": (("apt-get", "update", "-qq"),
                ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core")),
    "dnf": (("dnf", "install", "-y", "-q", "chromium"),),
    "apk": (("apk", "add", "--quiet", "chromium", "font-dejavu"),),
}  # fmt: skip
ADVICE = ("No Chromium was found for the browser tests. Install one (Debian: apt install chromium; Fedora: dnf install "
          "chromium; macOS: brew install --cask chromium; anywhere: .venv/bin/playwright install chromium), or set "
          "CONSENTKIT_CHROMIUM to the program's path.")  # fmt: skip


def candidates() -> Iterator[str]:
    """Every place where a Chromium may be, best first."""
    if named := os.environ.get("CONSENTKIT_CHROMIUM"):
        yield named
        return
    yield from PLACES
    yield from (path for name in NAMES if (path := shutil.which(name)))
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return
    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def runs(program: str) -> bool:
    """Whether it is a browser that starts: Ubuntu's `chromium-browser` can be a script that asks for a snap."""
    if not Path(program).is_file():
        return False
    try:
        seen = subprocess.run([program, "--version", "--no-sandbox"], capture_output=True, check=False, timeout=60,
                              stdin=subprocess.DEVNULL)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return seen.returncode == 0 and any(name in seen.stdout.lower() for name in (b"chrom", b"edge"))


def find() -> str | None:
    """The path of a Chromium that runs, or None."""
    return next((program for program in candidates() if runs(program)), None)


def install() -> str | None:
    """Install one and find it. What an installer says goes to the terminal."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        manager = next((name for name in INSTALLERS if shutil.which(name)), None)
        for command in INSTALLERS.get(manager or "", ()):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(command, check=False, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        if found := find():
            return found
    download = [sys.executable, "-m", "playwright", "install", "chromium"]
    subprocess.run(download, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return find()


def main() -> None:
    """Print the path, or say what to do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true", help="install one where none is found")
    found = find()
    if not found and parser.parse_args().install and "CONSENTKIT_CHROMIUM" not in os.environ:
        print("consentkit: no Chromium found, installing one", file=sys.stderr, flush=True)
        found = install()
    if not found:
        sys.exit(ADVICE)
    print(found)


if __name__ == "__main__":
    main()
