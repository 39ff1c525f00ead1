"""What a link fetches is told by its words."""

from __future__ import annotations

import pytest

from consentkit.html.decision import Kind
from consentkit.html.links import fetches
from consentkit.html.types import script_type


@pytest.mark.parametrize(
    ("rel", "kind"),
    [
        (b"stylesheet", Kind.STYLE), (b" StyleSheet ", Kind.STYLE), (b"alternate stylesheet", Kind.STYLE),
        (b"shortcut icon", Kind.IMAGE), (b"canonical", None), (b"", None), (b"alternate", None),
        (b"dns-prefetch", Kind.HINT), (b"preload stylesheet", Kind.OTHER), (b"license stylesheet", Kind.OTHER),
        (b"alternate icon", Kind.OTHER), (b"stylesheet\x0b", Kind.OTHER), ("stylesheet\u212a".encode(), Kind.OTHER),
    ],
)  # fmt: skip
def test_what_a_link_fetches(rel: bytes, kind: Kind | None) -> None:
    """One type and its companions tell at once; anything else has to be looked at word by word."""
    assert kind == fetches(rel)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", "classic"), (b"text/javascript", "classic"), (b" Text/JavaScript\n", "classic"), (b"module", "module"),
        (b"importmap", "importmap"), (b"application/json", ""), (b"text/plain", ""), (b"text&#47;javascript", "?"),
        ("module\u212a".encode(), "?"),
    ],
)  # fmt: skip
def test_what_a_type_makes_of_a_script(raw: bytes, expected: str) -> None:
    """Values that would have to be decoded first are told as such."""
    assert expected == script_type(raw)
