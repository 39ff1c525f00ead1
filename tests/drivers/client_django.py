"""The visitor of a Django site: `consentkit.django` behind Django's own WSGI and ASGI handlers."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any
from wsgiref.validate import validator

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import re_path

import django
from consentkit import asgi
from consentkit.django import consent_from, decide
from tests.drivers import clients

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.django.project")
django.setup()


class Client(clients.Client):
    """The site is one view; the middleware stands alone."""

    def __post_init__(self) -> None:
        """Django's settings are the process's: they are this client's until it is closed."""
        urls = ModuleType("urls")
        urls.urlpatterns = [re_path("", self._view)]  # type: ignore[attr-defined]
        self.settings = override_settings(
            CONSENTKIT={"kit": self.kit, "records": self.store},
            MIDDLEWARE=["consentkit.django.middleware.ConsentMiddleware"],
            ROOT_URLCONF=urls,
        )
        self.settings.enable()
        self.middleware = validator(WSGIHandler()) if self.driver.startswith("wsgi") else _lowered(ASGIHandler())

    def close(self) -> None:
        """Gives the settings back."""
        self.settings.disable()

    def _view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        headers = {
            key.removeprefix("HTTP_").replace("_", "-").lower(): value
            for key, value in request.META.items()
            if key.startswith("HTTP_")
        }
        asked = clients.Asked(
            request.method,
            request.path_info,
            headers,
            lambda name: consent_from(request).allows(name),
            lambda grant: decide(request, grant=grant),
        )
        answer = self.site(asked)
        content: Any = answer.body
        if self.driver.endswith("stream"):
            content = self._pieces(answer.body) if self.driver.startswith("wsgi") else self._awaited(answer.body)
        response = (StreamingHttpResponse if self.driver.endswith("stream") else HttpResponse)(content)
        response.status_code = answer.status
        for name, value in answer.headers:
            response.headers[name] = value
        return response

    async def _awaited(self, body: bytes) -> AsyncIterator[bytes]:
        for piece in self._pieces(body):
            yield piece


def _lowered(app: asgi.ASGIApp) -> asgi.ASGIApp:
    """Django keeps the case of names, which the ASGI specification does not allow and servers mend."""

    async def lowered(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        async def sent(message: asgi.Message) -> None:
            if "headers" in message:
                message["headers"] = [(name.lower(), value) for name, value in message["headers"]]
            await send(message)

        await app(scope, receive, sent)

    return lowered
