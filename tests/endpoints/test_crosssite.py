"""Only a page of this site may send a decision."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.endpoints.crosssite import check, keeps_cookies
from consentkit.errors import VisitorError
from consentkit.http import Request

SITES = ("shop.example", "www.other.example")


def request(*headers: tuple[str, str], **changes: Any) -> Request:
    """A POST to the shop."""
    known = {"method": "POST", "scheme": "https", "host": "shop.example", "path": "/_ck/decide", **changes}
    return Request(**known, headers=headers)


@pytest.mark.parametrize(
    ("headers", "changes"),
    [
        ([("Sec-Fetch-Site", "same-origin")], {}),
        ([("Sec-Fetch-Site", "none")], {}),
        ([("Sec-Fetch-Site", "same-origin"), ("Origin", "null")], {}),  # Referrer-Policy: no-referrer
        ([("Sec-Fetch-Site", "same-origin"), ("Origin", "https://evil.example")], {}),  # the browser's word counts
        ([("Origin", "https://shop.example")], {}),
        ([("Origin", "https://SHOP.example:8443")], {}),
        ([("Origin", "https://shop.example")], {"scheme": "http"}),  # a proxy ends TLS
        ([("Origin", "http://shop.example")], {}),
        ([("Origin", "https://www.shop.example")], {"host": "www.shop.example"}),
        ([("Origin", "https://shop.example")], {"host": "10.0.0.7:8000"}),  # a proxy rewrites Host
        ([("Origin", "https://www.other.example")], {"host": "backend"}),
        ([("Referer", "https://shop.example/page?x")], {}),
    ],
)
def test_own_pages_may_decide(headers: list[tuple[str, str]], changes: dict[str, Any]) -> None:
    """Same origin by the browser's word, or by Origin's or Referer's host, whatever proxies did to the rest."""
    check(request(*headers, **changes), SITES)


@pytest.mark.parametrize(
    ("headers", "changes"),
    [
        ([], {}),
        ([("Sec-Fetch-Site", "cross-site")], {}),
        ([("Sec-Fetch-Site", "same-site")], {}),
        ([("Sec-Fetch-Site", "")], {}),
        ([("Sec-Fetch-Site", "SAME-ORIGIN")], {}),
        ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")], {}),
        ([("Sec-Fetch-Site", "same-origin, cross-site")], {}),
        ([("Sec-Fetch-Site", "cross-site"), ("Origin", "https://shop.example")], {}),
        ([("Origin", "null")], {}),
        ([("Origin", "")], {}),
        ([("Origin", "https://evil.example")], {}),
        ([("Origin", "https://shop.example.evil.example")], {}),
        ([("Origin", "https://evilshop.example")], {}),
        ([("Origin", "https://shop.example:evil.example")], {}),
        ([("Origin", "https://shop.example:99999")], {}),
        ([("Origin", "https://blog.shop.example")], {}),  # a sibling subdomain
        ([("Origin", "https://shop.example")], {"host": "www.shop.example"}),
        ([("Origin", "https://www.other.example")], {}),  # another of the owner's sites
        ([("Origin", "https://evil.example")], {"host": "evil.example"}),  # a Host that is not ours
        ([("Origin", "https://blog.shop.example")], {"host": "backend"}),
        ([("Origin", "file://")], {}),
        ([("Origin", "ftp://shop.example")], {}),
        ([("Origin", "https://[")], {}),
        ([("Origin", "https://shop.example@evil.example")], {}),
        ([("Origin", "https://shop.example"), ("Origin", "https://evil.example")], {}),
        ([("Origin", "null"), ("Referer", "https://shop.example/")], {}),
        ([("Referer", "https://evil.example/?https://shop.example/")], {}),
        ([("Referer", "about:blank")], {}),
    ],
)
def test_everybody_else_may_not(headers: list[tuple[str, str]], changes: dict[str, Any]) -> None:
    """Another site, a sibling subdomain, a forged Host, a field that came twice, or nothing at all: 403."""
    with pytest.raises(VisitorError) as refused:
        check(request(*headers, **changes), SITES)
    assert refused.value.status == 403


def test_development_believes_the_host_it_is_called_by() -> None:
    """With `insecure_dev` the site may be reached by any name, if Host and Origin agree."""
    check(request(("Origin", "http://127.0.0.1:8000"), host="127.0.0.1:8000"), SITES, insecure_dev=True)
    with pytest.raises(VisitorError):
        check(request(("Origin", "http://evil.example"), host="127.0.0.1:8000"), SITES, insecure_dev=True)


@pytest.mark.parametrize(
    ("headers", "changes", "kept"),
    [
        ([], {"scheme": "https"}, True),
        ([("Origin", "https://shop.example")], {"scheme": "http"}, True),
        ([("Origin", "http://shop.example")], {"scheme": "http"}, False),
        ([("Referer", "https://shop.example/x")], {"scheme": "http"}, True),
        ([("Sec-Fetch-Site", "same-origin"), ("Origin", "null")], {"scheme": "http"}, True),
        ([("Sec-Fetch-Site", "same-origin")], {"scheme": "http", "host": "127.0.0.1:8000"}, False),
        ([("Sec-Fetch-Site", "same-origin")], {"scheme": "http", "host": "localhost"}, False),
        (  # a proxy that ends TLS and does not pass the host on
            [("Sec-Fetch-Site", "same-origin"), ("Origin", "null"), ("X-Forwarded-Proto", "https")],
            {"scheme": "http", "host": "127.0.0.1:8000"},
            True,
        ),
        ([("X-Forwarded-Proto", "https")], {"scheme": "http"}, False),
        ([("X-Forwarded-Proto", "https"), ("Origin", "http://shop.example")], {"scheme": "http"}, False),
        ([("Sec-Fetch-Site", "same-origin")], {"scheme": "http", "host": "[::1]:80"}, False),
        ([], {"scheme": "http"}, False),
    ],
)
def test_it_is_known_whether_the_browser_keeps_a_secure_cookie(
    headers: list[tuple[str, str]], changes: dict[str, Any], kept: bool
) -> None:
    """TLS as the browser saw it decides, not the scheme of a proxy's last leg."""
    assert keeps_cookies(request(*headers, **changes), insecure_dev=False) == kept
    assert keeps_cookies(request(*headers, **changes), insecure_dev=True)
