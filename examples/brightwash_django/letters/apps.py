"""The app `letters`."""

from __future__ import annotations

from django.apps import AppConfig


class LettersConfig(AppConfig):
    """See the module."""

    name = "examples.brightwash_django.letters"
    label = "letters"
