"""What somebody registered."""

from __future__ import annotations

import pytest

from consentkit.blocking import registrable_domain


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.co.uk", "example.co.uk"),
        ("a.b.site.test", "site.test"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("name.github.io", "name.github.io"),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    """What somebody registered is told from what everybody registers under."""
    assert domain == registrable_domain(host)
