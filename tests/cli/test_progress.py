"""Progress bars, and interruptions that leave nothing half done."""

from __future__ import annotations

import io

import pytest

from consentkit.cli import progress as bars


def test_bars_are_drawn_on_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the bar is drawn on the standard error, elsewhere nothing is."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with bars.progress_bar("verifying", 10) as progress:
        progress(10)
    assert "verifying" in terminal.getvalue()
