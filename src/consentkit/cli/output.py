"""How the commands speak: a line a fact, coloured on a terminal, never wrapped, so that other programs can read it."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.text import Text

from consentkit.errors import Problem


class Refusal(click.ClickException):
    """What the user asked for cannot be done; the message says why, and how it can."""

    exit_code = 2


def line(*parts: str | tuple[str, str]) -> None:
    """Print one line to the standard output; a part may carry a style of Rich's."""
    # A console looks at the stream when it is made, and tests (and users) exchange the stream.
    Console(file=sys.stdout, soft_wrap=True, highlight=False, emoji=False).print(Text.assemble(*parts))


def problem_line(problem: Problem, *, warning: bool = False) -> None:
    """Print a problem as `Problem` does, or as a warning."""
    place = problem.where if problem.line is None else f"{problem.where}:{problem.line}"
    word = ("warning: ", "yellow") if warning else ""
    line((place, "bold"), ": ", (problem.key, "cyan"), ": ", word, problem.what, ": ", (problem.mend, "green"))


def counted(number: int, noun: str) -> str:
    """`1 service`, `2 services`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
