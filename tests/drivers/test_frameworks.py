"""Frameworks as their users use them, behind the drivers: files, streams, compression, errors."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from consentkit import asgi, wsgi
from consentkit.records.memory import MemoryStore
from tests.drivers.asgi_server import EXTENSIONS, Server, http_scope
from tests.drivers.clients import NAVIGATION
from tests.drivers.policies import SECRET, small_policy

PAGE = (
    "<!doctype html><html lang=en><head><title>Brightwash</title></head><body><h1>Glass</h1>"
    '<script src="https://counter.example/count.js"></script>' + "<p>glass</p>\n" * 500 + "</body></html>"
)
OPTIONS: dict[str, Any] = {"policy": small_policy(), "secret": SECRET}


def check(body: bytes) -> None:
    """The page is whole, asks, and contacts nobody."""
    assert body.count(b"<p>glass</p>") == 500
    assert b"</html>" in body
    assert b'data-ck="accept"' in body
    assert b'<script src="https://counter.example' not in body


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page in a file."""
    path = tmp_path_factory.mktemp("site") / "page.html"
    path.write_text(PAGE, "utf-8")
    return path


@pytest.mark.anyio
@pytest.mark.parametrize("route", ["/page", "/file", "/stream", "/gzip/page", "/gzip/stream"])
async def test_starlette(route: str, page_file: Path) -> None:
    """Starlette's responses, also files over pathsend and pages that its gzip would compress inside of us."""
    pytest.importorskip("starlette", reason="Starlette is not installed")
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.requests import Request
    from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
    from starlette.routing import Mount, Route

    seen = list[bool]()

    async def page(request: Request) -> Response:
        seen.append(request.state.consent.allows("analytics"))
        return HTMLResponse(PAGE)

    async def file(request: Request) -> Response:
        return FileResponse(page_file)

    async def stream(request: Request) -> Response:
        async def parts() -> AsyncIterator[str]:
            for start in range(0, len(PAGE), 100):
                yield PAGE[start : start + 100]

        return StreamingResponse(parts(), media_type="text/html")

    routes = [Route("/page", page), Route("/file", file), Route("/stream", stream)]
    compressed = Mount("/gzip", routes=routes, middleware=[Middleware(GZipMiddleware)])
    app = asgi.ConsentMiddleware(
        Starlette(routes=[*routes, compressed]),
        records=MemoryStore(),
        **OPTIONS,
    )
    headers = [(name.lower(), value) for name, value in NAVIGATION] + [("accept-encoding", "gzip")]
    server = await Server(http_scope(route, headers=headers, extensions=EXTENSIONS)).run(app)
    assert server.head["status"] == 200
    check(server.body)
    assert "content-encoding" not in server.headers
    if route.endswith("page"):
        assert [False] == seen
        assert str(len(server.body)) == server.headers["content-length"]


@pytest.mark.anyio
async def test_starlettes_other_files(tmp_path: Path) -> None:
    """A film keeps the server's shortcut, its length and its ranges."""
    pytest.importorskip("starlette", reason="Starlette is not installed")
    from starlette.applications import Starlette
    from starlette.staticfiles import StaticFiles

    (tmp_path / "film.mp4").write_bytes(b"0123456789")
    site = Starlette()
    site.mount("/media", StaticFiles(directory=tmp_path))
    app = asgi.ConsentMiddleware(site, records=MemoryStore(), **OPTIONS)
    headers = [("accept", "video/*"), ("sec-fetch-dest", "video")]
    server = await Server(http_scope("/media/film.mp4", headers=headers, extensions=EXTENSIONS)).run(app)
    # Starlette before 0.47 does not use the shortcut.
    assert (server.kinds, server.headers["content-length"]) in [
        (["start", "pathsend"], "10"),
        (["start", "body"], "10"),
    ]
    server = await Server(http_scope("/media/film.mp4", headers=[*headers, ("range", "bytes=2-4")])).run(app)
    assert (206, b"234") == (server.head["status"], server.body)


