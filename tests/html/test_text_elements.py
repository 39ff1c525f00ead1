"""Scripts and sheets are told with as much of their text as is looked at."""

from __future__ import annotations

import pytest

from consentkit.html.awaited import MAX_DOUBT, MAX_INLINE
from consentkit.html.restore import restore
from tests.html.deciders import run

IMAGE = "<img src=//third.test/a>"


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("script", [False, True])
def test_a_doubtful_sheet_or_script_is_judged_to_the_limit(script: bool, more: int) -> None:
    """With more than `MAX_DOUBT` it is blocked without being judged."""
    text = "track()/*" if script else "@import '//third.test/a';/*"
    text += "x" * (MAX_DOUBT + more - len(text) - 2) + "*/"
    page = f"<frameset><script>{text}</script>" if script else f"<select><style>{text}</style>"
    output, rewriter = run(page)

    assert (more > 0) == (rewriter.blocked[0].block.service == "" and rewriter.blocked[0].block.host == "")
    assert (more > 0) == (b">ck{}@import" in output) or script
    assert b"@import '//" not in output.replace(b">ck{}@import '//third", b"")
    assert output == run(page, chunk=20_011)[0]


@pytest.mark.parametrize("chunk", [0, 1, 50, 65_600])
def test_sheets_in_a_doubtful_text_are_judged_alike_however_it_is_cut(chunk: int) -> None:
    """Where the first is too long to be waited for, how much of it was there does not count for those in it."""
    page = f"<select><style>{'x' * (MAX_DOUBT + 40)}<style>a{{}}<style>b{{}}</style>{IMAGE}"

    assert run(page)[0] == run(page, chunk=chunk)[0]


@pytest.mark.parametrize("more", [0, 1, 8, 16, 17])
def test_a_script_beyond_its_limit_opens_no_comment(more: int) -> None:
    """Blocked as it is, it writes none; so it is the same whether its end was at hand or not."""
    text = "document.write('<!--')"
    page = f"<!doctype html><p><script>{text}{' ' * (MAX_INLINE + more - len(text))}</script>{IMAGE}".encode()
    output = run(page)[0]

    assert (more == 0) == (b"<img data-ck-service data-ck-host" in output)
    assert output == run(page, chunk=page.index(b"</script") + 3)[0]
    assert output == run(page, chunk=100_000)[0]
    assert page == restore(output)
