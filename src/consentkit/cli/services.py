"""`consentkit services`: what the built-in catalogue knows."""

from __future__ import annotations

from typing import Any

import click

from consentkit.cli.output import Refusal, line
from consentkit.policy import catalogue
from consentkit.policy.models import Service
from consentkit.policy.translate import toml


@click.group(invoke_without_command=True)
@click.pass_context
def services(ctx: click.Context) -> None:
    """List the services of the catalogue, which a policy can name by id."""
    if ctx.invoked_subcommand is None:
        _list(catalogue.services())


@services.command()
@click.argument("word")
def search(word: str) -> None:
    """List the services that have WORD in their id, name, company, hosts or cookies."""
    wanted = word.casefold()
    found = [service for service in catalogue.services() if any(wanted in text.casefold() for text in _texts(service))]
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


def _list(found: Any) -> None:
    width = max(len(service.id) for service in found)
    for service in found:
        line((service.id.ljust(width), "bold"), f"  {service.name} ({service.provider}): {', '.join(service.purposes)}")


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
