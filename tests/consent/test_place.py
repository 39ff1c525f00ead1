"""Which fields tell a place, and what is believed of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.place import FIELDS, field_names, parse_code, parse_place, place_in
from consentkit.http import Request
from consentkit.policy.models import RegimeSettings


def told(place: str, *fields: tuple[str, str], **settings: Any) -> str | None:
    """The place that a request's fields tell under these settings."""
    request = Request("GET", "https", "shop.example", "/", headers=fields)
    return place_in(request.header, RegimeSettings(place=place, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("preset", FIELDS)
def test_each_infrastructure_has_its_fields(preset: str) -> None:
    """Country and region are read from the two fields that the preset names, whatever their case."""
    country, region = FIELDS[preset]
    assert region is not None
    assert "US-CA" == told(preset, (country.lower(), "us"), (region.upper(), "ca"))
    assert "FR" == told(preset, (country, "FR"))
    assert None is told(preset, (region, "CA"))


def test_a_field_that_nobody_named_is_ignored() -> None:
    """A visitor who sends every field there is is from nowhere known, unless the owner named it (R35)."""
    every = tuple((name, "US") for pair in FIELDS.values() for name in pair if name)
    request = Request("GET", "https", "shop.example", "/", headers=(*every, ("X-Forwarded-Country", "US")))
    assert None is place_in(request.header, None)
    assert None is place_in(request.header, RegimeSettings(use=("us-opt-out",)))
    others = tuple((name, value) for name, value in every if not name.startswith("CF-"))
    assert None is told("cloudflare", *others)


def test_fields_of_ones_own() -> None:
    """With `headers` the owner's names are read."""
    names = {"country_header": "X-Country", "region_header": "X-Region"}
    assert "CA-QC" == told("headers", ("X-Country", "CA"), ("X-Region", "CA-QC"), **names)
    assert "CA" == told("headers", ("X-Country", "CA"), ("X-Region", "QC"), country_header="X-Country")


def test_a_field_that_comes_twice_tells_nothing() -> None:
    """One that was added to what a visitor sent is not believed, in whichever order (R35)."""
    for values in (("US", "FR"), ("FR", "US"), ("US", "US")):
        assert None is told("cloudflare", *(("CF-IPCountry", value) for value in values))
    assert None is told("cloudflare", ("CF-IPCountry", "US,FR"))
    assert "US" == told("cloudflare", ("CF-IPCountry", "US"), ("CF-Region-Code", "CA"), ("CF-Region-Code", "TX"))


@pytest.mark.parametrize(
    "value", ["", "XX", "ZZ", "T1", "EU", "USA", "U", "1A", "U S", "üs", "us;q=1", "U\x00", "ſs", "US-CA"]
)
def test_what_is_no_country_is_nowhere(value: str) -> None:
    """Unknown, the Tor network, continents and malformed values are nowhere known."""
    assert None is told("cloudflare", ("CF-IPCountry", value))


@pytest.mark.parametrize("region", ["", "California", "C A", "ca,tx", "*", "ABCD"])
def test_a_region_that_cannot_be_read_takes_nothing_from_the_country(region: str) -> None:
    """The country holds by itself."""
    assert "US" == parse_place("US", region)


@given(st.text(max_size=6), st.text(max_size=6))
def test_nothing_else_than_codes_comes_out(country: str, region: str) -> None:
    """Whatever comes in: a code, or nothing."""
    found = parse_place(country, region)
    assert found is None or (found[:2].isascii() and found[:2].isalpha() and found[:2].isupper())


def test_codes_of_apps() -> None:
    """A callable may write a code in either case."""
    assert ["US-CA", "FR", None, None] == [parse_code(code) for code in ("us-ca", "FR", "California", "")]


def test_the_fields_are_named_for_caches() -> None:
    """What is read belongs into Vary; without a source nothing (R146)."""
    assert () == field_names(None) == field_names(RegimeSettings())
    assert ("CF-IPCountry", "CF-Region-Code") == field_names(RegimeSettings(place="cloudflare"))
    assert ("X-C",) == field_names(RegimeSettings(place="headers", country_header="X-C"))
