"""Progress bars, on a terminal only, and interruptions that leave a sentence behind and nothing half done."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from consentkit.cli.output import Refusal

INTERRUPTED = 130  # what shells report for a command that was interrupted


class Interrupted(click.ClickException):
    """The user has had enough; the message says what is done and what is not."""

    exit_code = INTERRUPTED


@contextlib.contextmanager
def progress_bar(what: str, total: int | None) -> Iterator[Callable[[int], object]]:
    """Gives a function that is called with how many more are done; it draws on the standard error, if that is shown."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda number: progress.advance(task, number)


@contextlib.contextmanager
def interruptible(sentence: Callable[[], str]) -> Iterator[None]:
    """Turns Ctrl-C into an error with the sentence and status `INTERRUPTED`.

    Raises:
        Interrupted: if the user interrupted.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(f"interrupted: {sentence()}") from error


def write_lines(lines: Iterable[str], path: Path | None) -> None:
    """Writes the lines to a file, which is there as a whole or not at all, or to the standard output."""
    if path is None:
        for text in lines:
            sys.stdout.write(text)
        sys.stdout.flush()
        return
    folder = path.absolute().parent
    try:
        descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=folder)  # the owner's only
    except OSError as error:  # which names the draft, and nobody knows that
        raise Refusal(f"{path}: {error.strerror}: {folder} has to be there, and yours to write in") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
