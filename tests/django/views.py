"""The views and URLs of the tests' Django site."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

from django.conf import settings
from django.contrib import admin, messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import cache_page

from consentkit.django import adecide, consent_from, decide, requires

PATIENCE = 120.0  # seconds after which the end of a page is sent in any case
COUNTER = '<script src="https://counter.example/count.js"></script>'
PAGE = f"<!doctype html><html lang=en><head><title>Glass</title></head><body><h1>Glass</h1>{COUNTER}</body></html>"
PIECES = [PAGE[start : start + 7].encode() for start in range(0, len(PAGE), 7)]


def page(_request: HttpRequest) -> HttpResponse:
    """A page with a counter."""
    return HttpResponse(PAGE)


async def apage(_request: HttpRequest) -> HttpResponse:
    """The same from a view of the event loop."""
    return HttpResponse(PAGE)


def stream(_request: HttpRequest) -> StreamingHttpResponse:
    """The page in pieces."""
    return StreamingHttpResponse(iter(PIECES))


async def astream(_request: HttpRequest) -> StreamingHttpResponse:
    """The page in pieces that come from the event loop."""

    async def pieces() -> AsyncIterator[bytes]:
        for piece in PIECES:
            await asyncio.sleep(0)
            yield piece

    return StreamingHttpResponse(pieces())


def _held(request: HttpRequest, since: float) -> bool:
    """Whether the end of a page is to wait: until there is a file of the name that the query is."""
    name = request.META["QUERY_STRING"]
    return bool(name) and not (settings.FOLDER / name).exists() and time.monotonic() - since < PATIENCE


def slow(request: HttpRequest) -> StreamingHttpResponse:
    """A page whose end comes late."""

    def pieces() -> Iterator[bytes]:
        yield b"<!doctype html><title>Slow</title><p>first</p>\n"
        since = time.monotonic()
        while _held(request, since):
            time.sleep(0.02)
        yield b"<p>second</p>\n"

    return StreamingHttpResponse(pieces())


async def aslow(request: HttpRequest) -> StreamingHttpResponse:
    """The same from the event loop."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"<!doctype html><title>Slow</title><p>first</p>\n"
        since = time.monotonic()
        while _held(request, since):
            await asyncio.sleep(0.02)
        yield b"<p>second</p>\n"

    return StreamingHttpResponse(pieces())


def file(request: HttpRequest) -> FileResponse:
    """A file: a page or something else, by its name."""
    name = request.GET["name"]
    (settings.FOLDER / name).write_bytes(PAGE.encode())
    return FileResponse((settings.FOLDER / name).open("rb"), filename=name)


def cookies(request: HttpRequest) -> HttpResponse:
    """Sets cookies as apps do, and tells which ones came."""
    response = HttpResponse(repr((sorted(request.COOKIES), request.headers.get("Cookie"))), content_type="text/plain")
    response.set_cookie("visits", "3")
    response.set_cookie("basket", "x", max_age=60)
    response.headers["Set-Cookie"] = "wide=1; Secure; Path=/; SameSite=None; Partitioned; HttpOnly"
    return response


def form(request: HttpRequest) -> HttpResponse:
    """A form, with a message after it was sent."""
    if request.method == "POST":
        messages.info(request, "thank you")
        request.session["sent"] = True
        return HttpResponseRedirect("/form")
    return render(request, "form.html")


def branch(request: HttpRequest) -> HttpResponse:
    """A page that says whether it counts."""
    return render(request, "branch.html")


def policy(request: HttpRequest) -> HttpResponse:
    """The policy in the site's own page."""
    return render(request, "policy.html")


def account(request: HttpRequest) -> HttpResponse:
    """Decides for the visitor."""
    response = HttpResponse("{}", content_type="application/json")
    decide(request, response, grant=["analytics"])
    return response


async def aaccount(request: HttpRequest) -> HttpResponse:
    """The same from the event loop."""
    response = HttpResponse("{}", content_type="application/json")
    await adecide(request, response, grant=["analytics"])
    return response


@requires("analytics", redirect=True)
def counted(request: HttpRequest) -> HttpResponse:
    """For those who granted it."""
    return HttpResponse(str(consent_from(request).allows("analytics")))


@requires("analytics")
async def acounted(request: HttpRequest) -> HttpResponse:
    """The same from the event loop."""
    return HttpResponse(str(request.consent.allows("analytics")))


def spoken(request: HttpRequest) -> HttpResponse:
    """A page in the active language, which says it or does not."""
    return render(request, "spoken.html", {"said": "say" in request.GET})


def is_minor(_request: object) -> bool:
    """What the setting's `minor` can name."""
    return True


def fragment(request: HttpRequest) -> HttpResponse:
    """A part of a page."""
    return HttpResponse(f"<p>part {COUNTER}</p>")


class Calls:
    """How often the cached views ran."""

    count = 0


def counting(request: HttpRequest) -> HttpResponse:
    """A page that tells how often it was made, and with ``?ask`` depends on the visitor."""
    Calls.count += 1
    said = str(consent_from(request).allows("analytics")) if "ask" in request.GET else "-"
    return HttpResponse(f"{PAGE}<p>made {Calls.count} times, allowed: {said}</p>")


urlpatterns = [
    path("", page), path("apage", apage), path("stream", stream), path("astream", astream), path("slow", slow),
    path("aslow", aslow), path("file", file), path("cookies", cookies), path("form", form), path("branch", branch),
    path("privacy", policy), path("spoken", spoken), path("fragment", fragment), path("account", account), path("aaccount", aaccount), path("counted", counted),
    path("acounted", acounted), path("counting", counting), path("cached", cache_page(60)(counting)),
    path("admin/", admin.site.urls),
]  # fmt: skip
