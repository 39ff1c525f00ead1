"""Apps that answer with what they are given, and a server before the middleware around them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from wsgiref.util import FileWrapper, setup_testing_defaults

from consentkit.records.memory import MemoryStore
from consentkit.wsgi import ConsentMiddleware
from tests.drivers.doubles import LoudKit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


HTML = [("Content-Type", "text/html; charset=utf-8")]

Lint = Callable[["WSGIApplication"], "WSGIApplication"]


class Server:
    """Serves one request as PEP 3333 says, and keeps what happened in order.

    Attributes:
        events: ("start", status), ("block", bytes), ("write", bytes).
    """

    def __init__(self, *, leave_after: int | None = None) -> None:
        self.events = list[tuple[str, object]]()
        self.status = ""
        self.headers = list[tuple[str, str]]()
        self.leave_after = leave_after
        self._sent = False

    def run(self, app: WSGIApplication, environ: WSGIEnvironment) -> Server:
        """Serves, and closes whatever happened."""
        result = app(environ, self.start_response)
        try:
            for number, block in enumerate(result):
                if self.leave_after is not None and number >= self.leave_after:
                    break
                assert self.status or not block, "a block before start_response"
                self.events.append(("block", block))
                self._sent = self._sent or bool(block)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        return self

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        """As the server's."""
        if exc_info:
            try:
                if self._sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        else:
            assert not self.status, "start_response twice"
        assert type(headers) is list
        self.status, self.headers = status, headers
        self.events.append(("start", status))
        return self.write

    def write(self, data: bytes) -> None:
        """As the server's."""
        self._sent = True
        self.events.append(("write", data))

    @property
    def body(self) -> bytes:
        """All bytes, in order."""
        return b"".join(data for _, data in self.events if isinstance(data, bytes))

    @property
    def fields(self) -> dict[str, str]:
        """The fields by lower-case name."""
        return {name.lower(): value for name, value in self.headers}


class Body:
    """An app's iterable that counts how often it is closed."""

    def __init__(self, items: Iterable[bytes]) -> None:
        self.items = iter(items)
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.items)

    def close(self) -> None:
        """Counts."""
        self.closed += 1


WRAPPER: dict[str, Any] = {"wsgi.file_wrapper": FileWrapper}


def environ_of(path: str = "/", method: str = "GET", **more: Any) -> WSGIEnvironment:
    """An environ as a server makes it; `body` is the request's."""
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "Brightwash.Example",
        "SERVER_PROTOCOL": "HTTP/1.1", "SCRIPT_NAME": "",
    }  # fmt: skip
    body = more.pop("body", b"")
    setup_testing_defaults(environ)
    environ["wsgi.input"] = io.BytesIO(body)
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    environ.update(more)
    return environ


def answering(items: Any, headers: list[tuple[str, str]] = HTML, status: str = "200 OK") -> WSGIApplication:
    """An app that answers with these items."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, list(headers))
        result: Iterable[bytes] = items
        return result

    return app


def middle(app: WSGIApplication, kit: LoudKit, **more: Any) -> ConsentMiddleware:
    """The middleware around the app."""
    more.setdefault("records", MemoryStore())
    return ConsentMiddleware(app, kit.kit, **more)


def serve(app: WSGIApplication, kit: LoudKit, lint: Lint = lambda app: app, **more: Any) -> Server:
    """One GET through a checker, the middleware, a checker, and the app."""
    return Server().run(lint(middle(lint(app), kit)), environ_of(**more))


def lose() -> None:
    """Fails as an app does."""
    raise LookupError("lost")


def no_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """An app that must not be called."""
    raise LookupError("the app was called")
