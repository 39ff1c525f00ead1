"""Characters of two bytes, and where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.doublebytes import one_by_one
from consentkit.html.restore import restore
from tests.html.deciders import Everything, run

SHEET = b'<style>*{content:"%s";background:url(//third.test/x)}/*"*/</style>'


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("shift_jis", b"\x83\x5c"),
        ("shift_jis", b"\xed\x40\x83\x5c"),  # the first is written in two ways
        ("big5", b"\xa1\xc3\xa1\xc5\xa2\xcc\xa1\x5c"),
        ("big5", b"\xa1\xc3\x5c\x5c\xa1\x5c"),
        ("gbk", b"\xa2\xa0\x81\x5c"),
        ("euc-kr", b"\x81\x5c\x5c" + b"a"),
        (None, b"\x83\x5c"),  # Chromium guesses, and a late `meta` element counts
        (None, b"\xa4\x5c\x5c\x5c"),
    ],
)
def test_half_a_character_escapes_no_quote(charset: str | None, text: bytes) -> None:
    r"""A backslash that is the second half of a character is none, whatever stands before it."""
    page = SHEET % text
    output = run(page, charset=charset)[0]

    assert b"url(about:invalid#ck://third.test/x)" in output
    assert page == restore(output, charset=charset)
    assert page == run(page, Everything(), charset=charset)[0]


@given(
    st.sampled_from(["cp932", "gb18030", "big5hkscs", "cp949", "euc_jp"]),
    st.lists(
        st.sampled_from([0x22, 0x30, 0x41, 0x5C, 0x81, 0x88, 0x8F, 0xA1, 0xC3, 0xED, 0xFA, 0xFF]), max_size=12
    ).map(bytes),
)
def test_character_by_character_is_the_same_text(codec: str, raw: bytes) -> None:
    """What stands where is known, whether or not the encoding writes it in one way."""
    text, offset_of = one_by_one(raw, codec)
    offsets = [offset_of(at) for at in range(len(text) + 1)]

    assert raw.decode(codec, "surrogateescape") == text
    assert sorted(offsets) == offsets
    assert len(raw) == offsets[-1]
    assert all(
        raw[at : at + 1] == character.encode()
        for at, character in zip(offsets, text, strict=False)
        if character < "\x80"
    )
