"""Tags as the standard's tokenizer makes them: what the vectors of html5lib do not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.errors import UsageError
from consentkit.html import iter_tags
from consentkit.html.syntax import NEEDS_ATOMIC
from consentkit.html.tags import Tag, TagStream
from tests.html.test_rewriter import soups


def test_a_tag_tells_all_about_itself() -> None:
    """Name, attributes decoded with the first winning, duplicates, self-closing and offsets."""
    page = b"x<IMG SRC=a src=b alt='&lt;' hidden/>y</Img >"
    assert [
        Tag("img", False, {"src": "a", "alt": "<", "hidden": ""}, True, True, 1, 37),
        Tag("img", True, {}, False, False, 38, 45),
    ] == list(iter_tags(page))


def test_a_slash_in_a_value_is_no_self_closing() -> None:
    """``<a href=x/>`` has the value ``x/``."""
    tag = next(iter_tags(b"<a href=x/>"))
    assert ({"href": "x/"}, False) == (tag.attributes, tag.self_closing)


def test_tree_construction_is_not_simulated() -> None:
    """The text of a title is markup unless the caller says otherwise."""
    assert ["title", "b", "title"] == [tag.name for tag in iter_tags(b"<title><b></title>")]
    assert ["title"] == [tag.name for tag in iter_tags(b"<b></title>", initial_state="rcdata", last_start_tag="title")]
    assert [] == list(iter_tags(b"<b></title>", initial_state="rawtext"))


def test_an_unknown_state_is_told() -> None:
    """The message lists the states there are."""
    with pytest.raises(UsageError, match="'script data'"):
        list(iter_tags(b"", initial_state="scriptdata"))


@given(soups | st.binary(max_size=80), st.integers(1, 30))
def test_any_split_gives_the_same_tags(page: bytes, chunk: int) -> None:
    """Whole, in chunks, and in the form for CPython #100061, the tags are the same."""
    whole = list(iter_tags(page))
    for atomic in (NEEDS_ATOMIC, True):
        stream = TagStream(atomic=atomic)
        tags = [tag for at in range(0, len(page), chunk) for tag in stream.feed(page[at : at + chunk])]
        assert whole == tags + stream.finish()
