"""consentkit in the idiom of Starlette and FastAPI."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import jinja2
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.templating import Jinja2Templates
from starlette.testclient import TestClient

from consentkit.consent.state import Consent
from consentkit.errors import StoreError, UsageError
from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from consentkit.starlette import (
    ConsentMiddleware,
    consent_context,
    consent_from,
    consent_settings,
    decide,
    form_consents,
    requires,
)
from consentkit.testing import give_consent
from tests.drivers.policies import SECRET, small_policy

KIT = ConsentKit(small_policy(), secret=SECRET)
LIVE = '<script src="https://counter.example/count.js"></script>'
PAGE = f"<!doctype html><title>Brightwash</title>{LIVE}"
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}


def client_of(*routes: Any, store: MemoryStore | None = None, **options: Any) -> TestClient:
    """A test client of an app with these routes behind consentkit."""
    guard = Middleware(ConsentMiddleware, KIT, records=MemoryStore() if store is None else store)
    app = Starlette(routes=routes, middleware=[guard], **options)
    return TestClient(app, base_url="https://brightwash.example", headers=NAVIGATION, follow_redirects=False)


async def page(_request: Request) -> Response:
    """A page with a counter."""
    return HTMLResponse(PAGE)


def test_state_and_consent_from() -> None:
    """The consent is `request.state.consent`, and `consent_from` gives the same object, typed."""

    async def view(request: Request) -> Response:
        consent: Consent = consent_from(request)
        assert consent is request.state.consent
        return PlainTextResponse(str(consent.allows("analytics")))

    client = client_of(Route("/", view))
    assert "False" == client.get("/").text
    give_consent(client, KIT, {"analytics"})
    assert "True" == client.get("/").text


def test_without_the_middleware() -> None:
    """Without the middleware the error says what to do."""
    with pytest.raises(UsageError, match="wrap the app"):
        consent_from(Request({"type": "http", "headers": []}))


def test_templates() -> None:
    """Templates get `consent` and a link to the settings that leads back to the page, mount point included."""
    text = "{{ consent.allows('analytics') }} {{ consent_settings() }} {{ consent_settings('A <b>') }}"
    loader = jinja2.Environment(loader=jinja2.DictLoader({"page.html": text}), autoescape=True)
    templates = Jinja2Templates(env=loader, context_processors=[consent_context])

    async def view(request: Request) -> Response:
        return templates.TemplateResponse(request, "page.html")

    client = client_of(Mount("/sub", routes=[Route("/page", view)]))
    client.root_path = "/shop"  # type: ignore[attr-defined]
    reply = client.get("/sub/page?a=1")
    link = '<a href="/_ck/preferences?return=/sub/page%3Fa%3D1" data-ck="settings" hx-boost="false" data-turbo="false">'
    assert f"False {link}" in reply.text
    assert f"{link}A &lt;b&gt;</a>" in reply.text


def test_the_policy_in_a_page_of_the_apps_own() -> None:
    """A template has the policy's texts as markup, in a language, within the app's own page."""
    loader = jinja2.Environment(
        loader=jinja2.DictLoader({"page.html": "<main>{{ consent_policy('de') }}</main>"}), autoescape=True
    )
    templates = Jinja2Templates(env=loader, context_processors=[consent_context])

    async def view(request: Request) -> Response:
        return templates.TemplateResponse(request, "page.html")

    reply = client_of(Route("/page", view)).get("/page").text
    assert "<h1>Datenschutzerklärung</h1>" in reply
    assert 1 == reply.count("<main>")


def test_requires_as_a_decorator() -> None:
    """A guarded endpoint, plain or async, answers 403 with a sentence, and the page once there is consent."""

    @requires("analytics")
    async def awaited(request: Request) -> Response:
        return PlainTextResponse("for you")

    @requires("counter")
    def plain(request: Request) -> Response:
        return PlainTextResponse("for you")

    client = client_of(Route("/a", awaited), Route("/b", plain))
    for path in ("/a", "/b"):
        reply = client.get(path)
        assert (403, "no-store") == (reply.status_code, reply.headers["cache-control"])
        assert f"/_ck/preferences?return={path}" in reply.text
    give_consent(client, KIT, "*")
    assert ["for you"] * 2 == [client.get(path).text for path in ("/a", "/b")]


def test_requires_with_redirect() -> None:
    """With `redirect` a page's visitor is led to the preferences; what is no page gets 403."""

    @requires("analytics", redirect=True)
    async def view(request: Request) -> Response:
        return PlainTextResponse("for you")

    client = client_of(Route("/you", view, methods=["GET", "POST"]))
    reply = client.get("/you?a=1")
    assert (303, "/_ck/preferences?return=/you%3Fa%3D1") == (reply.status_code, reply.headers["location"])
    assert 200 == client.get(reply.headers["location"]).status_code
    assert 403 == client.get("/you", headers={"Accept": "application/json", "Sec-Fetch-Dest": "empty"}).status_code
    assert 403 == client.post("/you").status_code


