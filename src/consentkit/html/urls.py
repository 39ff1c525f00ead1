"""One rule: a URL is what the URL Standard makes of an attribute's value, or it is not fetched.

A decision about a host is only as good as the host. Browsers accept far more than
``https://host/``: backslashes, tabs inside words, user names, numbers for addresses, percent signs
in host names (R162). This module is the basic URL parser of the URL Standard (§4.4) with four
differences, all of which see a host where a browser may see none:

* a name that IDNA refuses keeps a host (its code points in Punycode) instead of failing, because
  tables of code points differ between browsers;
* a space in a host is kept as ``%20``, as Chromium does;
* ``file:`` has no drive letters: pages from the web cannot fetch it;
* the final dot of a host is taken off and remembered: ``dot.test.`` is the server of ``dot.test``.

Nothing here raises for any string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import idna

#: URL Standard §4.2: special schemes and their default ports.
_SPECIAL: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "file": None}

#: Hosts remembered after IDNA mapping, the slowest step; a page repeats few of them.
_HOSTS_REMEMBERED: Final = 1024

#: The longest host that is mapped. DNS ends at 253 octets; the rest is room for escapes and ignored
#: code points. Punycode takes quadratic time, so what is longer is `UNRESOLVABLE` instead.
MAX_HOST: Final = 4096

#: Stands for a host longer than `MAX_HOST`: a name that no policy allows and no DNS knows (RFC 6761).
UNRESOLVABLE: Final = "too-long.invalid"

#: What the URL parser takes away at both ends, and wherever it stands (§4.4).
C0_AND_SPACE: Final = "".join(map(chr, range(0x21)))
TAB_OR_NEWLINE: Final = {0x09: None, 0x0A: None, 0x0D: None}
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_AUTHORITY_END: Final = re.compile(r"[/?#]")
_AUTHORITY_END_SPECIAL: Final = re.compile(r"[/\\?#]")
#: URL Standard §3.1: forbidden host code points, and those further forbidden in domains.
_FORBIDDEN_HOST: Final = re.compile(r"[\x00\t\n\r #/:<>?@\[\\\]^|]")
_FORBIDDEN_DOMAIN: Final = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
#: A space in a host: the standard fails, Chromium asks for the name with this in it.
_SPACE: Final = "%20"
_PORT: Final = re.compile(r"[0-9]*")
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_IPV4_NUMBER: Final = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")
_IPV6_PIECE: Final = re.compile(r"[0-9A-Fa-f]{1,4}")
_IPV4_IN_IPV6: Final = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")
_ONE_DOT: Final = frozenset({".", "%2e"})
_TWO_DOTS: Final = frozenset({"..", ".%2e", "%2e.", "%2e%2e"})

# What each part must percent-encode (URL Standard §1.3), beyond ASCII.
_ENCODE_FRAGMENT: Final = re.compile(r"[^\x21\x23-\x3b\x3d\x3f-\x5f\x61-\x7e]")
_ENCODE_QUERY: Final = re.compile(r"[^\x21\x24-\x3b\x3d\x3f-\x7e]")
_ENCODE_SPECIAL_QUERY: Final = re.compile(r"[^\x21\x24-\x26\x28-\x3b\x3d\x3f-\x7e]")
_ENCODE_PATH: Final = re.compile(r"[^\x21\x24-\x3b\x3d\x40-\x5d\x5f\x61-\x7a\x7c\x7e]")
_ENCODE_USERINFO: Final = re.compile(r"[^\x21\x24-\x2e\x30-\x39\x41-\x5a\x5f\x61-\x7a\x7e%]")
_ENCODE_C0: Final = re.compile(r"[^\x20-\x7e]")

# A plain absolute URL: every character stands for itself, no dot segments, no escapes, no port.
_PLAIN: Final = re.compile(
    r"(?:(https?):)?//((?:[a-z0-9](?:[a-z0-9\-]*)\.)+[a-z][a-z0-9\-]*)"
    r"((?:/[A-Za-z0-9_~!$&'()*+,;=:@|\-][A-Za-z0-9_~!$&'()*+,;=:@|.\-]*)*/?)"
    r"(?:\?([A-Za-z0-9_~!$&()*+,;=:@|./?%\-]*))?"
)
_PLAIN_EXTERNAL: Final = re.compile(
    rb"(?:https?:)?//((?:[a-z0-9][a-z0-9\-]*\.)+[a-z][a-z0-9\-]*)(?::[0-9]{1,4})?(?:[/?#]|\Z)"
)


@dataclass(frozen=True, slots=True)
class Url:
    """A parsed URL.

    Attributes:
        scheme: lower case, without the colon.
        host: serialised and lower case: a domain in its ASCII form, an IPv4 address as four decimal
            numbers, an IPv6 address in brackets; without the final dot; empty where there is none.
        path: percent-encoded; begins with ``/`` unless ``opaque``.
        query: percent-encoded, without ``?``; None where there is none.
        port: None where it is the scheme's own.
        final_dot: whether the host was written with a final dot (kept in ``href``).
        opaque: the path is not hierarchical (``data:``, ``javascript:``, ``mailto:`` …).
        userinfo: user name and password as serialised (``user:pass``); empty where there is none.
        fragment: percent-encoded, without ``#``; None where there is none.
        authority: whether ``//`` follows the scheme.
    """

    scheme: str
    host: str
    path: str
    query: str | None = None
    port: int | None = None
    final_dot: bool = False
    opaque: bool = False
    userinfo: str = ""
    fragment: str | None = None
    authority: bool = True

    @property
    def href(self) -> str:
        """The URL in full, as the standard serialises it (§4.5)."""
        parts = [self.scheme, ":"]
        if self.authority:
            parts += ["//", self.userinfo, "@" if self.userinfo else "", self.host]
            parts.append("." if self.final_dot else "")
            parts.append("" if self.port is None else f":{self.port}")
        elif not self.opaque and self.path.startswith("//"):
            parts.append("/.")
        parts.append(self.path)
        if self.query is not None:
            parts += ["?", self.query]
        if self.fragment is not None:
            parts += ["#", self.fragment]
        return "".join(parts)


def parse_url(value: str, base: Url | None) -> Url | None:
    """Parse an attribute's value, character references already decoded.

    Args:
        value: the value as the tokenizer gives it, spaces and all.
        base: the document's base URL; None if the value has to be absolute.

    Returns:
        The URL, or None where the standard fails: a browser fetches nothing then.
    """
    plain = _PLAIN.fullmatch(value)
    if plain and (plain[1] or (base is not None and base.scheme in {"http", "https"})) and "xn--" not in plain[2]:
        scheme = plain[1] or (base.scheme if base else "")
        return Url(scheme, plain[2], plain[3] or "/", plain[4])
    text = _scalar_values(value).strip(C0_AND_SPACE).translate(TAB_OR_NEWLINE)
    text, hash_sign, after = text.partition("#")
    fragment = _encode(after, _ENCODE_FRAGMENT) if hash_sign else None
    scheme_match = _SCHEME.match(text)
    if scheme_match is None:
        return _relative(text, base, fragment)
    scheme = scheme_match[1].lower()
    rest = text[scheme_match.end() :]
    if scheme == "file":
        return _file(rest, base if base is not None and base.scheme == "file" else None, fragment)
    if scheme in _SPECIAL:
        if base is not None and base.scheme == scheme and not rest.startswith("//"):
            return _relative(rest, base, fragment)
        return _authority(scheme, rest.lstrip("/\\"), fragment)
    if rest.startswith("//"):
        return _authority(scheme, rest[2:], fragment)
    path, mark, query = rest.partition("?")
    encoded_query = _encode(query, _ENCODE_QUERY) if mark else None
    if path.startswith("/"):
        return Url(scheme, "", _path([], path, special=False), encoded_query, fragment=fragment, authority=False)
    opaque = _encode(path, _ENCODE_C0)
    return Url(scheme, "", opaque, encoded_query, opaque=True, fragment=fragment, authority=False)


def external_host(raw: bytes) -> bytes | None:
    """The host of a plain absolute URL in a raw attribute value, found without parsing it.

    A pure subset of `parse_url`: where this gives a host, `parse_url` gives the same host against
    every ``http(s)`` base, in every ASCII-compatible encoding, whatever follows. None says nothing:
    ask `parse_url`.

    Args:
        raw: the value as it stands in the page, character references not decoded.
    """
    found = _PLAIN_EXTERNAL.match(raw)
    # Punycode may be wrong, and then the URL fails: that is for the full parser to say.
    return None if found is None or b"xn--" in found[1] else found[1]


def matches_host(host: str, pattern: str) -> bool:
    """Whether a host is the pattern's or below it: ``a.example.com`` is below ``example.com``.

    Only whole labels count (R162), and an address has nothing below it.

    Args:
        host: serialised as in `Url.host`.
        pattern: a host in the same form.
    """
    return host == pattern or (bool(pattern) and host.endswith("." + pattern) and not is_address(host))


def is_address(host: str) -> bool:
    """Whether a serialised host is an IPv4 or IPv6 address rather than a name."""
    return host[:1] == "[" or (host[-1:].isdecimal() and _ends_in_number(host))


def parse_host(text: str) -> str | None:
    """The host parser for special schemes (URL Standard §3.5).

    Args:
        text: the host as written in a URL, without port; percent signs and all.

    Returns:
        The serialised host, its final dot kept, or None where the standard fails.
    """
    return _parse_host(text) if len(text) <= MAX_HOST else UNRESOLVABLE


@lru_cache(_HOSTS_REMEMBERED)
def _parse_host(text: str) -> str | None:
    if text.startswith("["):
        return _ipv6(text[1:-1]) if text.endswith("]") else None
    decoded = _percent_decode(_scalar_values(text))
    if "%" in decoded:
        return None
    name = _spaced(_domain_to_ascii(_spaced(decoded)))
    if "%" in name:  # a wide percent sign became one: Chromium decodes what it escapes now
        name = _spaced(_domain_to_ascii(_spaced(_percent_decode(name))))
    if not name or _FORBIDDEN_DOMAIN.search(name.replace(_SPACE, "")):
        return None
    return _ipv4(name) if _ends_in_number(name) else name


def _spaced(host: str) -> str:
    return host.replace(" ", _SPACE)


def _percent_decode(text: str) -> str:
    return _PERCENT.sub(lambda m: bytes([int(m[1], 16)]), text.encode()).decode(errors="replace")


def _relative(text: str, base: Url | None, fragment: str | None) -> Url | None:
    """The states "no scheme", "relative" and "relative slash"; ``text`` has no fragment."""
    if base is None:
        return None
    if base.opaque:
        return _with(base, base.path, base.query, fragment) if not text and fragment is not None else None
    if base.scheme == "file":
        return _file(text, base, fragment)
    special = base.scheme in _SPECIAL
    slashes = "/\\" if special else "/"
    if text[:1] and text[0] in slashes and text[1:2] and text[1] in slashes:
        return _authority(base.scheme, text.lstrip(slashes) if special else text[2:], fragment)
    path, mark, query = text.partition("?")
    if not path:
        if not mark:
            return _with(base, base.path, base.query, fragment)
        return _with(base, base.path, _encode_query(query, special), fragment)
    start = [] if path[0] in slashes else base.path.split("/")[1:-1]
    joined = _path(start, path if path[0] in slashes else "/" + path, special=special)
    return _with(base, joined, _encode_query(query, special) if mark else None, fragment)


def _file(text: str, base: Url | None, fragment: str | None) -> Url | None:
    """The states "file" to "file host", without drive letters."""
    if text[:1] in {"/", "\\"}:
        if text[1:2] in {"/", "\\"}:
            return _authority("file", text[2:], fragment)
        start: list[str] = []
    else:
        if base is None:
            base = Url("file", "", "/")
        if not text:
            return _with(base, base.path, base.query, fragment)
        start = base.path.split("/")[1:-1]
    path, mark, query = text.partition("?")
    joined = (
        base.path if base and not path else _path(start, path if path[:1] in {"/", "\\"} else "/" + path, special=True)
    )
    host = base.host if base else ""
    return Url("file", host, joined, _encode_query(query, True) if mark else None, fragment=fragment)


def _authority(scheme: str, text: str, fragment: str | None) -> Url | None:
    """The states "authority" to "port" and what follows; ``text`` begins after the slashes."""
    special = scheme in _SPECIAL
    end_match = (_AUTHORITY_END_SPECIAL if special else _AUTHORITY_END).search(text)
    end = end_match.start() if end_match else len(text)
    userinfo, at, hostport = text[:end].rpartition("@")
    if at and not hostport:
        return None
    close = hostport.find("]") if hostport.startswith("[") else -1
    colon = hostport.find(":", close + 1) if scheme != "file" else -1
    written = hostport if colon < 0 else hostport[:colon]
    port: int | None = None
    if colon >= 0:
        digits = hostport[colon + 1 :]
        significant = digits.lstrip("0")
        if not written or not _PORT.fullmatch(digits) or len(significant) > 5:
            return None
        port = int(significant or "0") if digits else None
        if port is not None and port > 0xFFFF:
            return None
        if port == _SPECIAL.get(scheme):
            port = None
    host: str | None
    if special:
        host = parse_host(written) if written or scheme != "file" else ""
        if scheme == "file" and host == "localhost":
            host = ""
    elif written.startswith("["):
        host = parse_host(written)
    else:
        host = None if _FORBIDDEN_HOST.search(written) else _encode(written, _ENCODE_C0)
    if host is None:
        return None
    path, mark, query = text[end:].partition("?")
    final_dot = host.endswith(".")
    return Url(
        scheme,
        host[:-1] if final_dot else host,
        _path([], path, special=special) if path or special else "",
        _encode_query(query, special) if mark else None,
        port,
        final_dot,
        userinfo=_userinfo(userinfo) if at else "",
        fragment=fragment,
    )


def _with(base: Url, path: str, query: str | None, fragment: str | None) -> Url:
    return Url(
        base.scheme, base.host, path, query, base.port, base.final_dot, base.opaque, base.userinfo, fragment,
        base.authority,
    )  # fmt: skip


def _path(start: list[str], text: str, *, special: bool) -> str:
    """The path states: dot segments resolved, the rest percent-encoded. ``text`` begins with a slash or is empty."""
    if special:
        text = text.replace("\\", "/")
    segments = start
    pieces = text.split("/")[1:] or [""]
    last = len(pieces) - 1
    for index, piece in enumerate(pieces):
        lowered = piece.lower()
        if lowered in _TWO_DOTS:
            if segments:
                segments.pop()
        elif lowered not in _ONE_DOT:
            segments.append(_encode(piece, _ENCODE_PATH))
            continue
        if index == last:
            segments.append("")
    return "/" + "/".join(segments)


def _userinfo(text: str) -> str:
    user, colon, password = text.partition(":")
    encoded = _encode(password, _ENCODE_USERINFO)
    return _encode(user, _ENCODE_USERINFO) + (colon + encoded if encoded else "")


def _encode_query(text: str, special: bool) -> str:
    return _encode(text, _ENCODE_SPECIAL_QUERY if special else _ENCODE_QUERY)


def _encode(text: str, what: re.Pattern[str]) -> str:
    return what.sub(lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode()), text)


def _scalar_values(text: str) -> str:
    """Lone surrogates become U+FFFD, as in every string that a browser takes from bytes."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _domain_to_ascii(name: str) -> str:
    """UTS #46 ToASCII with CheckHyphens, UseSTD3ASCIIRules and VerifyDnsLength off (URL Standard §3.3)."""
    lowered = "".join(c.lower() if c.isascii() else c for c in name)
    if lowered.isascii():
        return lowered
    try:
        mapped = idna.uts46_remap(name, std3_rules=False, transitional=False)
    except (idna.IDNAError, ValueError, IndexError):
        mapped = lowered
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii") for label in mapped.split(".")
    )


