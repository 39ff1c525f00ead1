"""Several ways to read a page at once."""

from __future__ import annotations

import pytest

from consentkit.html.beyond import ENDS, MARK
from consentkit.html.readings import MAX_FORKS, MAX_READINGS
from consentkit.html.restore import restore
from tests.html.deciders import Everything, hosts, run

IMAGE = "<img src=//third.test/a>"
#: Text in one reading, an attribute in the other; they do not meet behind it.
HIDDEN = f'<noscript><p title="</noscript>{IMAGE}">'
#: After these each reading of before has another by its side that never meets it: the depth is not the same.
DEEPER = "<svg><desc><plaintext>"
WRITES = "<script>document.write('<!--')</script>"


@pytest.mark.parametrize("times", [0, 1, 7, 20])
def test_readings_in_the_same_text_are_one(times: int) -> None:
    """Many that wait for the same end leave room for others: what only the last one sees is blocked."""
    assert {"third.test"} == hosts("<!doctype html><body>" + WRITES * times + HIDDEN)
    assert MARK not in run("<!doctype html><body>" + WRITES * times + HIDDEN)[0]


@pytest.mark.parametrize("depth", range(MAX_READINGS + 4))
def test_what_any_of_them_sees_is_blocked_or_void(depth: int) -> None:
    """With more readings than are followed, nothing is markup any more from there on; with fewer, each is edited."""
    page = f"<p>{IMAGE}" + DEEPER * depth + HIDDEN + f"<b>{IMAGE}<style>@import '//third.test/b'</style>"
    output = run(page)[0]

    start = output.find(ENDS)
    assert (depth >= MAX_READINGS - 1) == (start >= 0)
    assert b"<img src=" not in (output if start < 0 else output[:start])
    if start >= 0:
        rest = output[start + len(ENDS) :]
        assert rest.count(b"<") == rest.count(b"<" + MARK) > 0


@pytest.mark.parametrize("depth", [MAX_READINGS - 3, MAX_READINGS - 2, MAX_READINGS + 4])
@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_where_it_ends_does_not_depend_on_the_cut(depth: int, chunk: int) -> None:
    """The same bytes, however the page comes."""
    page = f"<p>{IMAGE}" + DEEPER * depth + HIDDEN + f"<b>{IMAGE}"

    assert run(page)[0] == run(page, chunk=chunk)[0]


@pytest.mark.parametrize("depth", [MAX_READINGS - 2, MAX_READINGS + 4])
def test_what_was_made_void_comes_back(depth: int) -> None:
    """All of it is restored, whatever the page itself has of this."""
    page = (f"<p>{IMAGE}" + DEEPER * depth + HIDDEN + f"<#ck#b {IMAGE} <#ck#ck#>").encode()

    assert page == restore(run(page)[0])


def test_as_many_forks_as_there_may_be() -> None:
    """To the limit every way is followed; beyond it nothing is markup."""
    unit = WRITES + "<!-- --><img src=/a>"
    at, over = ("<!doctype html><body>" + unit * times + IMAGE for times in (MAX_FORKS, MAX_FORKS + 1))

    assert MARK not in run(at)[0]
    assert {"third.test"} == hosts(at)
    assert MARK in run(over)[0]
    assert b"<img" not in run(over)[0].partition(ENDS)[2]
    assert over.encode() == restore(run(over)[0])


def test_a_srcdoc_has_its_own() -> None:
    """A document in an attribute that cannot be read in so many ways is void inside, and comes back too."""
    page = "<iframe srcdoc='" + (DEEPER * 12 + HIDDEN + IMAGE).replace("<", "&lt;") + f"'></iframe>{IMAGE}"
    output = run(page)[0]

    assert page.encode() == restore(output)
    assert b"&#35;ck&#35;" in output
    assert b"<img data-ck-" in output


def test_even_where_all_is_allowed_too_many_ways_are_too_many() -> None:
    """What cannot be read is not vouched for."""
    assert MARK in run(DEEPER * 20 + HIDDEN, Everything())[0]


@pytest.mark.parametrize(
    "begin", ["", "<title>x", "<script>x", "<!-- ", "<p title='", "<svg><desc></svg>", "<svg><style>"]
)
@pytest.mark.parametrize("charset", ["shift_jis", "euc-kr"])
def test_where_characters_break_there_are_two_ways_from_there_on(begin: str, charset: str) -> None:
    """And not before: what is read as one does not depend on how the page was cut, whatever it was in the middle of."""
    page = (
        b"<img src=//third.test/a><video src=/v>"
        + begin.encode()
        + b"\x81<b title=\x81'><img src=//third.test/b>'><img src=//third.test/c>"
    )
    page += b"</title></script>--><img src=//third.test/d>"
    output = run(page, charset=charset)[0]

    assert b'purposes="" data-ck-src=//third.test/a' in output
    assert b" src=//third.test/d" not in output
    for chunk in (1, 2, 30, 40, len(page) - 60):
        assert output == run(page, charset=charset, chunk=chunk)[0]
    assert page == restore(output, charset=charset)
