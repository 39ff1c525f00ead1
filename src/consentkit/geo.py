"""Where a visitor is, by the address, from a MaxMind database (extra ``geo``); nothing is asked of anybody else."""

from __future__ import annotations

import os
from functools import lru_cache
from ipaddress import ip_address

import geoip2.database
import geoip2.errors
from maxminddb import InvalidDatabaseError

from consentkit.consent.place import parse_place
from consentkit.errors import UsageError
from consentkit.http import Request

# Addresses whose place is remembered. A visitor's requests come together, and looking up takes a tenth of a millisecond
# of the event loop; what is remembered is in memory alone, and goes when newer visitors come.
REMEMBERED = 4096
MAPPED = "::ffff:"  # of an address of version 4 that a socket of version 6 accepted


class MaxMindPlace:
    """Gives the place of a request's `client`: for the driver's argument `place`.

        ConsentMiddleware(app, …, place=MaxMindPlace("GeoLite2-City.mmdb"), trusted_proxies=1)

    The database is read into memory once and may be asked from any thread, the event loop's included: no request waits
    for a file, as it would where the file is mapped into memory and a page of it has to be fetched. With one of
    countries alone, nobody's region is known. Renew the file as its licence asks, and start the process anew.

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
        self._known = lru_cache(maxsize=REMEMBERED)(self._look_up)

    def __call__(self, request: Request) -> str | None:
        """The ISO 3166 code of where the request comes from; None where the database does not know."""
        return self._known(request.client)

    def _look_up(self, client: str) -> str | None:
        try:
            address = ip_address(client.removeprefix(MAPPED))
            if self._countries_alone:
                return parse_place(self._reader.country(address).country.iso_code or "")
            found = self._reader.city(address)
        except (ValueError, geoip2.errors.AddressNotFoundError):
            return None
        # Of several levels of provinces the first is the one that has laws.
        region = found.subdivisions[0].iso_code if found.subdivisions else None
        return parse_place(found.country.iso_code or "", region or "")

    def close(self) -> None:
        """Lets go of the database, and of what was remembered."""
        self._known.cache_clear()
        self._reader.close()
