"""A Set-Cookie field as user agents read it, and the attributes it should have had (R129).

Reading follows RFC 6265bis §5.6, a draft, in every detail that decides what is stored. Hardening adds
what is missing at the end of the field and shortens a lifetime; name, value, Domain, Path, order and
unknown attributes stay byte for byte, nothing is weakened, and a second pass changes nothing.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from consentkit.consent.set_cookie import LIFETIME_CAP, MAX_ATTRIBUTE_BYTES, MAX_PAIR_BYTES, prefix_faults

_WSP = " \t"
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DELTA_SECONDS = re.compile(r"-?[0-9]+")
_MAX_DIGITS = 20
"""Of a Max-Age: more is beyond every clock, and Python refuses to read endless numbers."""
_SAME_SITE = frozenset({"strict", "lax", "none"})

# RFC 6265bis §5.1.1: a date is cut at delimiters, and what the pieces look like says what they are.
_DATE_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_DAY = re.compile(r"([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_YEAR = re.compile(r"([0-9]{2,4})(?:[^0-9].*)?", re.DOTALL)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class SetCookie:
    """One Set-Cookie field.

    Attributes:
        raw: the field's value as the app gave it.
        name: as user agents store it; empty for a nameless cookie.
        value: likewise.
        attributes: in order, names in lower case; those with values too long to be heeded are not there.
    """

    raw: str
    name: str
    value: str
    attributes: tuple[tuple[str, str], ...]

    def _all(self, name: str) -> Iterator[str]:
        return (value for key, value in self.attributes if key == name)

    def _last(self, name: str) -> str | None:
        return next((value for key, value in reversed(self.attributes) if key == name), None)

    @cached_property
    def secure(self) -> bool:
        """Whether `Secure` is there, with whatever value."""
        return self._last("secure") is not None

    @cached_property
    def http_only(self) -> bool:
        """Whether `HttpOnly` is there, with whatever value."""
        return self._last("httponly") is not None

    @cached_property
    def partitioned(self) -> bool:
        """Whether `Partitioned` is there."""
        return self._last("partitioned") is not None

    @cached_property
    def same_site(self) -> str | None:
        """`strict`, `lax` or `none`; None where it is missing or means nothing to user agents."""
        value = (self._last("samesite") or "").lower()
        return value if value in _SAME_SITE else None

    @cached_property
    def path(self) -> str | None:
        """The Path; None where user agents take that of the request instead."""
        value = self._last("path")
        return value if value and value.startswith("/") else None

    @cached_property
    def domain(self) -> str | None:
        """The Domain, lower case, without a leading dot; None for the host alone."""
        value = self._last("domain")
        return (value or "").removeprefix(".").lower() or None

    @cached_property
    def max_age(self) -> int | None:
        """The last Max-Age that is a number; None without one. Endless numbers count as the longest."""
        found = None
        for value in self._all("max-age"):
            if _DELTA_SECONDS.fullmatch(value):
                found = -1 if value.startswith("-") else int(value[:_MAX_DIGITS])
        return found

    @cached_property
    def expires(self) -> float | None:
        """The last Expires that is a date, in POSIX seconds; None without one."""
        found = None
        for value in self._all("expires"):
            date = parse_cookie_date(value)
            found = found if date is None else date
        return found

    @property
    def refused(self) -> str | None:
        """Why user agents will not store it, a clause for the log; None if they will."""
        if not self.name and not self.value:
            return "it has neither name nor value"
        if len(self.name) + len(self.value) > MAX_PAIR_BYTES:
            return f"name and value have more than {MAX_PAIR_BYTES} bytes"
        faults = prefix_faults(self.name, secure=True, http_only=True, path=self.path, domain=self.domain)
        if "Path" in faults:
            return "the prefix of its name asks for Path=/"
        if "Domain" in faults:
            return "the prefix of its name forbids a Domain"
        return None

    def deletes(self, now: float) -> bool:
        """Whether it deletes the cookie instead of setting it (Max-Age beats Expires)."""
        if self.max_age is not None:
            return self.max_age <= 0
        return self.expires is not None and self.expires <= now


def parse_set_cookie(value: str) -> SetCookie | None:
    """Read a Set-Cookie field's value.

    Returns:
        The cookie, or None where it holds control characters: user agents that follow the draft
        ignore it, older ones cut it at a place of their own.
    """
    if _CONTROL.search(value):
        return None
    pair, *rest = value.split(";")
    name, equals, content = pair.partition("=")
    if not equals:
        name, content = "", name
    attributes = []
    for text in rest:
        key, _, argument = text.partition("=")
        argument = argument.strip(_WSP)
        if len(argument) <= MAX_ATTRIBUTE_BYTES:
            attributes.append((key.strip(_WSP).lower(), argument))
    return SetCookie(value, name.strip(_WSP), content.strip(_WSP), tuple(attributes))


def harden(cookie: SetCookie, *, secure: bool, http_only: bool, now: float) -> tuple[str, list[str]]:
    """Give a cookie the attributes that it lacks.

    A deletion only gets what user agents ask for before they heed it.

    Args:
        cookie: the cookie.
        secure: whether the visitor came over https, so that `Secure` can be asked for.
        http_only: whether scripts have no business with this cookie.
        now: POSIX seconds.

    Returns:
        The field's value, the very same text where nothing was missing, and what was changed, each in
        a word or two.
    """
    deletes = cookie.deletes(now)
    faults = prefix_faults(
        cookie.name, secure=cookie.secure, http_only=cookie.http_only, path=cookie.path, domain=cookie.domain
    )
    added = []
    # Without Secure these are refused over https and over http alike, so adding it never loses a cookie.
    if not cookie.secure and (
        (secure and not deletes) or "Secure" in faults or cookie.same_site == "none" or cookie.partitioned
    ):
        added.append("Secure")
    if not cookie.http_only and ((http_only and not deletes) or "HttpOnly" in faults):
        added.append("HttpOnly")
    if cookie.same_site is None and not deletes:
        added.append("SameSite=Lax")
    text, changed = cookie.raw, list(added)
    if cookie.max_age is not None and cookie.max_age > LIFETIME_CAP:
        text = _with_lifetime_cap(text)
        changed.append("a lifetime of 400 days")
    elif cookie.max_age is None and cookie.expires is not None and cookie.expires > now + LIFETIME_CAP:
        added.append(f"Max-Age={LIFETIME_CAP}")
        changed.append("a lifetime of 400 days")
    for attribute in added:
        text += ("" if text.rstrip(_WSP).endswith(";") else ";") + " " + attribute
    return text, changed


def _with_lifetime_cap(text: str) -> str:
    """The text with the Max-Age that counts, the last number, replaced in its place."""
    parts = text.split(";")
    for index in range(len(parts) - 1, 0, -1):
        key, _, argument = parts[index].partition("=")
        if key.strip(_WSP).lower() == "max-age" and _DELTA_SECONDS.fullmatch(argument.strip(_WSP)):
            start = len(key) + 1 + argument.index(argument.strip(_WSP))
            parts[index] = f"{parts[index][:start]}{LIFETIME_CAP}{parts[index][start + len(argument.strip(_WSP)) :]}"
            break
    return ";".join(parts)


def parse_cookie_date(text: str) -> float | None:
    """An Expires date in POSIX seconds as user agents read it (RFC 6265bis §5.1.1), or None."""
    time: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DATE_DELIMITERS.split(text):
        if time is None and (match := _TIME.fullmatch(token)):
            time = int(match[1]), int(match[2]), int(match[3])
        elif day is None and (match := _DAY.fullmatch(token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := _YEAR.fullmatch(token)):
            year = int(match[1])
    if time is None or day is None or month is None or year is None:
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    if year < 1601:
        return None
    try:
        return datetime.datetime(year, month, day, time[0], time[1], time[2], tzinfo=datetime.UTC).timestamp()
    except ValueError:
        return None
