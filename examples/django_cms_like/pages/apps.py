"""The app `pages`."""

from __future__ import annotations

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """See the module."""

    name = "examples.django_cms_like.pages"
    label = "museum"
    verbose_name = "Museum"
