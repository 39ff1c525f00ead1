"""The head of a request, out of its environ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.http import NO_FACTS, Headers, Request
from consentkit.wsgi.names import FIELDS, KEYS, NAMES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def request_from(environ: WSGIEnvironment) -> Request:
    """The head of the request. Paths come as bytes in latin-1 (PEP 3333) and are read as UTF-8."""
    return HeadRequest(environ)


class HeadRequest(Request):
    """A request whose fields are taken from its environ when they are asked for. The app gets a copy of that."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ
        self.method, self.scheme = environ["REQUEST_METHOD"], environ["wsgi.url_scheme"]
        self.host = environ.get("HTTP_HOST", "").lower()
        self.path = text_of(environ.get("PATH_INFO", ""))
        self.query = environ.get("QUERY_STRING", "")
        self.root_path = text_of(environ.get("SCRIPT_NAME", "")).rstrip("/")
        self._headers = self._fields = None
        self.client, self.facts = environ.get("REMOTE_ADDR", ""), NO_FACTS

    @property
    def headers(self) -> Headers:
        """The header fields."""
        if self._headers is None:
            self._headers = tuple(
                [
                    (name, value)
                    for key, value in self._environ.items()
                    if (name := NAMES[key]) and (value or key not in FIELDS)
                ]
            )
        return self._headers

    def header(self, name: str) -> str | None:
        """As `Request.header`."""
        key = KEYS[name]
        return (self._environ.get(key) or None) if key in FIELDS else self._environ.get(key)

    def has_any(self, names: frozenset[str]) -> bool:
        """As `Request.has_any`."""
        return any(self.header(name) is not None for name in names)


def inner_environ(environ: WSGIEnvironment, before: Request, after: Request) -> WSGIEnvironment:
    """A copy with the header fields that the exchange changed."""
    inner = dict(environ)
    if before is after:
        return inner
    for name, _ in before.headers:
        inner.pop(KEYS[name], None)
    for name, value in after.headers:
        key = KEYS[name]
        joint = "; " if key == "HTTP_COOKIE" else ", "
        inner[key] = f"{inner[key]}{joint}{value}" if key in inner else value
    return inner


def spelled(path: str) -> str:
    """A path as it stands in an environ; what `text_of` undoes."""
    return path.encode().decode("latin-1")


def text_of(value: str) -> str:
    """A path as text: PEP 3333 has its bytes in latin-1."""
    return value if value.isascii() else value.encode("latin-1", "replace").decode("utf-8", "replace")
