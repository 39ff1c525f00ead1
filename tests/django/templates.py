"""Templates as views behind the middleware render them."""

from __future__ import annotations

from django.template import RequestContext, Template
from django.test import RequestFactory

from consentkit.django.middleware import ConsentMiddleware
from tests.django.conftest import HEADERS


def rendered(text: str, path: str = "/", **context: object) -> str:
    """The template as a view behind the middleware renders it."""
    out = list[str]()

    def view(request: object) -> object:
        from django.http import HttpResponse

        out.append(Template("{% load consentkit %}" + text).render(RequestContext(request, context)))
        return HttpResponse()

    ConsentMiddleware(view)(RequestFactory().get(path, headers=HEADERS))
    return out[0]
