"""The neutral HTTP values that everything inward of the drivers speaks.

Header fields are ordered pairs of ``str`` in latin-1, as WSGI has them; names keep the case
they came in and are compared without it (RFC 9110 §5.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

PATH_CHARACTERS = "/~!$&'()*+,;=:@"  # what a path holds as it is, besides letters and digits (RFC 3986 §3.3)

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """The head of one request, as a driver translated it.

    Attributes:
        method: the method, upper case as sent.
        scheme: ``"http"`` or ``"https"``, as the visitor's browser used it.
        host: the Host field (``example.com:8000``), lower case; empty if there was none.
        path: the path below ``root_path``, percent-decoded, beginning with ``/`` (or empty).
        query: the query string as sent, without ``?``.
        root_path: where the app is mounted (``SCRIPT_NAME``, ``root_path``), without a final ``/``.
            Every URL we emit begins with it.
        headers: the header fields.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str = ""
    root_path: str = ""
    headers: Headers = ()
    _fields: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def target(self) -> str:
        """Path (with `root_path`) and query as they stand in a URL."""
        return quote(self.root_path + self.path, safe=PATH_CHARACTERS) + (f"?{self.query}" if self.query else "")

    @property
    def url(self) -> str:
        """The whole URL that the visitor's browser asked for."""
        return f"{self.scheme}://{self.host}{self.target}"

    def header(self, name: str) -> str | None:
        """The field's value, several joined with ``", "`` (RFC 9110 §5.3), or None.

        Cookie fields are joined with ``"; "``, as RFC 9113 §8.2.3 says.
        """
        return (self._fields or self._joined()).get(name.lower())

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields by name, lower case, several of a name joined as `header` says."""
        return self._fields or self._joined()

    def _joined(self) -> dict[str, str]:
        """The fields by name. Asked several times in every request, so kept when first asked."""
        fields = self._fields
        fields.update(self.headers)
        if len(fields) == len(self.headers) and "".join(fields).islower():
            return fields  # as drivers give them: nothing to join, no case to lower
        fields.clear()
        for key, value in self.headers:
            key = key.lower()
            if key in fields:
                value = f"{fields[key]}{'; ' if key == 'cookie' else ', '}{value}"
            fields[key] = value
        return fields


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


def header_values(headers: Iterable[tuple[str, str]], name: str) -> list[str]:
    """Every value of a field, in order."""
    wanted, length = name.lower(), len(name)
    # Most names differ in length already, which is told faster.
    return [value for key, value in headers if len(key) == length and key.lower() == wanted]


def without(headers: Iterable[tuple[str, str]], *names: str) -> Headers:
    """The fields except the named ones."""
    unwanted = {name.lower() for name in names}
    return tuple((key, value) for key, value in headers if key.lower() not in unwanted)


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
