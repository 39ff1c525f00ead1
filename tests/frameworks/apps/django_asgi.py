"""Django under ASGI, with views of the event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator

from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse

from consentkit.asgi import ASGIApp, Message, Receive, Scope, Send
from consentkit.django import consent_from
from consentkit.policy.models import Policy
from consentkit.records.store import Store
from tests.frameworks.apps import django_wsgi
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

PROTOCOL, NEEDS = "asgi", ("django",)


async def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in PIECES:
            yield piece

    return StreamingHttpResponse(pieces(), content_type=HTML)


async def data(request: HttpRequest) -> HttpResponse:
    return HttpResponse(DATA, content_type="application/json")


async def visits(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE, headers={"Set-Cookie": COOKIE})


async def view(request: HttpRequest) -> HttpResponse:
    return JsonResponse(seen(request.COOKIES, consent_from(request)))


async def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body, content_type="text/plain")


async def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


VIEWS = {"": page, "stream": stream, "data": data, "visits": visits, "seen": view, "echo": echo, "broken": broken}


def make_app(policy: Policy, store: Store) -> ASGIApp:
    """The handler, made under its settings."""
    django_wsgi.close()
    django_wsgi._made.append(django_wsgi.settings_for(policy, store, VIEWS))
    django_wsgi._made[-1].enable()
    return lowered(ASGIHandler())


close = django_wsgi.close


def lowered(app: ASGIApp) -> ASGIApp:
    """Django keeps the case of names, which the ASGI specification does not allow and servers mend."""

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if "headers" in message:
                message["headers"] = [(name.lower(), value) for name, value in message["headers"]]
            await send(message)

        await app(scope, receive, sent)

    return inside
