"""Where everything is: the admin, the policy, and whatever editors wrote."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from .pages import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("privacy", views.policy, name="policy"),
    path("", views.show, {"slug": "home"}, name="home"),
    path("<slug:slug>", views.show, name="page"),
]