def _ends_in_number(name: str) -> bool:
    parts = name.split(".")
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()
    last = parts[-1]
    return (
        bool(last) and last.isascii() and (last.isdigit() or (last[:2] in {"0x", "0X"} and _number(last) is not None))
    )


def _number(text: str) -> int | None:
    """An IPv4 number: decimal, octal after 0, hexadecimal after 0x. None where it is none."""
    if not _IPV4_NUMBER.fullmatch(text):
        return None
    # Longer than any address: too large whatever it says, and int() of much text is slow.
    digits = text.lstrip("0xX") if text[0] == "0" else text
    if len(digits) > 16:
        return 1 << 32
    if text[:2] in {"0x", "0X"}:
        return int(digits or "0", 16)
    if len(text) > 1 and text[0] == "0":
        return None if any(c in "89" for c in digits) else int(digits or "0", 8)
    return int(text)


def _ipv4(name: str) -> str | None:
    parts = name.split(".")
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()
    if len(parts) > 4:
        return None
    numbers = [_number(part) for part in parts]
    value = 0
    for number in numbers[:-1]:
        if number is None or number > 255:
            return None
        value = value << 8 | number
    last = numbers[-1]
    if last is None or last >= 256 ** (5 - len(numbers)):
        return None
    value = value << 8 * (5 - len(numbers)) | last
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def _ipv6(text: str) -> str | None:
    """The IPv6 parser and serialiser (URL Standard §3.5); with brackets."""
    head, compressed, tail = text.partition("::")
    before = _ipv6_pieces(head, last=not compressed)
    after = _ipv6_pieces(tail, last=True)
    if before is None or after is None:
        return None
    if compressed:
        gap = 8 - len(before) - len(after)
        if gap < 1:
            return None
        pieces = before + [0] * gap + after
    else:
        pieces = before
        if len(pieces) != 8:
            return None
    best, length, index = -1, 1, 0
    while index < 8:
        end = index
        while end < 8 and pieces[end] == 0:
            end += 1
        if end - index > length:
            best, length = index, end - index
        index = end + 1
    words = [f"{piece:x}" for piece in pieces]
    if best < 0:
        return f"[{':'.join(words)}]"
    return f"[{':'.join(words[:best])}::{':'.join(words[best + length :])}]"


def _ipv6_pieces(text: str, *, last: bool) -> list[int] | None:
    if not text:
        return []
    pieces: list[int] = []
    words = text.split(":")
    for index, word in enumerate(words):
        if last and index == len(words) - 1 and _IPV4_IN_IPV6.fullmatch(word):
            numbers = [int(number) for number in word.split(".")]
            if max(numbers) > 255:
                return None
            pieces += [numbers[0] << 8 | numbers[1], numbers[2] << 8 | numbers[3]]
        elif _IPV6_PIECE.fullmatch(word):
            pieces.append(int(word, 16))
        else:
            return None
    return pieces
