"""Scripts and JSON are judged to their limits, and by all that they say."""

from __future__ import annotations

import pytest

from consentkit.html.inert_scripts import MAX_JSON
from consentkit.html.restore import restore
from tests.html.deciders import Everything, run


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


@pytest.mark.parametrize(
    "script",
    [
        b'<script type=importmap>{"imports":{"x":"https:&#47;/third.test/a"}}</script>',
        b'<script type=speculationrules>{"prefetch":[{"urls":["https:<!--x-->//third.test/"]}]}</script>',
        b"<script type=module>import 'https:<!-- -->//third.test/b'</script>",
        b"<script type=module><![CDATA[import 'https://third.test/b']]></script>",
        b"<script type=module>import <g/>'https://third.test/b'</script>",
        b"<script>tra<!-- -->ck(1)</script>",
    ],
)
def test_markup_in_the_scripts_of_svg_hides_nothing(script: bytes) -> None:
    """What a script in SVG says is what is left of it without references, comments, sections and elements."""
    page = b"<svg>%s</svg>" % script
    output = run(page)[0]

    assert b'type="text/plain"' in output
    assert page == restore(output)
    assert page == run(page, Everything())[0]


@pytest.mark.parametrize("page", [b"<svg><script>if (a < b && c) x()</script></svg>", b"<script>if (a<b) x()</script>"])
def test_what_looks_like_markup_in_a_script_blocks_nothing(page: bytes) -> None:
    """Code that compares is left as it is."""
    assert page == run(page)[0]
