"""Style sheets that were read before are not read again, and say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.known_sheets import MAX_KEPT, KnownSheets
from consentkit.html.sheets import MAX_URLS, simple_urls, too_much, urls_and_strings

_PIECES = (
    "a{color:red}", "@import url(//a.test/x.css);", "b{background:url('/i.png')}", "--x:'//a.test/y';", "@property --z{}",
    "c{src:url(//b.test/f)}", "/* ' */", "\\75rl(", "'open", "@namespace url(//n.test/);",
)  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(_PIECES), max_size=4).map("".join), max_size=8), st.integers(0, 2000))
def test_what_a_sheet_says_does_not_depend_on_whether_it_is_known(sheets: list[str], limit: int) -> None:
    """However little is remembered, a sheet says what the functions for its bytes say."""
    known = KnownSheets(limit)
    for sheet in (*sheets, *sheets):
        raw = sheet.encode()
        told = known.read(raw)
        assert told.urls == simple_urls(raw)
        assert told.too_much == too_much(raw)
        if told.urls is None:
            assert told.strings == urls_and_strings(raw)


def test_a_known_sheet_is_not_read_again() -> None:
    """The same bytes give the same answer, as an object."""
    known = KnownSheets()
    assert known.read(bytes(bytearray(b"a{}"))) is known.read(bytes(bytearray(b"a{}")))


@pytest.mark.parametrize(("limit", "kept"), [(299, False), (10_000, True)])
def test_no_more_is_remembered_than_the_limit_says(limit: int, kept: bool) -> None:
    """What does not fit into the memory is not kept in it."""
    known = KnownSheets(limit)
    assert kept == (known.read(b"a{}") is known.read(b"a{}"))


def test_what_is_full_is_forgotten() -> None:
    """Where one more sheet does not fit, the memory begins anew with that one."""
    known = KnownSheets(1000)
    first = known.read(b"a{}")
    for number in range(9):
        known.read(b"b%d{}" % number)
    assert first is not known.read(b"a{}")


def test_nothing_is_known_after_all_was_forgotten() -> None:
    """What was known is read again after `KnownSheets.forget`."""
    known = KnownSheets()
    first = known.read(b"a{}")
    known.forget()
    assert first is not known.read(b"a{}")


def test_a_long_sheet_drives_out_no_other() -> None:
    """A sheet beyond `MAX_KEPT` is read each time, and the others stay known."""
    known = KnownSheets()
    first, long = known.read(b"a{}"), b"a{}" * MAX_KEPT
    assert known.read(long) is not known.read(long)
    assert first is known.read(b"a{}")


def test_too_many_urls_are_too_much_when_known_too() -> None:
    """A sheet with more URLs than are judged is blocked as a whole each time."""
    known = KnownSheets()
    sheet = b"a{background:url(//a.test/)}" * (MAX_URLS + 1)
    assert known.read(sheet).too_much
    assert known.read(sheet).too_much
