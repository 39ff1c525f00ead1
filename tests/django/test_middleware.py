"""The middleware: pages, streams, files and cookies, plain and awaited."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings

from consentkit.django.middleware import ConsentMiddleware
from consentkit.records.memory import MemoryStore
from consentkit.records.threads import AsyncFromSync
from tests.django.answers import body
from tests.django.conftest import FORM, HEADERS, URLENCODED, accept
from tests.django.views import COUNTER, PAGE
from tests.drivers.policies import small_policy

PATHS = ["/", "/apage", "/stream", "/astream", "/file?name=page.html"]


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")  # Django's own, for the other kind of view
@pytest.mark.parametrize("path", PATHS)
def test_pages(client: Client, path: str) -> None:
    """A page contacts nobody until the visitor says yes, whole and in pieces."""
    response = client.get(path)
    text = body(response)
    assert (200, False) == (response.status_code, COUNTER in text)
    assert "ck-banner" in text
    if not response.streaming:
        assert str(len(response.content)) == response["Content-Length"]
    assert "counter.example" not in response["Content-Security-Policy"]
    assert 303 == accept(client).status_code
    assert COUNTER in body(client.get(path))


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize("path", PATHS)
def test_pages_in_the_event_loop(store: MemoryStore, path: str) -> None:
    """The same with a handler that is awaited."""

    async def visit() -> None:
        client = AsyncClient(headers=HEADERS)
        response: Any = await client.get(path)
        assert COUNTER not in await abody(response)
        decided: Any = await accept(client)
        assert 303 == decided.status_code
        assert COUNTER in await abody(await client.get(path))

    asyncio.run(visit())
    assert [{"analytics": True}] == [record.choices for record in store.records]


async def abody(response: Any) -> str:
    """All of an answer's text."""
    if response.streaming:
        return b"".join([part async for part in response]).decode(errors="replace")
    text: str = response.content.decode(errors="replace")
    return text


def test_one_class_for_both() -> None:
    """The middleware is awaited where what is inside of it is, and plain where that is plain."""

    async def awaited(request: object) -> None:
        """An inner handler."""

    assert asyncio.iscoroutinefunction(awaited)
    assert ConsentMiddleware(awaited)._async
    assert not ConsentMiddleware(lambda request: request)._async


def test_files_stay_files(store: MemoryStore) -> None:
    """What is no page keeps its file, so that the server can send it by itself."""
    file = io.BytesIO(PAGE.encode())
    middleware = ConsentMiddleware(lambda request: FileResponse(file, content_type=request.GET["type"]))
    plain: Any = middleware(RequestFactory().get("/?type=text/plain", headers=HEADERS))
    assert file is plain.file_to_stream
    assert PAGE == body(plain)
    file.seek(0)
    page: Any = middleware(RequestFactory().get("/?type=text/html", headers=HEADERS))
    assert page.file_to_stream is None
    assert COUNTER not in body(page)
    page.close()
    assert file.closed


def test_a_stream_is_not_read_ahead(store: MemoryStore) -> None:
    """A piece leaves before the next one is asked for, and leaving early ends everything."""
    taken = list[int]()
    closed = list[bool]()

    class Pieces:
        def __iter__(self) -> Any:
            for number in range(3):
                taken.append(number)
                yield f"<p>{number}</p>\n".encode() * 20
            taken.append(99)

        def close(self) -> None:
            closed.append(True)

    def view(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(Pieces())

    response: Any = ConsentMiddleware(view)(RequestFactory().get("/", headers=HEADERS))
    pieces = iter(response)
    next(pieces)
    assert [0] == taken
    response.close()
    assert [True] == closed
    assert "<p>1</p>" not in b"".join(pieces).decode(errors="replace")


def test_cookies(client: Client) -> None:
    """Cookies are gated both ways, from `response.cookies` and from a raw field, and the rest is hardened."""
    own = {
        "name": "visits",
        "lifetime": "1 year",
        "description": "Counts.",
        "purpose": "analytics",
        "third_party": False,
    }
    changed = {**settings.CONSENTKIT, "policy": small_policy(cookies=[own])}
    with override_settings(CONSENTKIT=changed):
        client.cookies["visits"] = "2"
        client.cookies["basket"] = "y"
        response = client.get("/cookies", secure=True)
        assert b"(['basket'], 'basket=y')" == response.content
        fields = [morsel.OutputString() for morsel in response.cookies.values()]
        assert [] == [field for field in fields if field.startswith("visits=3")]
        assert any(field.startswith("visits=;") for field in fields)
        (basket,) = [field for field in fields if field.startswith("basket=")]
        assert {"HttpOnly", "Secure", "SameSite=Lax"} <= set(basket.split("; "))
        assert "wide=1; Secure; Path=/; SameSite=None; Partitioned; HttpOnly" in fields
        assert "Set-Cookie" not in response.headers


def test_sessions_and_tokens_pass(client: Client) -> None:
    """Django's own cookies need no declaration, and a script may read the CSRF cookie."""
    strict = {**settings.CONSENTKIT, "policy": small_policy(undeclared_cookies="block")}
    with override_settings(CONSENTKIT=strict, CSRF_COOKIE_NAME="my_token"):
        text = body(client.get("/form"))
        token = text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        assert not client.cookies["my_token"]["httponly"]
        assert 302 == client.post("/form", {"csrfmiddlewaretoken": token}).status_code
        assert client.cookies["sessionid"]["httponly"]
        assert "thank you" in body(client.get("/form"))
        assert "thank you" not in body(client.get("/form"))


def test_our_endpoints_need_no_csrf_token(store: MemoryStore) -> None:
    """A decision is not stopped by Django's check, because there is one of our own: others are refused."""
    client = Client(enforce_csrf_checks=True, headers=HEADERS)
    assert 303 == accept(client).status_code
    wrong = {**HEADERS, "Sec-Fetch-Site": "cross-site", "Origin": "https://other.example"}
    assert 403 == client.post("/_ck/decide", "decision=accept", content_type=URLENCODED, headers=wrong).status_code
    assert 1 == len(store.records)


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10)
def test_bodies(client: Client) -> None:
    """Our own limit holds for our endpoints, whatever Django's is; a body that ends early decides nothing."""
    assert 303 == accept(client).status_code
    assert 413 == client.post("/_ck/decide", {"x": "x" * 1_000_000}, headers=FORM).status_code
    early: Any = {"wsgi.input": io.BytesIO(b"decision=accept"), "CONTENT_LENGTH": "100"}
    short = client.generic("POST", "/_ck/decide", headers=FORM, **early)
    assert 400 == short.status_code


