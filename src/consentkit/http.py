"""The neutral HTTP values that everything inward of the drivers speaks.

Header fields are ordered pairs of ``str`` in latin-1, as WSGI has them; names keep the case
they came in and are compared without it (RFC 9110 §5.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

PATH_CHARACTERS = "/~!$&'()*+,;=:@"  # what a path holds as it is, besides letters and digits (RFC 3986 §3.3)

MAX_HOST = 253  # characters of a host: a longer one has no address (RFC 1035 §2.3.4)
MAX_HOST_FIELD = MAX_HOST + len(".:65535")

CACHED_NAMES = 64  # sets of names that fields are looked for by: they stand in our code

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the app knows of a visitor, besides what the request says itself.

    Attributes:
        place: ISO 3166 code of where the visitor is (``FR``, ``US-CA``), ``""`` for nowhere known; None where nobody
            asked, so that the fields count which the policy names.
        minor: whether the visitor is a minor, or the age in years; None where nobody asked.
        refused: whether a signal that the app understands refuses what is optional.
    """

    place: str | None = None
    minor: bool | int | None = None
    refused: bool = False


NO_FACTS = Facts()


class Request:
    """The head of one request, as a driver translated it. Nothing changes it once it is made.

    A driver may translate the header fields when they are asked for, most of them never are: it then overrides
    `headers`, `header` and `has_any`.

    Attributes:
        method: the method, upper case as sent.
        scheme: ``"http"`` or ``"https"``, as the visitor's browser used it.
        host: the Host field (``example.com:8000``), lower case; empty if there was none.
        path: the path below ``root_path``, percent-decoded, beginning with ``/`` (or empty).
        query: the query string as sent, without ``?``.
        root_path: where the app is mounted (``SCRIPT_NAME``, ``root_path``), without a final ``/``.
            Every URL we emit begins with it.
        client: the address that the request came from, as far as the driver knows it; empty otherwise.
        facts: what the app knows of the visitor.
    """

    __slots__ = ("_fields", "_headers", "client", "facts", "host", "method", "path", "query", "root_path", "scheme")

    def __init__(
        self,
        method: str,
        scheme: str,
        host: str,
        path: str,
        query: str = "",
        root_path: str = "",
        headers: Headers = (),
        client: str = "",
        facts: Facts = NO_FACTS,
    ) -> None:
        self.method, self.scheme, self.host, self.path = method, scheme, host, path
        self.query, self.root_path, self.client, self.facts = query, root_path, client, facts
        self._headers: Headers | None = headers
        self._fields: dict[str, str] | None = None

    @property
    def headers(self) -> Headers:
        """The header fields, in their order."""
        return self._headers or ()

    def header(self, name: str) -> str | None:
        """The field's value, several joined with ``", "`` (RFC 9110 §5.3), or None.

        Cookie fields are joined with ``"; "``, as RFC 9113 §8.2.3 says.
        """
        return self.fields.get(name.lower())

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields by name, lower case, several of a name joined as `header` says."""
        if self._fields is None:
            self._fields = joined(self.headers)
        return self._fields

    def has_any(self, names: frozenset[str]) -> bool:
        """Whether one of these fields, named in lower case, is there."""
        return not names.isdisjoint(self.fields)

    def replaced(self, **changes: Any) -> Request:
        """The same request with these attributes (and `headers`) changed."""
        names = ("method", "scheme", "host", "path", "query", "root_path", "headers", "client", "facts")
        return Request(**{name: getattr(self, name) for name in names if name not in changes}, **changes)

    def with_headers(self, headers: Headers) -> Request:
        """The same request with these header fields."""
        return Request(
            self.method, self.scheme, self.host, self.path, self.query, self.root_path, headers, self.client, self.facts
        )

    @property
    def target(self) -> str:
        """Path (with `root_path`) and query as they stand in a URL.

        A request line may hold anything (``GET @host``, ``OPTIONS *``): what does not begin with a slash gets one, for
        behind a host it would become part of it.
        """
        path = quote(self.root_path + self.path, safe=PATH_CHARACTERS)
        return (path if path.startswith("/") else f"/{path}") + (f"?{self.query}" if self.query else "")

    @property
    def url(self) -> str:
        """The whole URL that the visitor's browser asked for."""
        return f"{self.scheme}://{self.host}{self.target}"

    def __repr__(self) -> str:
        """What was asked for, without the fields: they name the visitor."""
        return f"<Request {self.method} {self.url}>"


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer, made by us."""

    status: int
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the app's answer: status and header fields."""

    status: int
    headers: Headers

    def header(self, name: str) -> str | None:
        """The field's value, several joined with ``", "``, or None."""
        values = header_values(self.headers, name)
        return ", ".join(values) if values else None


def joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The fields by name, lower case; several of a name joined as `Request.header` says."""
    fields = dict[str, str]()
    for key, value in headers:
        name = key.lower()
        fields[name] = f"{fields[name]}{'; ' if name == 'cookie' else ', '}{value}" if name in fields else value
    return fields


def header_values(headers: Iterable[tuple[str, str]], name: str) -> list[str]:
    """Every value of a field, in order."""
    wanted, length = name.lower(), len(name)
    # Most names differ in length already, which is told faster.
    return [value for key, value in headers if len(key) == length and key.lower() == wanted]


def without(headers: Iterable[tuple[str, str]], *names: str) -> Headers:
    """The fields except the named ones."""
    unwanted = _lower(names)
    return tuple([(key, value) for key, value in headers if key.lower() not in unwanted])


@lru_cache(CACHED_NAMES)
def _lower(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def replaced(headers: Iterable[tuple[str, str]], name: str, value: str) -> Headers:
    """The fields with one value for ``name``: in the place of the first, or at the end."""
    wanted, out, done = name.lower(), list[tuple[str, str]](), False
    for key, old in headers:
        if key.lower() != wanted:
            out.append((key, old))
        elif not done:
            out.append((key, value))
            done = True
    if not done:
        out.append((name, value))
    return tuple(out)


def pieces(text: str, separator: str) -> list[str]:
    """The pieces between separators that are neither within `<…>` nor within quotes.

    Browsers differ on what an open quote or bracket takes in: of such a piece, the last, a lone ``<`` is left.
    """
    found, start, inside, escaped = list[str](), 0, "", False
    for at, char in enumerate(text):
        if escaped:
            escaped = False
        elif inside == '"' and char == "\\":
            escaped = True
        elif inside:
            inside = "" if char == inside else inside
        elif char in '<"':
            inside = ">" if char == "<" else char
        elif char == separator:
            found.append(text[start:at])
            start = at + 1
    found.append("<" if inside else text[start:])
    return found


def list_items(value: str) -> Iterator[str]:
    """The members of a comma-separated field (RFC 9110 §5.6.1), commas in quoted strings kept."""
    if '"' not in value:
        yield from [item for part in value.split(",") if (item := part.strip(" \t"))]
        return
    start, quoted, escaped = 0, False, False
    for index, char in enumerate(value):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            if item := value[start:index].strip(" \t"):
                yield item
            start = index + 1
    if item := value[start:].strip(" \t"):
        yield item
