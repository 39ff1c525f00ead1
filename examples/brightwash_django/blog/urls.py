"""The URLs of the blog."""

from __future__ import annotations

from django.urls import path
from django.views.generic import TemplateView

from . import feeds, views

urlpatterns = [
    path("blog", TemplateView.as_view(template_name="blog.html"), name="blog"),
    path("blog/feed.xml", feeds.Articles(), name="feed"),
    path("blog/<slug:slug>", views.article, name="article"),
]
