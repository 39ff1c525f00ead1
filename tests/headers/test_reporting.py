"""Fields that tell a browser where to report to."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.headers.links import filter_headers
from consentkit.headers.reporting import report_to
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


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["group", "endpoints", "url", "x"]), inner, max_size=3)))  # fmt: skip
def test_any_json_is_judged(value: object) -> None:
    """Whatever JSON stands in Report-To is judged without an error, and nothing refused is left."""
    text, _ = report_to(json.dumps(value), lambda url: url == "")
    assert text is None or report_to(text, lambda url: url == "")[0] == text
