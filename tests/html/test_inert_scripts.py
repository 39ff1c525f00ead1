"""Scripts and JSON are judged to their limits."""

from __future__ import annotations

import pytest

from consentkit.html.inert_scripts import MAX_JSON
from consentkit.html.restore import restore
from tests.html.deciders import run


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("kind", ["importmap", "speculationrules", "webbundle"])
def test_json_is_judged_to_its_limit(kind: str, more: int) -> None:
    """To `MAX_JSON` each URL by itself; longer JSON is blocked as a whole."""
    text = '{"imports":{"a":"https://third.test/a.js","b":"/b.js"}}'
    page = f"<script type={kind}>{text}{' ' * (MAX_JSON + more - len(text))}</script>"
    output = run(page)[0]

    assert (more > 0) == (b'type="text/plain"' in output)
    assert (more <= 0) == (b'"about:invalid#ck:https://third.test/a.js","b":"/b.js"' in output)
    assert output == run(page, chunk=30_011)[0]
    assert page.encode() == restore(output)
