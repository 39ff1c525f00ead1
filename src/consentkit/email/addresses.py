"""One rule: an address in a mail says where it leads, and nothing of who follows it.

Known wrappers are taken off where the target stands in them, and parameters that tell of the reader are dropped.
Everything else of an address stays as it was written, character by character.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from consentkit.email.senders import ENDING, Senders, Wrapper
from consentkit.html.urls import Url, parse_url

#: The longest address that is looked at; browsers and mail programs give up on longer ones.
MAX_URL: Final = 16_384
#: Wrappers around wrappers: a forwarded link through two houses and a mail filter has three.
MAX_WRAPPERS: Final = 10
#: Times that percent-encoding is taken off: wrappers of wrappers encode again.
_MAX_ENCODED: Final = 3
#: JSON in JSON, as Mandrill nests it.
_MAX_NESTED: Final = 3

_ABSOLUTE: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_SLASHES: Final = re.compile(r"(https?:)/+", re.IGNORECASE)
_HOST_FIRST: Final = re.compile(
    r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+(?::[0-9]{1,5})?(?=[/?#]|\Z)", re.IGNORECASE
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_KEYS: Final = ("url", "href", "u", "e", "target", "link", "redirect", "p", "detail")
_INNER: Final = re.compile(r"[=/](?:https?:|https?%3a)(?://|%2f%2f)", re.IGNORECASE)


class Plain(NamedTuple):
    """An address without what reports back.

    Attributes:
        url: the address.
        unwrapped: (id of the sender, the address as it was) of each wrapper taken off, the outermost first.
        dropped: the names of the parameters that are gone.
        opaque: id of the sender who alone knows the target, or ``""``.
        inner: another address stands in it, and who it goes through is not known.
    """

    url: str
    unwrapped: tuple[tuple[str, str], ...] = ()
    dropped: tuple[str, ...] = ()
    opaque: str = ""
    inner: bool = False


def plain(text: str, table: Senders, *, keep: frozenset[str] = frozenset()) -> Plain:
    """The address without wrappers and decoration.

    Args:
        text: the address, references decoded.
        table: the senders known.
        keep: lower-case names of parameters that stay (the same for every reader).
    """
    stripped = text.strip("\t\n\f\r ")
    unwrapped: list[tuple[str, str]] = []
    if len(stripped) > MAX_URL or not _ABSOLUTE.match(stripped):
        return Plain(text)
    url = stripped
    while len(unwrapped) < MAX_WRAPPERS:
        inner = _unwrapped(url, table)
        if inner is None:
            break
        unwrapped.append((inner[0], url))
        url = inner[1]
    parsed = parse_url(url, None)
    if parsed is None:
        return Plain(text)
    url, dropped = _undecorated(url, table, keep)
    opaque = table.click.match(parsed) or ""
    if ENDING.search(url):
        opaque = ""
    same = not unwrapped and not dropped
    inner_address = bool(_INNER.search(url)) and not opaque
    return Plain(text if same else url, tuple(unwrapped), dropped, opaque, inner_address)


def _undecorated(text: str, table: Senders, keep: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    if ENDING.search(text):
        return text, ()
    address, hash_sign, fragment = text.partition("#")
    path, mark, query = address.partition("?")
    dropped: list[str] = []
    if mark:
        query = _kept(query, table, keep, dropped)
    if "=" in fragment and "?" not in fragment and "/" not in fragment.partition("=")[0]:
        fragment = _kept(fragment, table, keep, dropped)
    if not dropped:
        return text, ()
    out = path + (f"?{query}" if query else "") + (f"#{fragment}" if hash_sign and fragment else "")
    return out, tuple(dropped)


def _kept(query: str, table: Senders, keep: frozenset[str], dropped: list[str]) -> str:
    pairs = []
    for pair in query.split("&"):
        name = unquote(pair.partition("=")[0])
        if name and table.parameters.fullmatch(name) and name.lower() not in keep:
            dropped.append(name)
        else:
            pairs.append(pair)
    return "&".join(pairs)


def _unwrapped(text: str, table: Senders) -> tuple[str, str] | None:
    """The sender's id and the address inside, if it stands there."""
    url = parse_url(text, None)
    if url is None or url.scheme not in {"http", "https"}:
        return None
    for wrapper, match in table.wrappers(url):
        for candidate in _candidates(wrapper, match, url):
            target = _target(candidate, host=wrapper.host)
            if target is not None and target != text:
                return wrapper.sender, target
    return None


def _candidates(wrapper: Wrapper, match: re.Match[str], url: Url) -> Iterator[str]:
    if wrapper.query:
        for pair in (url.query or "").split("&"):
            name, _, value = pair.partition("=")
            if unquote(name).removeprefix("amp;").lower() == wrapper.query.lower():
                yield value.replace("+", " ")
        return
    rest = f"{url.host}{url.path}" + ("" if url.query is None else f"?{url.query}")
    rest = rest[match.end() :]
    if wrapper.rest:
        yield rest
        return
    segments = rest.partition("?")[0].split("/")
    number = wrapper.segment or 0
    if -len(segments) <= number < len(segments):
        yield segments[number]


def _target(text: str, *, host: bool = False, depth: int = 0) -> str | None:
    """The absolute http(s) address that a text is an encoding of, or None."""
    for _ in range(_MAX_ENCODED):
        found = _address(text, host=host)
        if found is not None:
            return found
        decoded = unquote(text)
        if decoded == text:
            break
        text = decoded
    if depth >= _MAX_NESTED:
        return None
    for piece in text.split("."):
        decoded_piece = _from_base64(piece)
        if decoded_piece is None:
            continue
        found = _address(decoded_piece, host=False) or _in_json(decoded_piece, depth)
        if found is not None:
            return found
    return None


def _address(text: str, *, host: bool) -> str | None:
    text = text.strip()
    if text.startswith("//"):
        text = "https:" + text
    elif host and _HOST_FIRST.match(text):
        text = "https://" + text
    text = _SLASHES.sub(r"\1//", text, count=1) if _SLASHES.match(text) else text
    whole = _ABSOLUTE.fullmatch(text)
    if whole is None or len(text) > MAX_URL:
        return None
    url = parse_url(text, None)
    return text if url is not None and url.host and url.scheme in {"http", "https"} and not url.userinfo else None


def _from_base64(text: str) -> str | None:
    if not _BASE64.fullmatch(text) or len(text) > MAX_URL:
        return None
    try:
        raw = base64.b64decode(
            text.rstrip("=").translate(_URL_SAFE) + "=" * (-len(text.rstrip("=")) % 4), validate=True
        )
        return raw.decode("utf-8")
    except (binascii.Error, ValueError):
        return None


_URL_SAFE: Final = str.maketrans("-_", "+/")


def _in_json(text: str, depth: int) -> str | None:
    """The address under one of the usual keys of an object, or of an object in it."""
    if not text.startswith("{"):
        return None
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    for key in _KEYS:
        inner = value.get(key)
        if isinstance(inner, str):
            found = _target(inner, depth=depth + 1)
            if found is None and depth < _MAX_NESTED:
                found = _in_json(inner, depth + 1)
            if found is not None:
                return found
    return None
