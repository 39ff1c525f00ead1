"""The URLs that the text of a script names."""

from __future__ import annotations

import pytest

from tests.html.deciders import Everything, run


@pytest.mark.parametrize(
    "specifier",
    [
        rb"/\n/third.test/a",
        rb"/\t\\third.test/a",
        b" https://third.test/a",
        rb"\x01https:third.test",
        rb"h\tttps:third.test/a",
    ],
)
def test_specifiers_are_urls_as_their_parser_has_them(specifier: bytes) -> None:
    """What the URL parser takes away hides no host in the import of an inline module."""
    page = b"<script type=module>import '%s'</script>" % specifier

    assert b'type="text/plain"' in run(page)[0]
    assert page == run(page, Everything())[0]


@pytest.mark.parametrize("between", [b"/*%s*/" % (b"x" * 50_000), b"/**/" * 40, b"//%s\n" % (b"x" * 3000)])
def test_imports_behind_endless_comments_are_not_allowed_unseen(between: bytes) -> None:
    """Comments that are too long or too many to be passed over let no import of an inline module through."""
    page = b"<script type=module>import%s'https://third.test/a'</script>" % between

    assert b'type="text/plain"' in run(page)[0]
    assert page == run(page, Everything())[0]


@pytest.mark.parametrize(
    "code", [b"import /* a */ b from './b.js'", b"import b from './b.js' // done", b"// from // to"]
)
def test_comments_at_imports_alone_block_nothing(code: bytes) -> None:
    """An inline module that imports from its own host is left as it is, comments and all."""
    page = b"<script type=module>%s</script>" % code

    assert page == run(page)[0]


@pytest.mark.parametrize("code", ["init('/a/b//c')", "this.classList.add('a//b')", "x = 1.//2"])
def test_two_slashes_in_a_path_are_no_host(code: str) -> None:
    """A handler that names a path with an empty folder is left as it is."""
    page = f'<img src=/a.png onload="{code}">'.encode()

    assert page == run(page)[0]


@pytest.mark.parametrize(
    "code", ["f('///third.test')", "f('/'+'x', '//third.test')", "f(`//third.test`)", "f('a https://third.test')"]
)
def test_hosts_in_handlers_are_found(code: str) -> None:
    """Whatever stands before a URL in a handler, it counts."""
    assert b"data-ck-onload" in run(f'<img src=/a.png onload="{code}">')[0]


@pytest.mark.parametrize(
    ("code", "host"),
    [
        (rb"fetch('https:third.test')", "third.test"),
        (rb"fetch('WSS:third.test')".lower(), "third.test"),
        (rb"fetch('https:/third.test/a')", "third.test"),
        (rb"fetch('https:\\\\third.test')", "third.test"),
        (rb"fetch('https:\/\/third.test')", "third.test"),
        (rb"fetch('//@third.test')", "third.test"),
        ("fetch('//é.third.test')".encode(), "xn--9ca.third.test"),
        (rb"x({https: true, http:1}, 'https:', location.protocol == 'https:')", ""),
    ],
)
def test_urls_in_handlers_are_found_in_every_form(code: bytes, host: str) -> None:
    """Whatever slashes a browser would do with, and whatever host it would find, counts in a handler that runs by itself."""
    page = b'<img onerror="%s">' % code

    assert ({host} if host else set()) == {line.block.host for line in run(page, url="http://site.test/")[1].blocked}
    assert page == run(page, Everything())[0]
