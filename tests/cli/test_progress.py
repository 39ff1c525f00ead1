"""Progress bars, and interruptions that leave nothing half done."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

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


def test_lines_are_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where the lines end early the file is what it was before, and nothing half written lies beside it."""
    path = tmp_path / "out"
    path.write_text("before", encoding="utf-8")

    def lines() -> Iterator[str]:
        yield "first\n"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bars.write_lines(lines(), path)
    assert ([path], "before") == (list(tmp_path.iterdir()), path.read_text(encoding="utf-8"))
    bars.write_lines(["größer\n", "zwei\n"], path)
    assert ([path], "größer\nzwei\n".encode()) == (list(tmp_path.iterdir()), path.read_bytes())


def test_an_interruption_is_a_sentence() -> None:
    """Ctrl-C says what is done when it comes, with the status that shells use for it; other errors stay what they are."""
    done = list[int]()

    def work() -> None:
        done.extend((1, 2))
        raise KeyboardInterrupt

    with (
        pytest.raises(bars.Interrupted, match="interrupted: 2 are done") as caught,
        bars.interruptible(lambda: f"{len(done)} are done"),
    ):
        work()
    assert 130 == caught.value.exit_code
    with pytest.raises(LookupError), bars.interruptible(str):
        raise LookupError


def test_nothing_is_drawn_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the standard error is no terminal counting goes on and nothing is written."""
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    with bars.progress_bar("verifying", None) as progress:
        progress(10)
    assert "" == file.getvalue()