def test_requires_what_is_not_there() -> None:
    """A misspelt id is an error that names the nearest, not a refusal; so are a form's purpose and no id at all."""

    @requires("analytic")
    async def misspelt(request: Request) -> Response:
        return PlainTextResponse("")

    @requires("newsletter")
    async def at_a_form(request: Request) -> Response:
        return PlainTextResponse("")

    client = client_of(Route("/a", misspelt), Route("/b", at_a_form))
    with pytest.raises(UsageError, match="did you mean 'analytics'"):
        client.get("/a")
    with pytest.raises(UsageError, match="asked for at a form"):
        client.get("/b")
    with pytest.raises(UsageError, match="at least one"):
        requires()


def test_requires_needs_the_request() -> None:
    """An endpoint that never sees its request cannot be guarded, and the error says so."""

    @requires("analytics")
    async def blind() -> None:
        """Has no argument."""

    with pytest.raises(UsageError, match="request: Request"):
        blind().send(None)  # type: ignore[attr-defined]


def test_decide() -> None:
    """An account page can decide: the record is kept, the cookie set, and the next page follows it."""
    store = MemoryStore()

    async def save(request: Request) -> Response:
        response = RedirectResponse("/", 303)
        decision = await decide(request, response, grant={"analytics"})
        assert decision.consent.allows("analytics")
        return response

    async def by_hand(request: Request) -> Response:
        decision = await decide(request, grant=())
        return PlainTextResponse("", headers={"set-cookie": decision.set_cookie})

    client = client_of(Route("/", page), Route("/save", save), Route("/withdraw", by_hand), store=store)
    assert LIVE not in client.get("/").text
    assert 303 == client.get("/save").status_code
    assert LIVE in client.get("/").text
    client.get("/withdraw")
    assert LIVE not in client.get("/").text
    assert ["account", "account"] == [record.source for record in store.records]


def test_decide_while_the_store_fails() -> None:
    """If the record is not kept, no cookie is set."""

    class Broken(MemoryStore):
        def append(self, record: Any, /) -> None:
            raise StoreError("the disk is full")

    response = Response()

    async def save(request: Request) -> Response:
        await decide(request, response, grant="*")
        return response

    client = client_of(Route("/", save), store=Broken())
    with pytest.raises(StoreError, match="full"):
        client.get("/")
    assert "set-cookie" not in response.headers


def test_form_consents() -> None:
    """Answers at forms of the site's own are kept in the same store."""
    store = MemoryStore()

    async def sign_up(request: Request) -> Response:
        forms = form_consents(request)
        await forms.record("reader:1", "newsletter", True, text="We write monthly.")
        return PlainTextResponse(str(await forms.allows("reader:1", "newsletter")))

    assert "True" == client_of(Route("/", sign_up), store=store).get("/").text
    assert ["form"] == [record.source for record in store.records]


def test_background_tasks() -> None:
    """Background tasks run after the answer."""
    done = list[str]()

    async def view(request: Request) -> Response:
        return HTMLResponse(PAGE, background=BackgroundTask(done.append, "done"))

    assert LIVE not in client_of(Route("/", view)).get("/").text
    assert ["done"] == done


