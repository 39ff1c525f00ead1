"""The articles as RSS."""

from __future__ import annotations

from django.contrib.syndication.views import Feed
from django.urls import reverse

from examples.brightwash.content import ARTICLES, Article


class Articles(Feed):
    """Made by Django's own framework for feeds."""

    title = "The Brightwash blog"
    link = "/blog"
    description = "Water, glass and what happens between them."

    def items(self) -> tuple[Article, ...]:
        """Every article."""
        return ARTICLES

    def item_title(self, item: Article) -> str:
        """Its title."""
        return item.title

    def item_description(self, item: Article) -> str:
        """Its lead."""
        return item.lead

    def item_link(self, item: Article) -> str:
        """Where it is."""
        return str(reverse("article", args=[item.slug]))
