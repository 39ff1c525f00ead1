"""Between Django's requests and responses and the neutral values of `consentkit.http`.

Django keeps one value for each field of an answer, and its cookies apart, as morsels. Several values become
one with commas where the field is a list (all that consentkit adds to are); cookies become morsels again.
"""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import Morsel, SimpleCookie
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.http.response import HttpResponseBase

from consentkit import wsgi
from consentkit.http import Head, Headers, Request

SET_COOKIE = "set-cookie"
# Fields by which middleware outside of us decides on the way out: they get back what the visitor sent.
FOR_OTHERS = ("HTTP_ACCEPT_ENCODING", "HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE",
              "HTTP_IF_MATCH")  # fmt: skip


class WholeMorsel(Morsel[str]):
    """A cookie that leaves exactly as it was written, with attributes that this Python may not know.

    `Partitioned` is refused by the class of Python before 3.14. What other middleware changes afterwards counts.
    """

    _reserved = {**Morsel._reserved, "partitioned": "Partitioned"}  # type: ignore[attr-defined] # noqa: RUF012, SLF001
    _flags = Morsel._flags | {"partitioned"}  # type: ignore[attr-defined] # noqa: SLF001
    _text = ""  # also of one that was pickled
    _attributes: dict[str, Any] | None = None

    @classmethod
    def of(cls, text: str) -> WholeMorsel:
        """The cookie of a Set-Cookie value."""
        pair, *attributes = text.split(";")
        name, _, value = pair.partition("=")
        made = cls()
        # Not `set`: it refuses names that browsers take, and this cookie was judged already.
        made.__setstate__({"key": name.strip(), "value": value.strip(), "coded_value": value.strip()})  # type: ignore[attr-defined]
        for attribute in attributes:
            key, given, content = attribute.partition("=")
            key = key.strip().lower()
            if key in cls._reserved:
                made[key] = content.strip() if given else True
        made._text, made._attributes = text, dict(made)
        return made

    def OutputString(self, attrs: Any = None) -> str:  # noqa: N802 (the name it has)
        """The Set-Cookie value."""
        if attrs is None and self._text and dict(self) == self._attributes:
            return self._text
        return super().OutputString(attrs)


def request_from(request: HttpRequest) -> Request:
    """The head of a request. Scheme and host are those that Django believes in, behind a proxy too."""
    meta = request.META
    try:
        host = request.get_host()
    except DisallowedHost:
        host = meta.get("HTTP_HOST", "")  # Django answers 400 when a view asks; the host defines nothing for us
    made = wsgi.request_from({**meta, "REQUEST_METHOD": request.method, "wsgi.url_scheme": request.scheme})
    # Nobody has seen it yet: a copy would have every field translated, and most are never asked for.
    made.host, made.path, made.root_path = host.lower(), request.path_info, meta.get("SCRIPT_NAME", "").rstrip("/")
    return made


def narrow(request: HttpRequest, before: Headers, after: Headers) -> Callable[[], None]:
    """Gives the request the fields that the app shall see.

    Returns:
        What gives those back that middleware outside of us decides by (compression, validators), to be called
        when the app has answered. Refused cookies stay away.
    """
    if before == after:
        return lambda: None
    meta = request.META
    kept = {key: meta[key] for key in FOR_OTHERS if key in meta}
    fields = dict[str, str]()
    for name, value in after:
        key = f"HTTP_{name.upper().replace('-', '_')}"
        joint = "; " if key == "HTTP_COOKIE" else ", "
        fields[key] = f"{fields[key]}{joint}{value}" if key in fields else value
    cookies = meta.get("HTTP_COOKIE")
    for key in (*FOR_OTHERS, "HTTP_COOKIE"):
        if key in fields:
            meta[key] = fields[key]
        else:
            meta.pop(key, None)
    _forget(request, cookies=meta.get("HTTP_COOKIE") != cookies)

    def widen() -> None:
        for key in FOR_OTHERS:
            meta.pop(key, None)
        meta.update(kept)
        _forget(request, cookies=False)

    return widen


def head_of(response: HttpResponseBase) -> Head:
    """The head of an answer: its fields, and its cookies as fields."""
    fields = [(name, _text(value)) for name, value in response.items()]
    fields += [("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()]
    return Head(response.status_code, tuple(fields))


def write_head(response: HttpResponseBase, head: Head) -> None:
    """Gives an answer this head; fields and cookies that did not change stay the objects they are."""
    if response.status_code != head.status:
        response.status_code = head.status
        response.reason_phrase = None
    fields, cookies = dict[str, tuple[str, str]](), list[str]()
    for name, value in head.headers:
        key = name.lower()
        if key == SET_COOKIE:
            cookies.append(value)
        else:
            fields[key] = (name, f"{fields[key][1]}, {value}" if key in fields else value)
    for name in [name for name, _ in response.items() if name.lower() not in fields]:
        del response.headers[name]
    for key, (name, value) in fields.items():
        if _text(response.headers.get(key, "")) != value or key not in response.headers:
            response.headers[name] = value
    _write_cookies(response, cookies)


def _write_cookies(response: HttpResponseBase, texts: list[str]) -> None:
    known = {morsel.OutputString(): (key, morsel) for key, morsel in response.cookies.items()}
    if list(known) == texts:
        return
    jar = SimpleCookie()
    for text in texts:
        if not text.isascii():
            # Django's ASGI handler cannot encode such a morsel; as a field there is room for one, the app's own.
            response.headers.setdefault("Set-Cookie", text)
            continue
        key, morsel = known.get(text) or ("", WholeMorsel.of(text))
        # The jar holds one cookie of a name; further ones (deletions for several paths) stand beside it.
        plain = key or morsel.key
        dict.__setitem__(jar, plain if plain not in jar else f"{plain};{len(jar)}", morsel)
    response.cookies = jar


def _forget(request: HttpRequest, *, cookies: bool) -> None:
    """Lets the request read its fields anew where it has kept what it read."""
    request.__dict__.pop("headers", None)
    if not cookies:
        return
    if hasattr(type(request), "COOKIES"):
        request.__dict__.pop("COOKIES", None)
    else:
        request.COOKIES = parse_cookie(request.META.get("HTTP_COOKIE", ""))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