@pytest.mark.parametrize("path", ["/account", "/aaccount"])
def test_views_that_decide(client: Client, store: MemoryStore, path: str) -> None:
    """A view decides for its visitor: the record is kept, the cookie set, and it holds."""
    client.get(path)
    assert ["account"] == [record.source for record in store.records]
    assert COUNTER in body(client.get("/"))


@pytest.mark.parametrize(("path", "status"), [("/counted", 303), ("/acounted", 403)])
def test_views_that_require(client: Client, path: str, status: int) -> None:
    """A view can be for those who granted something; others are told where to."""
    response = client.get(path)
    assert (status, "no-store") == (response.status_code, response["Cache-Control"])
    assert "/_ck/preferences?return=" in (response.get("Location") or body(response))
    accept(client)
    assert "True" in body(client.get(path))


def test_bodies_that_cannot_be_read(client: Client, store: MemoryStore) -> None:
    """A connection that breaks in the middle decides nothing, and is no error of the site."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("the connection was reset")

    broken: Any = {"wsgi.input": Broken(), "CONTENT_LENGTH": "15"}
    assert 400 == client.generic("POST", "/_ck/decide", headers=FORM, **broken).status_code
    assert [] == store.records


def test_answers_that_asked(store: MemoryStore) -> None:
    """Whatever asked for the consent says in `Vary` that it depends on it; the rest does not."""

    def view(request: HttpRequest) -> HttpResponse:
        if "ask" in request.GET:
            assert not request.consent.allows("analytics")
        return HttpResponse("{}", content_type="application/json")

    middleware = ConsentMiddleware(view)
    asked: Any = middleware(RequestFactory().get("/?ask", headers=HEADERS))
    other: Any = middleware(RequestFactory().get("/", headers=HEADERS))
    assert ("Cookie, Sec-GPC", None) == (asked.get("Vary"), other.get("Vary"))


def test_twice(store: MemoryStore) -> None:
    """Passing consentkit twice is an error with a sentence."""
    twice = ConsentMiddleware(ConsentMiddleware(lambda request: request))
    with pytest.raises(ImproperlyConfigured, match="twice"):
        twice(RequestFactory().get("/", headers=HEADERS))


def test_stores_that_are_awaited() -> None:
    """A store of the event loop serves awaited sites, and is refused by plain ones with a sentence."""
    store = MemoryStore()
    with override_settings(CONSENTKIT={**settings.CONSENTKIT, "records": AsyncFromSync(store)}):

        async def visit() -> None:
            client = AsyncClient(headers=HEADERS)
            await accept(client)
            await client.get("/aaccount")

        asyncio.run(visit())
        assert ["banner", "account"] == [record.source for record in store.records]
        with pytest.raises(ImproperlyConfigured, match="awaited"):
            accept(Client(headers=HEADERS))


def test_unreadable_pages(store: MemoryStore) -> None:
    """A page that nobody can read is replaced, and its status with it."""

    def view(request: object) -> HttpResponse:
        return HttpResponse(b"\x01\x02", headers={"Content-Encoding": "secret"}, reason="Fine")

    response: Any = ConsentMiddleware(view)(RequestFactory().get("/", headers=HEADERS))
    assert (500, "Internal Server Error") == (response.status_code, response.reason_phrase)
    assert b"\x01\x02" not in response.content


def test_hosts_that_django_refuses(client: Client) -> None:
    """A host that Django does not serve is Django's to refuse, and none of our pages fail."""
    with override_settings(ALLOWED_HOSTS=["brightwash.example"]):
        assert 200 == client.get("/_ck/policy", headers={**HEADERS, "Host": "other.example"}).status_code
        assert 400 == client.get("/", headers={**HEADERS, "Host": "other.example"}).status_code
