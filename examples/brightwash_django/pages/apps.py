"""The app `pages`."""

from __future__ import annotations

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """See the module."""

    name = "examples.brightwash_django.pages"
    label = "pages"
