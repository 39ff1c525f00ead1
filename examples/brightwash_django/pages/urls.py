"""The URLs of the pages."""

from __future__ import annotations

from django.urls import path
from django.views.generic import TemplateView

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("place", views.place, name="place"),
    path("machines", TemplateView.as_view(template_name="pages/machines.html"), name="machines"),
    path("gallery", TemplateView.as_view(template_name="pages/gallery.html"), name="gallery"),
    path("talks", TemplateView.as_view(template_name="talks.html"), name="talks"),
    path("videos", TemplateView.as_view(template_name="videos.html"), name="videos"),
    path("contact", views.contact, name="contact"),
]