@pytest.mark.anyio
async def test_a_middleware_outside(page_file: Path) -> None:
    """Starlette's own base class for middleware may stand around us, and sees what the app left in the state."""
    pytest.importorskip("starlette", reason="Starlette is not installed")
    from starlette.applications import Starlette
    from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, Response
    from starlette.routing import Route

    seen = list[str]()

    async def page(request: Request) -> Response:
        request.state.user = "ada"
        return HTMLResponse(PAGE)

    async def outside(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        seen.append(request.state.user)
        return response

    inner = asgi.ConsentMiddleware(
        Starlette(routes=[Route("/", page)]),
        records=MemoryStore(),
        **OPTIONS,
    )
    app: Any = BaseHTTPMiddleware(inner, outside)
    headers = [(name.lower(), value) for name, value in NAVIGATION]
    server = await Server(http_scope("/", headers=headers, state={})).run(app)
    check(server.body)
    assert ["ada"] == seen


@pytest.mark.parametrize("route", ["/page", "/file", "/stream"])
def test_flask(route: str, page_file: Path) -> None:
    """Flask's responses through its own test client."""
    pytest.importorskip("flask", reason="Flask is not installed")
    import flask

    site = flask.Flask("site")
    seen = list[bool]()

    @site.get("/page")
    def page() -> str:
        seen.append(wsgi.consent_from(flask.request.environ).allows("analytics"))
        return PAGE

    @site.get("/file")
    def file() -> flask.Response:
        return flask.send_file(page_file)

    @site.get("/stream")
    def stream() -> flask.Response:
        def parts() -> Iterator[str]:
            for start in range(0, len(PAGE), 100):
                yield PAGE[start : start + 100]

        return flask.Response(parts(), mimetype="text/html")

    site.wsgi_app = wsgi.ConsentMiddleware(site.wsgi_app, records=MemoryStore(), **OPTIONS)  # type: ignore[method-assign]
    client = site.test_client()
    with client.get(route, base_url="https://brightwash.example", headers=NAVIGATION) as reply:
        check(reply.data)
        assert reply.status_code == 200
        assert reply.headers.get("Content-Length", str(len(reply.data))) == str(len(reply.data))
    with client.post(
        "/_ck/decide",
        base_url="https://brightwash.example",
        data={"decision": "accept"},
        headers={"Sec-Fetch-Site": "same-origin"},
    ) as reply:
        assert reply.status_code == 303
    assert seen == ([False] if route == "/page" else [])


def test_flasks_other_files() -> None:
    """A download keeps its bytes and ranges."""
    pytest.importorskip("flask", reason="Flask is not installed")
    import flask

    site = flask.Flask("site")

    @site.get("/film")
    def film() -> flask.Response:
        return flask.send_file(io.BytesIO(b"0123456789"), mimetype="video/mp4", conditional=True)

    site.wsgi_app = wsgi.ConsentMiddleware(site.wsgi_app, records=MemoryStore(), **OPTIONS)  # type: ignore[method-assign]
    client = site.test_client()
    headers = {"Accept": "video/*", "Sec-Fetch-Dest": "video", "Range": "bytes=2-4"}
    with client.get("/film", headers=headers) as reply:
        assert (206, b"234") == (reply.status_code, reply.data)


def test_flasks_errors() -> None:
    """An app's error page is a page, and an error that it does not catch comes out."""
    pytest.importorskip("flask", reason="Flask is not installed")
    import flask

    site = flask.Flask("site")

    @site.get("/lost")
    def lost() -> str:
        raise LookupError("lost")

    site.wsgi_app = wsgi.ConsentMiddleware(site.wsgi_app, records=MemoryStore(), **OPTIONS)  # type: ignore[method-assign]
    client = site.test_client()
    with client.get("/lost", headers=NAVIGATION) as reply:
        assert 500 == reply.status_code
        assert b'data-ck="accept"' in reply.data
    site.testing = True
    with pytest.raises(LookupError, match="lost"):
        client.get("/lost", headers=NAVIGATION)