def test_files(tmp_path: Path) -> None:
    """A page that is a file is rewritten, and another file leaves with its own bytes and ranges."""
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "data.bin").write_bytes(b"0123456789")

    async def view(request: Request) -> Response:
        return FileResponse(tmp_path / request.path_params["name"])

    client = client_of(Route("/{name}", view))
    reply = client.get("/page.html", headers={"Range": "bytes=0-5"})
    assert 200 == reply.status_code
    assert LIVE not in reply.text
    part = client.get("/data.bin", headers={"Range": "bytes=2-4", "Accept": "*/*", "Sec-Fetch-Dest": "empty"})
    assert (206, b"234") == (part.status_code, part.content)


def test_exception_handlers() -> None:
    """Pages of exception handlers are rewritten, those for status 500 too, although Starlette makes them outside."""
    failures = list[Exception]()

    async def gone(_request: Request, _error: Exception) -> Response:
        return HTMLResponse(PAGE, 404)

    async def failed(_request: Request, error: Exception) -> Response:
        failures.append(error)
        return HTMLResponse(PAGE, 500)

    def failed_in_a_thread(_request: Request, error: Exception) -> Response:
        failures.append(error)
        return HTMLResponse(PAGE, 500)

    async def view(_request: Request) -> Response:
        raise HTTPException(404)

    async def broken(_request: Request) -> Response:
        raise RuntimeError("broken on purpose")

    client = client_of(Route("/", view), exception_handlers={404: gone})
    assert all(LIVE not in client.get(path).text for path in ("/", "/elsewhere"))
    for handlers in ({500: failed}, {Exception: failed_in_a_thread}):
        app = Starlette(routes=[Route("/", broken)], exception_handlers=handlers)
        around = ConsentMiddleware(app, KIT, records=MemoryStore())
        among = client_of(Route("/", broken), exception_handlers=handlers).app
        for each in (around, among):
            visitor = TestClient(each, raise_server_exceptions=False, headers=NAVIGATION)
            for _ in range(2):
                failures.clear()
                reply = visitor.get("/")
                assert (500, 1) == (reply.status_code, len(failures))
                assert LIVE not in reply.text
                assert "data-ck-src" in reply.text
            with pytest.raises(RuntimeError, match="on purpose"):  # servers and tests still learn of it
                TestClient(each, headers=NAVIGATION).get("/")


def test_failures_without_a_handler() -> None:
    """Starlette's own page for failures leaves as it is made, with and without `debug`."""

    async def broken(_request: Request) -> Response:
        raise RuntimeError("broken on purpose")

    for debug, text in ((False, "Internal Server Error"), (True, "broken on purpose")):
        client = TestClient(client_of(Route("/", broken), debug=debug).app, raise_server_exceptions=False)
        reply = client.get("/", headers=NAVIGATION)
        assert 500 == reply.status_code
        assert text in reply.text


def test_failures_outside() -> None:
    """What fails outside of consentkit is still the app's handler's."""
    failures = list[Exception]()

    async def failed(_request: Request, error: Exception) -> Response:
        failures.append(error)
        return PlainTextResponse("failed outside", 500)

    class Outside:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["path"] == "/outside":
                raise RuntimeError("broken outside")
            await self.app(scope, receive, send)

    guard = Middleware(ConsentMiddleware, KIT, records=MemoryStore())
    app = Starlette(
        routes=[Route("/", page)], middleware=[Middleware(Outside), guard], exception_handlers={500: failed}
    )
    client = TestClient(app, raise_server_exceptions=False, headers=NAVIGATION)
    assert LIVE not in client.get("/").text
    for _ in range(2):
        assert "failed outside" == client.get("/outside").text
    assert 2 == len(failures)


