"""What a browser would make of bytes."""

from __future__ import annotations

import pytest

from consentkit.html.restore import restore
from tests.html.deciders import Everything, run


def test_an_import_map_knows_no_scheme_of_the_page() -> None:
    """A URL without slashes in an import map is absolute, whatever the page's own scheme."""
    page = b'<script type=importmap>{"imports":{"a":"https:third.test/a","b":"./b.js"}}</script>'
    output = run(page)[0]

    assert b'"about:invalid#ck:https:third.test/a"' in output
    assert b'"./b.js"' in output
    assert page == restore(output)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:'<img src=https:&amp;#47;/third.test/a>'",
        r"javascript:'<img src=https:\\\\third.test/a>'",
        r"javascript:'<p style=&quot;background:\\75rl(\\2f\\2f third.test)&quot;>'",
    ],
)
def test_what_a_javascript_url_says_is_a_document(url: str) -> None:
    """Markup in the string that a frame's ``javascript:`` URL gives is judged as markup."""
    page = f'<iframe src="{url}"></iframe>'.encode()

    assert b"data-ck-src" in run(page)[0]
    assert page == run(page, Everything())[0]


def test_the_code_that_a_form_runs_is_judged_by_what_it_says() -> None:
    """What the code in a form's address says becomes a document; it may open a window, as the visitor asked for it."""
    page = b"<form action=\"javascript:'<img src=https://third.test/a>'\">"
    assert b"data-ck-action" in run(page)[0]
    assert b"data-ck-action" in run(b"<form action='javascript:track(1)'>")[0]
    page = b"<form action=\"javascript:open('https://third.test/')\">"
    assert page == run(page)[0]


def test_the_document_that_a_form_leads_to_is_judged() -> None:
    """A form may lead to a document in its own address."""
    page = b"<form action='data:text/html,<img src=https://third.test/a>'></form>"

    assert b"data-ck-action" in run(page)[0]
    assert page == run(page, Everything())[0]
