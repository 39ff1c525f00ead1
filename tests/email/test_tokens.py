"""A link shows nothing of its reader, and nobody can make or change one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.email.tokens import MailTokens
from consentkit.errors import UsageError
from tests.email.letters import LINKS, NOW, SECRET


@given(st.lists(st.one_of(st.integers(), st.text(max_size=20), st.lists(st.text(max_size=8), max_size=3)), max_size=4))
def test_tokens_round_trip(values: list[Any]) -> None:
    """What goes into a token comes out, for its use, its length and its key alone."""
    tokens = MailTokens([SECRET])
    token = tokens.dump("go", *values)
    assert values == tokens.parse("go", token, length=len(values))
    assert tokens.parse("open", token, length=len(values)) is None
    assert tokens.parse("go", token, length=len(values) + 1) is None
    assert MailTokens(["x" * 20]).parse("go", token, length=len(values)) is None
    assert MailTokens([]).parse("go", token, length=len(values)) is None


@pytest.mark.parametrize("subject", ["", "ada@pub.example", "ada%40pub.example", "a b", "a\r\nBcc: x", "é", "x" * 201])
def test_subjects_that_tell_are_refused(subject: str) -> None:
    """No address and no line break gets into a link."""
    with pytest.raises(UsageError):
        LINKS.headers(subject, ["letter"], now=NOW)
