"""The head of a request, out of its scope."""

from __future__ import annotations

from consentkit.asgi.fields import BYTES, SETS, decoded
from consentkit.asgi.messages import Scope
from consentkit.http import NO_FACTS, Headers, Request, joined


def request_from(scope: Scope) -> Request:
    """The head of the request. Newer servers give the full path, of which `root_path` is a part: it is taken off."""
    return HeadRequest(scope)


class HeadRequest(Request):
    """A request whose fields are decoded when they are asked for."""

    __slots__ = ("_raw",)

    def __init__(self, scope: Scope) -> None:
        self.method, self.path = scope["method"], path_of(scope)
        self.scheme = scope.get("scheme", "http")
        self.root_path = scope.get("root_path", "").rstrip("/")
        query = scope.get("query_string")
        self.query = query.decode("latin-1") if query else ""
        self._headers = self._fields = None
        self.facts = NO_FACTS
        client = scope.get("client")
        self.client = client[0] if client else ""
        headers = scope["headers"]
        self._raw: dict[bytes, bytes] = dict(headers)
        if len(self._raw) != len(headers) or not b"".join(self._raw).islower():
            # A name that came twice, or in capitals, which no server may send.
            self._headers = decoded(headers)
            self._fields = joined(self._headers)
            self._raw = {name.encode("latin-1"): value.encode("latin-1") for name, value in self._fields.items()}
        host = self._raw.get(b"host")
        self.host = host.decode("latin-1").lower() if host else ""

    @property
    def headers(self) -> Headers:
        """The header fields, in their order."""
        if self._headers is None:
            self._headers = decoded(self._raw.items())
        return self._headers

    def header(self, name: str) -> str | None:
        """As `Request.header`."""
        value = self._raw.get(BYTES[name])
        return None if value is None else value.decode("latin-1")

    def has_any(self, names: frozenset[str]) -> bool:
        """As `Request.has_any`."""
        return not SETS[names].isdisjoint(self._raw)


def path_of(scope: Scope) -> str:
    """The path below `root_path`."""
    path: str = scope["path"]
    root = scope.get("root_path", "").rstrip("/")
    return path[len(root) :] if root and (path == root or path.startswith(f"{root}/")) else path
