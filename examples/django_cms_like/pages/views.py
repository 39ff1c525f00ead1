"""Shows pages. Nothing here knows of consent: what editors pasted is found by the middleware."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from .models import Page


def show(request: HttpRequest, slug: str) -> HttpResponse:
    """One page."""
    page = get_object_or_404(Page, slug=slug)
    return render(request, "pages/page.html", {"page": page, "pages": Page.objects.all()})


def policy(request: HttpRequest) -> HttpResponse:
    """The policy, in the site's own dress."""
    return render(request, "pages/policy.html", {"pages": Page.objects.all()})
