"""Where everything is. The policy page is consentkit's own, at the policy's ``policy_path``."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

handler404 = "examples.brightwash_django.pages.views.missing"

urlpatterns = [
    path("", include("examples.brightwash_django.pages.urls")),
    path("", include("examples.brightwash_django.blog.urls")),
    path("", include("examples.brightwash_django.letters.urls")),
    path("admin/", admin.site.urls),
]
