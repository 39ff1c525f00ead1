"""`consentkit openapi`: the description of our addresses, for gateways, test programs and firewalls."""

from __future__ import annotations

import json

import click

import consentkit
from consentkit.endpoints.openapi import openapi as description
from consentkit.policy.models import Policy


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False), required=False)
def openapi(file: str | None) -> None:
    """Print the OpenAPI 3.1 description of what is answered under the prefix.

    With the policy FILE it has the prefix and the policy page's path of that site.
    """
    found = description(consentkit.__version__)
    if file is not None:
        policy = Policy.load(file)
        found = description(consentkit.__version__, policy.prefix, policy.policy_path)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
