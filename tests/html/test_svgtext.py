"""Style sheets in SVG, in pieces."""

from __future__ import annotations

import pytest

from consentkit.html.restore import restore
from consentkit.html.svgtext import MAX_PIECES, joined
from tests.html.deciders import run


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_pieces_are_joined_to_their_limit(more: int) -> None:
    """Of as many pieces as there may be, what they make together is blocked; of more, the sheet as a whole."""
    comments = "<!-- -->" * (MAX_PIECES + more - 1)
    page = f"<svg><style>@im<!-- -->port '//third.test/a';{comments}</style></svg>"
    output = run(page)[0]

    assert (more > 0) == (b'type="text/plain"' in output)
    assert (more <= 0) == (b"about:invalid#ck://third.test/a" in output)
    assert output == run(page, chunk=1009)[0]
    assert page.encode() == restore(output)


def test_places_are_those_of_the_source() -> None:
    """An offset in the joined text is one in the pieces."""
    whole = joined(b"a<!-- x -->b<![CDATA[d]]>e<")

    assert whole is not None
    assert b"abde<" == whole.text
    assert [0, 11, 21, 25, 26] == [whole.offset(at) for at in range(5)]


@pytest.mark.parametrize("raw", [b"a<i>b", b"a</i>", b"a<!-- ", b"<![CDATA[ ]]", b"<!x>", b"<?x>", b"</ >"])
def test_what_only_a_tree_can_tell_is_not_joined(raw: bytes) -> None:
    """Elements, and what is not closed."""
    assert joined(raw) is None
