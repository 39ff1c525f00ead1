"""Django under WSGI, with plain views."""

from __future__ import annotations

import os
from types import ModuleType
from typing import TYPE_CHECKING

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

import django
from consentkit.django import consent_from
from consentkit.policy.models import Policy
from consentkit.records.store import Store
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PROTOCOL, NEEDS = "wsgi", ("django",)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.django.project")
django.setup()


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter(PIECES), content_type=HTML)


def data(request: HttpRequest) -> HttpResponse:
    return HttpResponse(DATA, content_type="application/json")


def visits(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE, headers={"Set-Cookie": COOKIE})


def view(request: HttpRequest) -> HttpResponse:
    return JsonResponse(seen(request.COOKIES, consent_from(request)))


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body, content_type="text/plain")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


VIEWS = {"": page, "stream": stream, "data": data, "visits": visits, "seen": view, "echo": echo, "broken": broken}


def settings_for(policy: Policy, store: Store, views: object) -> override_settings:
    """Django's settings are the process's: those of the app that was made last hold."""
    urls = ModuleType("urls")
    urls.urlpatterns = [path(name, each) for name, each in dict(views).items()]  # type: ignore[attr-defined, call-overload]
    return override_settings(
        CONSENTKIT={"policy": policy, "records": store},
        MIDDLEWARE=["consentkit.django.middleware.ConsentMiddleware"],
        ROOT_URLCONF=urls,
    )


def make_app(policy: Policy, store: Store) -> WSGIApplication:
    """The handler, made under its settings; `close` gives the former ones back."""
    close()
    _made.append(settings_for(policy, store, VIEWS))
    _made[-1].enable()
    return WSGIHandler()  # type: ignore[no-any-return]


def close() -> None:
    while _made:
        _made.pop().disable()


_made: list[override_settings] = []