def test_compression_inside_and_outside() -> None:
    """A compressor may stand on either side."""
    guard = Middleware(ConsentMiddleware, KIT, records=MemoryStore())
    compressor = Middleware(GZipMiddleware, minimum_size=1)
    for stack in ([guard, compressor], [compressor, guard]):
        client = TestClient(Starlette(routes=[Route("/", page)], middleware=stack), headers=NAVIGATION)
        reply = client.get("/", headers={"Accept-Encoding": "gzip"})
        assert LIVE not in reply.text
        assert "data-ck-src" in reply.text


def test_mounted_app_with_consentkit_of_its_own() -> None:
    """An app that is mounted with its middleware has its endpoints below the mount point."""
    guard = Middleware(ConsentMiddleware, KIT, records=MemoryStore())
    shop = Starlette(routes=[Route("/", page)], middleware=[guard])
    client = TestClient(Starlette(routes=[Route("/", page), Mount("/shop", shop)]), headers=NAVIGATION)
    assert LIVE in client.get("/").text
    assert 'action="/shop/_ck/decide"' in client.get("/shop/").text
    assert 200 == client.get("/shop/_ck/preferences").status_code


def test_websockets_pass() -> None:
    """WebSockets are none of ours."""
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    with client_of(WebSocketRoute("/ws", talk)).websocket_connect("/ws") as socket:
        assert "hello" == socket.receive_text()


def test_fastapi_dependencies() -> None:
    """FastAPI: `Depends(consent_from)`, `Depends(requires(…))`, and a decorated endpoint keeps its parameters."""
    fastapi = pytest.importorskip("fastapi")
    app = fastapi.FastAPI()
    app.add_middleware(ConsentMiddleware, KIT, records=MemoryStore())

    def allowed(consent: Annotated[Consent, fastapi.Depends(consent_from)]) -> dict[str, bool]:
        return {"analytics": consent.allows("analytics")}

    def guarded(consent: Annotated[Consent, fastapi.Depends(requires("analytics"))]) -> dict[str, bool]:
        return {"analytics": consent.allows("analytics")}

    async def decorated(request: Request, number: int) -> int:
        return number + 1

    async def save(request: Request, response: Any) -> str:
        await decide(request, response, grant="*")
        return str(consent_settings(request, "Settings"))

    # Its annotations are read when the route is made, where `fastapi` is no global name.
    allowed.__annotations__["consent"] = Annotated[Consent, fastapi.Depends(consent_from)]
    guarded.__annotations__["consent"] = Annotated[Consent, fastapi.Depends(requires("analytics"))]
    save.__annotations__["response"] = fastapi.Response
    app.get("/allowed", response_model=None)(allowed)
    app.get("/guarded", response_model=None)(guarded)
    app.get("/listed", dependencies=[fastapi.Depends(requires("analytics"))])(lambda: "for you")
    app.get("/decorated/{number}")(requires("analytics")(decorated))
    app.get("/save")(save)
    client = TestClient(app, base_url="https://brightwash.example")
    assert {"analytics": False} == client.get("/allowed").json()
    assert [403] * 3 == [client.get(path).status_code for path in ("/guarded", "/listed", "/decorated/1")]
    assert "needs your consent (Counting)" in client.get("/guarded").json()["detail"]
    assert "/_ck/preferences" in client.get("/save").json()
    assert [{"analytics": True}, {"analytics": True}, "for you", 2] == [
        client.get(path).json() for path in ("/allowed", "/guarded", "/listed", "/decorated/1")
    ]


def test_streams_stay_streams() -> None:
    """A streamed page is rewritten piece by piece."""
    from starlette.responses import StreamingResponse

    def pieces() -> Iterator[str]:
        yield "<!doctype html><title>Brightwash</title>"
        yield LIVE[:20]
        yield LIVE[20:]

    async def view(request: Request) -> Response:
        return StreamingResponse(pieces(), media_type="text/html")

    reply = client_of(Route("/", view)).get("/")
    assert "data-ck-src" in reply.text
    assert "content-length" not in reply.headers


def test_data_is_left_alone() -> None:
    """JSON with markup in it is no page."""

    async def view(request: Request) -> Response:
        return JSONResponse({"html": LIVE})

    assert {"html": LIVE} == client_of(Route("/", view)).get("/").json()
