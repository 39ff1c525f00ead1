"""Which paths of a host are answered otherwise than the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.blocking import Blocker, Grant
from tests.blocking.declared import RULES, resource


@pytest.mark.parametrize(
    ("path", "exception"),
    [
        ("/a.js", False), ("/a/log.js", True), ("/px/a.js", True), ("/p%78/a.js", True), ("/logs", False),
        ("/a.js?b=1&amp;c=2", False), ("/p&#120;/a.js", True), ("/p\tx/a.js", True), ("\\px\\a.js", True),
    ],
)  # fmt: skip
def test_usual_answer_and_its_exceptions(path: str, exception: bool) -> None:
    """Where some paths of a host are answered otherwise than the rest, those can be told by the URL's text."""
    block, unless = Blocker(RULES, Grant()).usual("site.example")

    assert block is None
    assert unless is not None
    assert exception == bool(unless.search(path.encode()))


@given(st.sampled_from(["site.example", "unknown.example"]), st.text(st.sampled_from("/pxlogjs.mau?%8"), max_size=12))
def test_usual_answer_holds_wherever_there_is_no_exception(host: str, path: str) -> None:
    """A URL that is no exception is answered as its host is."""
    blocker = Blocker(RULES, Grant())
    block, unless = blocker.usual(host)

    if unless is None or unless.search(b"/" + path.encode()) is None:
        assert block == blocker.decide(resource(f"https://{host}/{path}"))
