"""What was done is undone where two readings did it."""

from __future__ import annotations

import pytest

from consentkit.html.awaited import MAX_DOUBT
from consentkit.html.restore import restore
from tests.html.deciders import run


@pytest.mark.parametrize(
    "page", [b"\x82<script/>track(", b"\x82<img/src=//third.test/a>", b"\x82<svg/><script/src=//third.test/a />"]
)
def test_a_slash_behind_a_name_is_no_part_of_what_is_added(page: bytes) -> None:
    """Without quotes, a value would take it in."""
    output = run(page, charset="euc-kr")[0]

    assert b"data-ck-service/" in output
    assert page == restore(output, charset="euc-kr")


def test_what_two_readings_found_in_one_place_is_undone() -> None:
    """One blocks a sheet as a whole, for the other it is none of the doubtful ones."""
    page = b"\xa1<select><style>@import '//third.test/a';/*%s*/</style>" % (b"x" * MAX_DOUBT)
    output = run(page, charset="euc-jp")[0]

    assert 2 == output.count(b"data-ck-purposes")
    assert page == restore(output, charset="euc-jp")
