"""Where a visitor is by the address: a MaxMind file, and whose address is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.errors import UsageError
from consentkit.geo import REMEMBERED, MaxMindPlace
from consentkit.http import Request
from tests.mmdb import dump_mmdb

CITY: dict[str, dict[str, Any]] = {
    "203.0.113.0/24": {"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "CA"}]},
    "198.51.100.0/25": {"country": {"iso_code": "FR"}, "subdivisions": [{"iso_code": "ARA"}, {"iso_code": "69"}]},
    "198.51.100.128/25": {"country": {"iso_code": "GB"}},
    "2001:db8:1::/48": {"country": {"iso_code": "CA"}, "subdivisions": [{"iso_code": "QC"}]},
    "192.0.2.0/24": {"continent": {"code": "EU"}},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> MaxMindPlace:
    """A database of a few networks."""
    path = tmp_path_factory.mktemp("geo") / "city.mmdb"
    path.write_bytes(dump_mmdb(CITY))
    return MaxMindPlace(path)


def asked(client: str) -> Request:
    """A request from an address."""
    return Request("GET", "https", "shop.example", "/", client=client)


@pytest.mark.parametrize(
    ("client", "code"),
    [
        ("203.0.113.9", "US-CA"), ("198.51.100.7", "FR-ARA"), ("198.51.100.200", "GB"), ("2001:db8:1::5", "CA-QC"),
        ("::ffff:203.0.113.9", "US-CA"), ("192.0.2.1", None), ("10.0.0.1", None), ("2001:db8:2::1", None),
        ("", None), ("unix:", None), ("203.0.113.9:4711", None), ("203.0.113", None),
    ],
)  # fmt: skip
def test_the_place_of_an_address(place: MaxMindPlace, client: str, code: str | None) -> None:
    """Country and first-level region; nowhere known for what the database lacks or what is no address."""
    assert code == place(asked(client))


@given(st.text(max_size=40))
def test_no_address_is_an_error(place: MaxMindPlace, client: str) -> None:
    """Whatever a server or a field gives for an address, there is an answer."""
    assert place(asked(client)) in {None, "US-CA", "FR-ARA", "GB", "CA-QC"}


def test_a_database_of_countries(tmp_path: Path) -> None:
    """One that knows countries alone gives them."""
    path = tmp_path / "country.mmdb"
    path.write_bytes(dump_mmdb({"203.0.113.0/24": {"country": {"iso_code": "US"}}}, kind="GeoLite2-Country"))
    with_countries = MaxMindPlace(path)
    assert "US" == with_countries(asked("203.0.113.9"))
    with_countries.close()


def test_nothing_is_read_after_the_start(tmp_path: Path) -> None:
    """The file can go: no request waits for it. An address that comes again is not looked up again."""
    path = tmp_path / "city.mmdb"
    path.write_bytes(dump_mmdb(CITY))
    place = MaxMindPlace(path)
    path.unlink()
    for client in ("203.0.113.9", "198.51.100.200", "203.0.113.9"):
        assert place(asked(client))
    assert (1, 2, REMEMBERED, 2) == place._known.cache_info()
    place.close()
    assert 0 == place._known.cache_info().currsize


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    """At start-up, with the file's name: missing, no database, or one of something else."""
    (tmp_path / "no.mmdb").write_bytes(b"nothing of the kind")
    (tmp_path / "asn.mmdb").write_bytes(
        dump_mmdb({"203.0.113.0/24": {"autonomous_system_number": 64496}}, kind="GeoLite2-ASN")
    )
    for name in ("missing.mmdb", "no.mmdb", "asn.mmdb"):
        with pytest.raises(UsageError, match=name):
            MaxMindPlace(tmp_path / name)
