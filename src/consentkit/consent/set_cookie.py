"""The wire form of cookies: strict in what is written, lenient in what is read (RFC 6265bis, a draft; R131).

Written fields keep to §4.1 (R110-R117) and anything else is refused with an error; read fields are
cut as user agents cut them (§5.6.3), and nothing in them can raise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from consentkit.errors import UsageError

SameSite = Literal["Strict", "Lax", "None"]

LIFETIME_CAP = 34_560_000
"""400 days in seconds: user agents shorten anything longer (RFC 6265bis §5.5; R115)."""
MAX_PAIR_BYTES = 4096
"""Of name and value together: user agents drop larger cookies without a word (§5.6; R112)."""
MAX_ATTRIBUTE_BYTES = 1024
"""Of one attribute's value: user agents ignore larger ones (§5.6.3; R112)."""
PAST = "Thu, 01 Jan 1970 00:00:00 GMT"
"""An IMF-fixdate that has passed: deletes a cookie where Max-Age is not understood (R114, R116)."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_COOKIE_VALUE = re.compile(r'(?:[!#-+\--:<-\[\]-~]*|"[!#-+\--:<-\[\]-~]*")')
_AV_OCTETS = re.compile(r"[ -:<-~]*")


def prefix_faults(
    name: str, *, secure: bool, http_only: bool, path: str | None, domain: str | None
) -> list[Literal["Secure", "HttpOnly", "Path", "Domain"]]:
    """The attributes which the name's prefix asks for and which are not as it asks (R117).

    Prefixes are matched without case, as user agents match them. `__Host-Http-` asks for what both
    of its parts ask for.
    """
    lowered = name.lower()
    host = lowered.startswith("__host-")
    http = lowered.startswith(("__http-", "__host-http-"))
    faults: list[Literal["Secure", "HttpOnly", "Path", "Domain"]] = []
    if (host or http or lowered.startswith("__secure-")) and not secure:
        faults.append("Secure")
    if http and not http_only:
        faults.append("HttpOnly")
    if host and path != "/":
        faults.append("Path")
    if host and domain:
        faults.append("Domain")
    return faults


def dump_set_cookie(
    name: str,
    value: str,
    *,
    max_age: int | None = None,
    expires: str | None = None,
    domain: str | None = None,
    path: str = "/",
    secure: bool = True,
    http_only: bool = True,
    same_site: SameSite = "Lax",
    partitioned: bool = False,
) -> str:
    """One Set-Cookie value within the grammar of RFC 6265bis §4.1.1, its attributes each once.

    Args:
        name: an RFC 9110 token.
        value: cookie octets; use base64url for anything else.
        max_age: in seconds, 0 deletes; None makes a session cookie.
        expires: an IMF-fixdate for user agents that know no Max-Age.
        domain: None for the host alone.
        path: explicit always, since a default path depends on the URL that set the cookie.
        secure: see R117, R120 and R121 for what needs it.
        http_only: whether scripts may not read it.
        same_site: always sent (R120).
        partitioned: CHIPS; needs `secure`.

    Raises:
        UsageError: if the result were outside the grammar, too large, or refused by user agents.
    """
    if not _TOKEN.fullmatch(name):
        raise UsageError(f"cookie name {name!r} is no token; use letters, digits, '-' and '_' (R110)")
    if not _COOKIE_VALUE.fullmatch(value):
        raise UsageError(f"the value of cookie {name!r} holds characters no cookie may hold; encode it as base64url")
    if len(name) + len(value) > MAX_PAIR_BYTES:
        raise UsageError(f"cookie {name!r} is larger than {MAX_PAIR_BYTES} bytes; user agents would drop it (R112)")
    if max_age is not None and not 0 <= max_age <= LIFETIME_CAP:
        raise UsageError(f"cookie {name!r}: Max-Age {max_age} is not within 0 and {LIFETIME_CAP} seconds (R114, R115)")
    for attribute in (expires, domain, path):
        if attribute is not None and not (_AV_OCTETS.fullmatch(attribute) and len(attribute) <= MAX_ATTRIBUTE_BYTES):
            raise UsageError(f"cookie {name!r}: attribute value {attribute[:80]!r} has ';' or controls, or is too long")
    if faults := prefix_faults(name, secure=secure, http_only=http_only, path=path, domain=domain):
        raise UsageError(f"cookie {name!r}: its prefix forbids this {', '.join(faults)}; user agents drop it (R117)")
    if (same_site == "None" or partitioned) and not secure:
        raise UsageError(f"cookie {name!r}: SameSite=None and Partitioned need Secure (R120, R121)")
    parts = [f"{name}={value}"]
    if expires is not None:
        parts.append(f"Expires={expires}")
    if max_age is not None:
        parts.append(f"Max-Age={max_age}")
    if domain:
        parts.append(f"Domain={domain}")
    parts.append(f"Path={path}")
    if secure:
        parts.append("Secure")
    if http_only:
        parts.append("HttpOnly")
    parts.append(f"SameSite={same_site}")
    if partitioned:
        parts.append("Partitioned")
    return "; ".join(parts)


def cookie_pairs(header: str) -> Iterator[tuple[str, str, str]]:
    """The cookies of a Cookie field, in order: the text as sent between semicolons, the name, the value.

    A text without `=` is all name: servers differ on what it means, and a name is what is judged.
    No percent-decoding, no quotes removed (R122). White space around both is not part of them; that
    is white space as Python's `str.strip` sees it, since that is how Python frameworks read the field.
    """
    for text in header.split(";"):
        name, _, value = text.partition("=")
        yield text, name.strip(), value.strip()
