"""Where a visitor is, by the address, from a MaxMind database (extra ``geo``); nothing is asked of anybody else."""

from __future__ import annotations

import os
from ipaddress import ip_address

import geoip2.database
import geoip2.errors
from maxminddb import InvalidDatabaseError

from consentkit.consent.place import parse_place
from consentkit.errors import UsageError
from consentkit.http import Request

MAPPED = "::ffff:"  # of an address of version 4 that a socket of version 6 accepted


class MaxMindPlace:
    """Gives the place of a request's `client`: for the driver's argument `place`.

        ConsentMiddleware(app, …, place=MaxMindPlace("GeoLite2-City.mmdb"), trusted_proxies=1)

    The database is read into memory once and may be asked from any thread. With one of countries alone, nobody's
    region is known. Renew the file as its licence asks, and start the process anew.

    Args:
        path: of the file: GeoLite2 or GeoIP2, Country, City or Enterprise, or another of the same shape.

    Raises:
        UsageError: if the file is missing, or no such database.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        try:
            self._reader = geoip2.database.Reader(os.fspath(path), mode=geoip2.database.MODE_MEMORY)
        except (OSError, InvalidDatabaseError) as error:
            raise UsageError(f"{os.fspath(path)} cannot be read as a MaxMind database: {error}") from error
        kind = self._reader.metadata().database_type
        if not any(word in kind for word in ("Country", "City", "Enterprise")):
            raise UsageError(f"{os.fspath(path)} is of the type {kind!r}; one of countries or cities is needed")
        self._countries_alone = "Country" in kind

    def __call__(self, request: Request) -> str | None:
        """The ISO 3166 code of where the request comes from; None where the database does not know."""
        try:
            address = ip_address(request.client.removeprefix(MAPPED))
            if self._countries_alone:
                return parse_place(self._reader.country(address).country.iso_code or "")
            found = self._reader.city(address)
        except (ValueError, geoip2.errors.AddressNotFoundError):
            return None
        # Of several levels of provinces the first is the one that has laws.
        region = found.subdivisions[0].iso_code if found.subdivisions else None
        return parse_place(found.country.iso_code or "", region or "")

    def close(self) -> None:
        """Lets go of the database."""
        self._reader.close()
