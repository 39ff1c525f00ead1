"""Values of attributes, form by form."""

from __future__ import annotations

import pytest

from consentkit.html.restore import restore
from tests.html.deciders import Everything, run


@pytest.mark.parametrize(
    "value",
    ["//third.test/a", "http:third.test", "x;http:third.test/a", "//third.test/a(1).png", "url(//third.test/a#b)", "\\\\third.test"],
)  # fmt: skip
@pytest.mark.parametrize("attribute", ["to", "values"])
def test_what_an_animation_leads_to_is_found(attribute: str, value: str) -> None:
    """A value of an animation may be a URL in any spelling, in ``url()`` or by itself."""
    page = f"<svg><image><set attributeName=href {attribute}='{value}' /></image></svg>".encode()
    output = run(page)[0]

    assert b"data-ck-" + attribute.encode() in output
    assert page == restore(output)
    assert page == run(page, Everything())[0]


@pytest.mark.parametrize("value", ["#a", "0;1;2", "rotate(9)", "/own.png", "url(#a)", "red", "a.png"])
def test_what_an_animation_needs_of_nobody_stays(value: str) -> None:
    """Numbers, colours and what is the site's own are left as they are."""
    page = f"<svg><image><animate attributeName=href values='{value}' /></image></svg>".encode()

    assert page == run(page)[0]
