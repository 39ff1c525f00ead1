"""Global Privacy Control, as it comes through each kind of server."""

from __future__ import annotations

import pytest

from consentkit.consent.signals import gpc, sends_dnt


@pytest.mark.parametrize("value", ["1", " 1", "0,1", "1, 0", "1,1", "0, 1 ,x"])
def test_exact_one_is_on(value: str) -> None:
    """A value that is exactly `1` is the signal, also among values that WSGI joined (R40)."""
    assert gpc((("Sec-GPC", value),))


@pytest.mark.parametrize("value", ["", "0", "true", "2", "11", "01", '"1"', "?1", "1;x", "on", "0,0", "1 1"])
def test_anything_else_is_off(value: str) -> None:
    """Every other value is no signal (R40)."""
    assert not gpc((("Sec-GPC", value),))


def test_any_of_several_fields() -> None:
    """Of several fields one that is exactly `1` counts, whatever the letters' case of its name."""
    assert gpc((("sec-gpc", "0"), ("SEC-GPC", "1")))
    assert not gpc((("sec-gpc", "0"), ("sec-gpc", "2")))


def test_do_not_track_is_read_likewise() -> None:
    """`DNT: 1`, alone or among several; whether it counts the policy says (R53)."""
    assert sends_dnt((("DNT", "1"),))
    assert sends_dnt((("dnt", "0"), ("Dnt", "1")))
    assert not sends_dnt((("DNT", "0"), ("Sec-GPC", "1"), ("dnt", "unset")))
    assert not sends_dnt(())


def test_no_field_is_off() -> None:
    """Without the field there is no signal, and fields of similar names do not count."""
    assert not gpc(())
    assert not gpc((("X-Sec-GPC", "1"), ("DNT", "1")))
