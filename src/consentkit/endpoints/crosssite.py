"""One rule: only a page of this site may send a decision (R173).

`Sec-Fetch-Site` decides where the browser sends it: it is the browser's own word, cannot be set by a page,
and neither proxies nor referrer policies change it. Browsers send it over TLS and to the machine itself.
Without it the Origin's host must be the site's; its scheme and port do not count, for a proxy that ends TLS
or moves ports changes them. Without Origin (browsers of before 2020) the Referer's host must be the site's.
A request that says nothing of where it comes from is refused: a forged consent is worse than a program
that has to add a field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from consentkit.errors import VisitorError
from consentkit.http import Request, header_values

SITES_OF_OUR_OWN = frozenset({"same-origin", "none"})  # none: the visitor's own doing, no page had a part in it
_PORT = re.compile(r":[0-9]*$")


def check(request: Request, sites: Sequence[str], *, insecure_dev: bool = False) -> None:
    """Lets a request of this site pass.

    Args:
        request: a request that would change something.
        sites: the hosts that are the site.
        insecure_dev: whether any host that is both named by Host and Origin is believed.

    Raises:
        VisitorError: 403, with the sentence that says what is missing.
    """
    if sec_fetch_site := header_values(request.headers, "sec-fetch-site"):
        if len(sec_fetch_site) == 1 and sec_fetch_site[0].strip() in SITES_OF_OUR_OWN:
            return
        raise VisitorError(403, "This decision was sent by a page of another site. Please decide on this site itself.")
    for field in ("origin", "referer"):
        if values := header_values(request.headers, field):
            if len(values) == 1 and _is_ours(values[0], request, sites, insecure_dev=insecure_dev):
                return
            raise VisitorError(
                403,
                f"The {field.capitalize()} of this request is not this site. Please decide on this site itself; the "
                "site's owner lists its hosts under `sites` in the policy.",
            )
    raise VisitorError(
        403,
        "It cannot be told which site sent this decision. A program has to send an Origin field that names this site.",
    )


def _is_ours(url: str, request: Request, sites: Sequence[str], *, insecure_dev: bool) -> bool:
    host = _host(url)
    if not host:
        return False
    own = _PORT.sub("", request.host)
    if insecure_dev and host == own:
        return True
    if any(own == site or own.endswith(f".{site}") for site in sites):
        return host == own  # a sibling subdomain is another site's page as much as any
    return host in sites  # a proxy rewrote Host


def _host(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname or "", parts.port  # which raises for a port that is none: no browser sends that
    except ValueError:
        return ""
    return host if parts.scheme in {"http", "https"} else ""


def keeps_cookies(request: Request, *, insecure_dev: bool) -> bool:
    """Whether the visitor's browser will keep a cookie that is `Secure`: it must have come over TLS (R119).

    The scheme that the app sees may be that of a proxy's last leg, so the browser's own words count as well.
    """
    if insecure_dev or request.scheme == "https":
        return True
    origin = request.header("origin") or request.header("referer") or ""
    if origin.startswith(("http://", "https://")):
        return origin.startswith("https://")
    if request.header("sec-fetch-site") is None:
        return False
    # Browsers send it over TLS and to the machine itself only. A proxy that does not pass the host on makes every
    # visitor's request one to the machine itself; what it says of the scheme need not be trusted: whoever forges it
    # only loses the own cookie.
    forwarded = (request.header("x-forwarded-proto") or "").rpartition(",")[2].strip().lower()
    return forwarded == "https" or not _loopback(_PORT.sub("", request.host))


def _loopback(host: str) -> bool:
    return host in {"localhost", "[::1]"} or host.startswith("127.") or host.endswith(".localhost")
