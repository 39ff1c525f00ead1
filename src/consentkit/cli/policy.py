"""`consentkit policy`: check a policy file, begin one, and give editors its schema."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import click

from consentkit.cli.output import Refusal, counted, line, problem_line
from consentkit.policy.load import examine
from consentkit.policy.models import Policy
from consentkit.policy.schema import json_schema


@click.group()
def policy() -> None:
    """What the site's owner declares: one TOML or JSON file."""


@policy.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--strict", is_flag=True, help="Let warnings fail as well.")
@click.pass_context
def check(ctx: click.Context, file: str, *, strict: bool) -> None:
    """Say everything that is wrong with the policy FILE.

    Each problem is one line: FILE:LINE: KEY: what is wrong: how to mend it. Exit status 1 with problems, else 0.
    """
    examination = examine(file)
    for problem in examination.problems:
        problem_line(problem)
    for problem in examination.warnings:
        problem_line(problem, warning=True)
    if examination.policy:
        declared = summary(examination.policy)
        line((file, "bold"), ": ", ("good", "green"), f": {declared}", *_and(len(examination.warnings)))
    ctx.exit(1 if examination.problems or (strict and examination.warnings) else 0)


@policy.command()
def schema() -> None:
    """Print the JSON Schema of policy files, for editors.

    Save it beside the policy, and begin the policy with the line: #:schema ./consentkit.schema.json
    """
    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@policy.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def init(file: Path | None) -> None:
    """Write a policy to begin with into FILE, or print it.

    `consentkit policy check` then names what is left to fill in. A file that is already there is left alone.
    """
    text = (files("consentkit.cli") / "starter.toml").read_text(encoding="utf-8")
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except FileExistsError as error:
        raise Refusal(f"{file} is already there, and is left as it is; name another file") from error
    click.echo(f"{file} is written; `consentkit policy check {file}` says what is left to fill in")


def summary(policy: Policy) -> str:
    """A policy in one line."""
    asked, at_forms = len(policy.asked_purposes), sum(purpose.asked == "form" for purpose in policy.purposes)
    purposes = [f"{asked} asked for by the banner"]
    if at_forms:
        purposes.append(f"{at_forms} at forms")
    if exempt := sum(purpose.exempt for purpose in policy.purposes):
        purposes.append(f"{exempt} exempt")
    cookies = len(policy.cookies) + sum(len(service.cookies) for service in policy.services)
    return (
        f"version {policy.version}, {counted(len(policy.purposes), 'purpose')} ({', '.join(purposes)}), "
        f"{counted(len(policy.services), 'service')}, {counted(cookies, 'cookie')}"
    )


def _and(warnings: int) -> list[str | tuple[str, str]]:
    return ["; ", (counted(warnings, "warning"), "yellow")] if warnings else []
