"""What views use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory, override_settings

from consentkit.bodies import SLICE
from consentkit.consent.state import Consent
from consentkit.django import (
    adecide,
    async_account,
    consent_from,
    decide,
    forget,
    form_consents,
    requires,
    sync_account,
)
from consentkit.django.conf import driver
from consentkit.django.middleware import ConsentMiddleware
from consentkit.errors import UsageError
from consentkit.records.memory import MemoryStore
from consentkit.records.threads import AsyncFromSync
from tests.django.conftest import FORM, HEADERS, URLENCODED
from tests.django.views import COUNTER, PAGE
from tests.drivers.policies import small_policy


def test_answers_at_forms(store: MemoryStore) -> None:
    """Answers given at forms are kept in the same store."""
    form_consents().record("ann@brightwash.example", "newsletter", granted=True, text="We write monthly.")
    assert form_consents().allows("ann@brightwash.example", "newsletter")
    assert ["form"] == [record.source for record in store.records]


def test_stores_that_have_to_be_awaited() -> None:
    """A plain view that needs a store of the event loop is told what to use."""
    away = override_settings(CONSENTKIT={**settings.CONSENTKIT, "records": AsyncFromSync(MemoryStore())})
    with away, pytest.raises(UsageError, match="adecide"):
        form_consents()


def test_requires_names_something() -> None:
    """A guard that names nothing would guard nothing: that is an error."""
    with pytest.raises(UsageError, match="at least one"):
        requires()


def test_requests_from_elsewhere(store: MemoryStore) -> None:
    """A request that did not pass the middleware says what to add."""
    request = RequestFactory().get("/", headers=HEADERS)
    for use in (lambda: consent_from(request), lambda: decide(request, grant=[])):
        with pytest.raises(UsageError, match="to MIDDLEWARE"):
            use()


def test_the_consent_is_one(store: MemoryStore) -> None:
    """`request.consent` is a `Consent` in every way that a program can ask."""

    def view(request: HttpRequest) -> HttpResponse:
        assert isinstance(request.consent, Consent)
        assert request.consent == consent_from(request)
        return HttpResponse()

    ConsentMiddleware(view)(RequestFactory().get("/", headers=HEADERS))


def test_decisions_without_a_response(store: MemoryStore) -> None:
    """A view can decide first and send the cookie later; what the policy does not declare is refused."""

    def view(request: HttpRequest) -> HttpResponse:
        with pytest.raises(UsageError, match="nothing"):
            decide(request, grant=["nothing"])
        decision = decide(request, grant="*", source="api")
        return HttpResponse(headers={"Set-Cookie": decision.set_cookie})

    response: Any = ConsentMiddleware(view)(RequestFactory().get("/", headers=HEADERS))
    assert [driver().kit.cookie.name] == list(response.cookies)
    assert ["api"] == [record.source for record in store.records]


def test_decisions_follow_accounts(store: MemoryStore) -> None:
    """Signing in on a second device brings the account's choices there, with a record; signing out can forget (R27)."""
    declared = {**small_policy().model_dump(mode="json", exclude_defaults=True), "account": "latest"}
    kept = list[Any]([None])

    def sign_up(request: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        decide(request, response, grant="*", source="banner")
        return response

    def sign_in(request: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        kept.append(sync_account(request, response, kept[-1]).account)
        return response

    def sign_out(_request: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        forget(response)
        return response

    def answer(view: Any, **headers: str) -> Any:
        return ConsentMiddleware(view)(RequestFactory().get("/", headers={**HEADERS, **headers}))

    with override_settings(CONSENTKIT={**settings.CONSENTKIT, "policy": declared, "records": store}):
        name = driver().kit.cookie.name
        phone = answer(sign_up).cookies[name].OutputString().partition(";")[0]
        assert {} == answer(sign_in, Cookie=phone).cookies
        assert [name] == list(answer(sign_in).cookies)
        assert ["banner", "account"] == [record.source for record in store.records]
        assert 0 == int(answer(sign_out).cookies[name]["max-age"])


@pytest.mark.parametrize("awaited", [False, True])
def test_decisions_follow_accounts_in_the_event_loop(store: MemoryStore, awaited: bool) -> None:
    """An ``async`` view syncs the account with any store, plain or awaited, and other choices come with a record."""
    declared = {**small_policy().model_dump(mode="json", exclude_defaults=True), "account": "latest"}
    records = AsyncFromSync(store) if awaited else store
    kept = list[Any]([None])

    async def sign_up(request: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        await adecide(request, response, grant="*", source="banner")
        return response

    async def sign_in(request: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        kept.append((await async_account(request, response, kept[-1])).account)
        return response

    async def visit() -> None:
        async def answer(view: Any, cookie: str = "") -> Any:
            browser = AsyncRequestFactory()  # its own field: Django 5.2 would join another one to it by a comma
            browser.cookies.load(cookie)
            return await ConsentMiddleware(view)(browser.get("/", headers=HEADERS))

        name = driver().kit.cookie.name
        phone = (await answer(sign_up)).cookies[name].OutputString().partition(";")[0]
        assert {} == (await answer(sign_in, phone)).cookies
        assert [name] == list((await answer(sign_in)).cookies)

    with override_settings(CONSENTKIT={**settings.CONSENTKIT, "policy": declared, "records": records}):
        asyncio.run(visit())
    assert ["banner", "account"] == [record.source for record in store.records]


@pytest.mark.parametrize("streamed", [False, True])
def test_long_pages_let_others_run(store: MemoryStore, streamed: bool) -> None:
    """While a long page is rewritten, the event loop has its turns."""
    long = (PAGE + "<p>glass</p>\n" * (SLICE // 2)).encode()

    async def pieces() -> AsyncIterator[bytes]:
        yield long

    async def view(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        return StreamingHttpResponse(pieces()) if streamed else HttpResponse(long)

    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def serve() -> bytes:
        counting = asyncio.create_task(count())
        response: Any = await ConsentMiddleware(view)(AsyncRequestFactory().get("/", headers=HEADERS))
        body: bytes = b"".join([part async for part in response]) if streamed else response.content
        counting.cancel()
        return body

    body = asyncio.run(serve())
    assert (False, SLICE // 2) == (COUNTER.encode() in body, body.count(b"<p>glass</p>"))
    assert turns >= len(long) // SLICE


def test_bodies_that_end_early_in_the_event_loop(store: MemoryStore) -> None:
    """Half a decision decides nothing."""

    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    async def serve() -> Any:
        request = AsyncRequestFactory().post("/_ck/decide", "decision=accept", content_type=URLENCODED, headers=FORM)
        request.META["CONTENT_LENGTH"] = "100"
        return await ConsentMiddleware(view)(request)

    assert (400, []) == (asyncio.run(serve()).status_code, store.records)
