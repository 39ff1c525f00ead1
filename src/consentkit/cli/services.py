"""`consentkit services`: what the built-in catalogue knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from consentkit.cli.output import Refusal, counted, line
from consentkit.policy import catalogue
from consentkit.policy.models import Service
from consentkit.policy.translate import toml

_only = click.option(
    "--verified/--unverified",
    "verified",
    default=None,
    help="Only those that were compared with a public document, or only the others.",
)


@click.group(invoke_without_command=True)
@_only
@click.pass_context
def services(ctx: click.Context, verified: bool | None) -> None:
    """List the services of the catalogue, which a policy can name by id.

    Verified ones have the day on which they were last compared with a public document; `services show ID` names it.
    """
    if ctx.invoked_subcommand is not None and verified is not None:
        raise click.UsageError(
            f"what is to be verified belongs behind the command: services {ctx.invoked_subcommand} …"
        )
    if ctx.invoked_subcommand is None:
        _list(_of(verified, catalogue.services()))


@services.command()
@click.argument("words", metavar="WORD...", nargs=-1, required=True)
@_only
def search(words: tuple[str, ...], verified: bool | None) -> None:
    """List the services that have each WORD in their id, name, company, hosts or cookies."""
    word = " ".join(words)
    wanted = word.casefold().split() or [""]
    all_found = [each for each in catalogue.services() if _has(each, wanted)]
    found = _of(verified, all_found)
    if all_found and not found:
        which, other = ("verified", "not verified") if verified else ("unverified", "verified")
        number, verb = counted(len(all_found), "service"), "is" if len(all_found) == 1 else "are"
        raise Refusal(f"no {which} service has '{word}' in it: {number} with it {verb} {other}")
    if not found:
        near = catalogue.nearest(word)
        meant = f"did you mean {' or '.join(near)}?" if near else "a policy can declare it in full"
        raise Refusal(f"no service of the catalogue has '{word}' in it: {meant}")
    _list(found)


@services.command()
@click.argument("id_", metavar="ID")
def show(id_: str) -> None:
    """Print what the catalogue knows of the service ID, as a policy file would declare it."""
    service = catalogue.service(id_)
    if service is None:
        near = catalogue.nearest(id_)
        meant = f"did you mean {' or '.join(near)}?" if near else "`consentkit services` lists all"
        raise Refusal(f"no service '{id_}' in the catalogue: {meant}")
    line("[[services]]")
    for key, value in service.model_dump(mode="json", exclude_defaults=True).items():
        line(f"{key} = {_value(key, value)}")
    if service.verified is None:
        known = "not all of it was found in its source" if service.source else "general knowledge"
        line((f"# not verified: {known}; compare it with the vendor's own pages before you rely on it", "yellow"))


def _has(service: Service, wanted: Iterable[str]) -> bool:
    """Whether each of the words, in small letters, stands in one of the service's texts."""
    texts = [text.casefold() for text in _texts(service)]
    return all(any(word in text for text in texts) for word in wanted)


def _of(verified: bool | None, services: Iterable[Service]) -> list[Service]:
    """Those that are verified or those that are not; all of them where nobody asked."""
    return [each for each in services if verified is None or verified == (each.verified is not None)]


def _list(found: list[Service]) -> None:
    """A line for each service, and on the standard error how many are verified: other programs read the lines."""
    width = max(len(service.id) for service in found)
    for service in found:
        day = f", verified {service.verified}" if service.verified else ""
        about = f"  {service.name} ({service.provider}): {', '.join(service.purposes)}"
        line((service.id.ljust(width), "bold"), about, (day, "green"))
    number = sum(service.verified is not None for service in found)
    click.echo(f"{counted(len(found), 'service')}, {number} verified", err=True)


def _texts(service: Service) -> list[str]:
    return [
        service.id, service.name, service.provider, *service.hosts, *service.inline,
        *(cookie.name for cookie in service.cookies),
    ]  # fmt: skip


def _value(key: str, value: Any) -> str:
    """A value as TOML writes it: long lists over several lines, tables in braces, dates bare."""
    if key == "verified":
        return str(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_value(name, inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        members = [_value("", member) for member in value]
        flat = ", ".join(members)
        if len(flat) < 80 and "{" not in flat:
            return f"[{flat}]"
        return "[\n" + "".join(f"    {member},\n" for member in members) + "]"
    return toml(value)
