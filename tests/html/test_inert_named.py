"""What a page says of itself: its policy, and how its components wait."""

from __future__ import annotations

from html import unescape

import pytest

from consentkit.html.options import Options
from tests.html.deciders import run

WIDER = Options(csp=lambda policy: policy.replace("'self'", "'self' 'nonce-\"x\"'"))


@pytest.mark.parametrize("equivalent", ["Content-Security-Policy", "content-security-policy"])
def test_a_policy_in_a_meta_element_gets_what_is_told(equivalent: str) -> None:
    """Where that changes anything; it is written as it may stand in any attribute."""
    page = f"<meta http-equiv={equivalent} content=\"script-src 'self'\"><p>"

    assert "script-src 'self' 'nonce-\"x\"'" == unescape(run(page, options=WIDER)[0].split(b'"')[1].decode())
    assert page.encode() == run(page)[0]
    other = page.replace("'self'", "'none'")
    assert other.encode() == run(other, options=WIDER)[0]


def test_other_meta_elements_are_no_policy() -> None:
    """Neither a description nor a report-only policy, which is ignored there."""
    page = "<meta name=x content='self'><meta http-equiv=content-security-policy-report-only content=\"script-src 'self'\">"

    assert page.encode() == run(page, options=WIDER)[0]
