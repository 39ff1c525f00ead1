"""The commands together, and what becomes of errors: a sentence and exit status 2, never a traceback."""

from __future__ import annotations

import errno
from typing import Any

import click

import consentkit
from consentkit.cli.mail import mail
from consentkit.cli.openapi import openapi
from consentkit.cli.output import Refusal
from consentkit.cli.policy import policy
from consentkit.cli.records import records
from consentkit.cli.rewrite import rewrite
from consentkit.cli.services import services
from consentkit.cli.violations import report
from consentkit.errors import ConsentKitError


class Commands(click.Group):
    """A group whose commands may raise what consentkit raises on purpose."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named.

        Raises:
            Refusal: for every error that the user can mend.
        """
        try:
            return super().invoke(ctx)
        except ConsentKitError as error:
            raise Refusal(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has seen enough: Click ends quietly
                raise
            raise Refusal(f"{error.filename or 'input or output'}: {error.strerror or error}") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(consentkit.__version__, "-V", "--version", message="%(prog)s %(version)s")
def commands() -> None:
    """A page talks to nobody before its visitor has said yes."""


commands.add_command(mail)
commands.add_command(openapi)
commands.add_command(policy)
commands.add_command(report)
commands.add_command(records)
commands.add_command(rewrite)
commands.add_command(services)
