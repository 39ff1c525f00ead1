"""One visitor, one site, every driver: the same requests through WSGI and ASGI, whole and streamed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

import anyio

from consentkit import asgi, wsgi
from consentkit.kit import ConsentKit, Decision
from consentkit.records.store import Store
from tests.drivers.asgi_server import Server, http_scope

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DRIVERS = ("wsgi-whole", "wsgi-stream", "asgi-whole", "asgi-stream")
NAVIGATION = (("Accept", "text/html,*/*;q=0.8"), ("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Mode", "navigate"))


@dataclass
class Asked:
    """What the site was asked, in the same words for both kinds of app."""

    method: str
    path: str
    headers: Mapping[str, str]
    allows: Callable[[str], bool]
    decide: Callable[[Sequence[str]], Decision]


@dataclass
class Answered:
    """What the site answers."""

    body: bytes
    headers: Sequence[tuple[str, str]] = (("Content-Type", "text/html; charset=utf-8"),)
    status: int = 200


@dataclass
class Reply:
    """What the visitor got."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str | None:
        """The value of a field that may be there once."""
        values = self.all(name)
        if len(values) > 1:
            raise ValueError(f"{name} came {len(values)} times")
        return values[0] if values else None

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


Site = Callable[[Asked], Answered]


@dataclass
class Client:
    """A browser with a cookie jar in front of a site behind one driver.

    A framework is one file more: ``client_<module>.py``, whose `Client` has an app of that framework in `middleware`.

    Attributes:
        driver: one of `DRIVERS`.
        mount: where the app is mounted.
    """

    driver: str
    kit: ConsentKit
    store: Store
    site: Site
    mount: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    middleware: Any = None

    def __post_init__(self) -> None:
        if self.driver.startswith("wsgi"):
            self.middleware = wsgi.ConsentMiddleware(validator(self._wsgi_app), self.kit, records=self.store)
        else:
            self.middleware = asgi.ConsentMiddleware(self._asgi_app, self.kit, records=self.store)

    def close(self) -> None:
        """Gives back what the client took from the process; drivers take nothing."""

    def get(self, path: str = "/", headers: Iterable[tuple[str, str]] = NAVIGATION) -> Reply:
        """A navigation."""
        return self.request("GET", path, headers)

    def post(self, path: str, form: str, headers: Iterable[tuple[str, str]] = ()) -> Reply:
        """A form of the site's own page."""
        own = (
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Origin", "https://brightwash.example"),
            ("Sec-Fetch-Site", "same-origin"),
        )
        return self.request("POST", path, (*own, *headers), form.encode())

    def request(self, method: str, path: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> Reply:
        """One request; cookies are sent, kept and expired."""
        sent = [*headers]
        if self.cookies:
            sent.append(("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        if body or method == "POST":
            sent.append(("Content-Length", str(len(body))))
        through = self._through_wsgi if self.driver.startswith("wsgi") else self._through_asgi
        reply = through(method, path, sent, body)
        for value in reply.all("set-cookie"):
            name, _, rest = value.strip().partition("=")  # Django 5.2 puts a space before it
            self.cookies[name] = rest.partition(";")[0]
            if "max-age=0" in value.lower():
                del self.cookies[name]
        return reply

    def _pieces(self, body: bytes) -> list[bytes]:
        if self.driver.endswith("whole"):
            return [body]
        return [body[start : start + 7] for start in range(0, len(body), 7)]

    def _through_wsgi(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Reply:
        route, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": self.mount, "PATH_INFO": route, "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "brightwash.example", "wsgi.url_scheme": "https", "wsgi.version": (1, 0),
            "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(), "wsgi.multithread": True,
            "wsgi.multiprocess": True, "wsgi.run_once": False,
        }  # fmt: skip
        for name, value in headers:
            key = name.upper().replace("-", "_")
            environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
        got: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
            got.update(status=int(status[:3]), headers=headers)
            return lambda _data: None

        blocks = validator(self.middleware)(environ, start_response)
        try:
            data = b"".join(blocks)
        finally:
            blocks.close()  # type: ignore[attr-defined]
        return Reply(got["status"], got["headers"], data)

    def _through_asgi(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Reply:
        route, _, query = path.partition("?")
        scope = http_scope(
            self.mount + route, method=method, root_path=self.mount, query_string=query.encode(),
            headers=[(name.lower(), value) for name, value in headers],
        )  # fmt: skip
        server = anyio.run(Server(scope, self._pieces(body) or (b"",)).run, self.middleware)
        decoded = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in server.head["headers"]]
        return Reply(server.head["status"], decoded, server.body)

    def _wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]:
        headers = {
            key.removeprefix("HTTP_").replace("_", "-").lower(): value
            for key, value in environ.items()
            if key.startswith("HTTP_")
        }
        asked = Asked(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            headers,
            wsgi.consent_from(environ).allows,
            lambda grant: self.middleware.decide(environ, grant=grant, source="account"),
        )
        answer = self.site(asked)
        start_response(f"{answer.status} {'OK' if answer.status == 200 else 'Other'}", list(answer.headers))
        return [answer.body] if self.driver.endswith("whole") else iter(self._pieces(answer.body))

    async def _asgi_app(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}

        def decide(grant: Sequence[str]) -> Decision:
            async def awaited() -> Decision:
                decision: Decision = await self.middleware.decide(scope, grant=grant, source="account")
                return decision

            return anyio.from_thread.run(awaited)

        asked = Asked(
            scope["method"], scope["path"].removeprefix(scope["root_path"]), headers, asgi.consent_from(scope).allows,
            decide,
        )  # fmt: skip
        answer = await anyio.to_thread.run_sync(self.site, asked)
        fields = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": fields})
        pieces = self._pieces(answer.body)
        for number, piece in enumerate(pieces):
            await send({"type": "http.response.body", "body": piece, "more_body": number < len(pieces) - 1})
        if not pieces:
            await send({"type": "http.response.body"})
