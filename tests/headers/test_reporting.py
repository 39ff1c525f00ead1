"""Fields that tell a browser where to report to."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.headers.links import filter_headers
from consentkit.headers.reporting import TARGETS, report_to
from consentkit.html.urls import parse_url
from tests.headers.judged import BASE, OneHost, field


def test_report_to_and_what_reports_to_it() -> None:
    """Groups lose third-party endpoints; a group without any goes, and the network log that names it with it."""
    groups = [
        {"group": "gone", "max_age": 1, "endpoints": [{"url": "https://log.test/"}]},
        {"group": "kept", "max_age": 1, "endpoints": [{"url": "https://log.test/"}, {"url": "/r"}]},
    ]
    value = ", ".join(map(json.dumps, groups))
    kept = '{"group":"kept","max_age":1,"endpoints":[{"url":"/r"}]}'
    headers = (("NEL", '{"report_to": "gone", "max_age": 1}'), ("Report-To", value), ("nel", '{"report_to": "kept"}'))
    assert (("Report-To", kept), ("nel", '{"report_to": "kept"}')) == filter_headers(headers, OneHost(), url=BASE)


def test_a_network_log_that_cannot_be_read_goes_with_its_groups() -> None:
    """Beside groups that were taken out, a NEL that says no group is taken out as well."""
    headers = (("Report-To", '{"endpoints":[{"url":"https://log.test/"}]}'), ("NEL", "nonsense"), ("NEL", "[]"))
    assert () == filter_headers(headers, OneHost(), url=BASE)


@pytest.mark.parametrize("value", ["nonsense", '{"a":', "[" * 100_000, "{}}"])
def test_report_to_that_is_no_json_goes(value: str) -> None:
    """What browsers cannot read either is not sent."""
    assert field("Report-To", value) is None


@pytest.mark.parametrize("value", ["{}", "1, 2", '{"endpoints": 3}', '{"group":"g","endpoints":[{"url":"/r"}, 3]}', ""])
def test_report_to_without_third_parties_stays(value: str) -> None:
    """A field that names no third party is the very same text."""
    assert value == field("Report-To", value)


LOG = "https://log.test/r"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("X-XSS-Protection", f"1; mode=block; report={LOG}", "1; mode=block"),
        ("X-XSS-Protection", f'1;REPORT = "{LOG}" ; mode=block', "1; mode=block"),
        ("X-XSS-Protection", "1; report=/own", "1; report=/own"),
        ("X-XSS-Protection", f'1; x="; report={LOG}; y="', "1"),
        ("X-XSS-Protection", f'1; x="; report={LOG}', "1"),
        ("X-XSS-Protection", f"report={LOG}", None),
        ("Expect-CT", f'max-age=60, enforce, report-uri="{LOG}"', "max-age=60, enforce"),
        ("Expect-CT", 'max-age=60, report-uri="/own?a,b"', 'max-age=60, report-uri="/own?a,b"'),
        ("Public-Key-Pins", f'pin-sha256="a="; max-age=9; report-uri="{LOG}"', 'pin-sha256="a="; max-age=9'),
        ("Public-Key-Pins-Report-Only", 'pin-sha256="a="; report-uri="https:\\//log.test"; x', 'pin-sha256="a="; x'),
        ("Secure-Session-Registration", f'(ES256);path="{LOG}";challenge="c", (ES256);path="/own"', '(ES256);path="/own"'),
        ("Sec-Session-Registration", '(ES256 RS256);path="own";challenge="c"', '(ES256 RS256);path="own";challenge="c"'),
        ("Attribution-Reporting-Register-OS-Source", f'"{LOG}";debug-reporting, "/own"', '"/own"'),
        ("Attribution-Reporting-Register-OS-Trigger", f'"{LOG}"', None),
        ("Attribution-Reporting-Redirect", LOG, None),
        ("Alt-Svc", 'h3=":443"; ma=60', 'h3=":443"; ma=60'),
        ("Alt-Svc", 'h3="edge.test:443"; ma=60, h2=":443", h2="www.shop.example:8443"', 'h2=":443"'),
        ("Alt-Svc", 'h2="shop.example:8443";ma=1', 'h2="shop.example:8443";ma=1'),
        ("Alt-Svc", "h2=edge.test:443; ma=60", None),
        ("Alt-Svc", "clear", "clear"),
        ("X-Content-Security-Policy", f"img-src *; report-uri {LOG}", "img-src *"),
        ("X-WebKit-CSP-Report-Only", f"report-uri {LOG}", None),
        ("Cross-Origin-Opener-Policy", f'same-origin; report-to="{LOG}"', f'same-origin; report-to="{LOG}"'),
        ("Content-Location", LOG, LOG),
    ],
)  # fmt: skip
def test_fields_by_which_browsers_turn_to_others(name: str, value: str, expected: str | None) -> None:
    """Each list loses the members with addresses of others; names of groups and what nobody follows stay."""
    assert expected == field(name, value)


parts = st.sampled_from(
    ['"', "\\", "=", ";", ",", " ", "<", ">", "report", "-uri", "path", "h3", "(ES256)", LOG, "//log.test", ":443", "/own", "log.test"]
)  # fmt: skip


@given(st.sampled_from(sorted(TARGETS)), st.text(max_size=40) | st.lists(parts, max_size=12).map("".join))
def test_any_list_of_targets_is_judged(name: str, value: str) -> None:
    """No field is an error; what is left of it is stable, stood in it before, and asks for nothing that is refused."""
    once = field(name, value)
    if once is not None:
        decider = OneHost()
        assert ((name, once),) == filter_headers(((name, once),), decider, url=BASE)
        urls = [parse_url(url, None) for url, _, _ in decider.asked]
        assert all(url is not None and url.host == "shop.example" for url in urls)
        assert all(member in value for member in once.split(TARGETS[name].separator))


@pytest.mark.parametrize(
    "value", ['report-uri="/a",' * 20_000, '"' * 500_001, 'report-uri= "' * 100_000, "report-uri" + " " * 500_000]
)
def test_long_lists_are_linear(value: str) -> None:
    """A field of half a megabyte is judged at once, in whatever form."""
    field("Expect-CT", value)
    field("Alt-Svc", value)
    field("Public-Key-Pins", value)


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["group", "endpoints", "url", "x"]), inner, max_size=3)))  # fmt: skip
def test_any_json_is_judged(value: object) -> None:
    """Whatever JSON stands in Report-To is judged without an error, and nothing refused is left."""
    text, _ = report_to(json.dumps(value), lambda url: url == "")
    assert text is None or report_to(text, lambda url: url == "")[0] == text
