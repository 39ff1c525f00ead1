"""The site's own audience counter, sync and async."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

YEAR = 365 * 24 * 3600


@sync_and_async_middleware
def count(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Sets the audience cookie on every page; without consent to analytics consentkit removes it."""

    def counted(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            visitor = request.COOKIES.get("bw_visitor") or secrets.token_hex(8)
            response.set_cookie("bw_visitor", visitor, max_age=YEAR, httponly=True, samesite="Lax")
        return response

    def plain(request: HttpRequest) -> HttpResponseBase:
        return counted(request, get_response(request))

    async def awaited(request: HttpRequest) -> HttpResponseBase:
        return counted(request, await get_response(request))

    middleware: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    middleware = awaited if iscoroutinefunction(get_response) else plain
    return middleware
