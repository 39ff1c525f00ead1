"""The tables that the models describe."""

from __future__ import annotations

from django.core.management import call_command


def test_migrations_are_complete(database: None) -> None:
    """The migrations make the tables that the models describe."""
    call_command("makemigrations", "consentkit", check=True, dry_run=True, verbosity=0)
