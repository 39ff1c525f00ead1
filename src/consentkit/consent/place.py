"""One rule: which request fields of which infrastructure tell where a visitor is, and when they are believed (R35).

A field is read only if the owner named it. Anybody can send one, so it has to be set, and not added to, by what stands
before the app. A field that comes twice, or holds anything but a code, tells nothing; nothing known is the strictest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from consentkit.policy.models import RegimeSettings
from consentkit.policy.regimes import PLACE_PATTERN

FIELDS: Final[Mapping[str, tuple[str, str | None]]] = {
    "cloudflare": ("CF-IPCountry", "CF-Region-Code"),
    "cloudfront": ("CloudFront-Viewer-Country", "CloudFront-Viewer-Country-Region"),
    "fastly": ("X-Geo-Country", "X-Geo-Region"),
    "app-engine": ("X-Appengine-Country", "X-Appengine-Region"),
    "vercel": ("X-Vercel-IP-Country", "X-Vercel-IP-Country-Region"),
}
"""The fields for country and region by the policy's word. Fastly sends none of itself: its VCL has to set these two."""
NO_COUNTRY: Final = frozenset({"XX", "ZZ", "T1", "EU", "AP", "A1", "A2", "O1"})
"""Codes that name no country: unknown, the Tor network, a continent, proxies."""
_CODE = re.compile(PLACE_PATTERN)


def field_names(settings: RegimeSettings | None) -> tuple[str, ...]:
    """The names of the fields that are read: what an answer depends on, and so belongs into Vary (R146)."""
    if settings is None or settings.place == "none":
        return ()
    return tuple(name for name in _fields(settings) if name)


def place_in(header: Callable[[str], str | None], settings: RegimeSettings | None) -> str | None:
    """The code of the place that a request's fields tell; None for nowhere known.

    Args:
        header: gives the value of a field by its lower-case name, several joined with commas.
        settings: what the owner named.
    """
    if settings is None or settings.place == "none":
        return None
    country_field, region_field = _fields(settings)
    country = header(country_field.lower()) if country_field else None
    region = header(region_field.lower()) if region_field else None
    return parse_place(country or "", region or "")


def parse_place(country: str, region: str = "") -> str | None:
    """The code of a place: ``US-CA`` of ``us`` and ``CA`` or ``US-CA``, ``FR`` of ``FR``; None where none is told.

    A region that cannot be read takes nothing from a country that can.
    """
    if not (country.isascii() and region.isascii()):
        return None
    country, region = country.strip(" \t").upper(), region.strip(" \t").upper()
    if len(country) != 2 or not _CODE.fullmatch(country) or country in NO_COUNTRY:
        return None
    region = region.removeprefix(f"{country}-")
    whole = f"{country}-{region}"
    return whole if region and _CODE.fullmatch(whole) else country


def parse_code(code: str) -> str | None:
    """A place's code as an app gives it: ``FR``, ``us-ca``; None for anything else, nowhere known."""
    country, _, region = code.partition("-")
    return parse_place(country, region)


def _fields(settings: RegimeSettings) -> tuple[str | None, str | None]:
    if settings.place == "headers":
        return settings.country_header, settings.region_header
    return FIELDS[settings.place]
