"""The app `blog`."""

from __future__ import annotations

from django.apps import AppConfig


class BlogConfig(AppConfig):
    """See the module."""

    name = "examples.brightwash_django.blog"
    label = "blog"
