"""One page rewritten without any server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import consentkit
from consentkit.errors import UsageError
from consentkit.html.charset import UnreadableEncodingError
from consentkit.html.decision import Block, Kind
from consentkit.policy.models import Policy
from consentkit.rewrite import page_at, rewrite_html, rewrite_report
from tests.policies import make_policy

URL = "https://www.site.example/dir/page"
PAGE = (
    b'<!doctype html><link rel=stylesheet href="https://fonts.googleapis.com/css?family=Roboto"><img src=/own.gif>'
    b"<img src=//static.site.example/own.gif><iframe src=https://www.youtube.com/embed/1></iframe>"
    b"<script>fbq('init','1')</script><img src='//unknown.example/a.gif'><p>text"
)
POLICY: dict[str, Any] = {
    "version": "1",
    "sites": ["site.example"],
    "controller": {"name": "Site", "address": "Street", "email": "us@site.example"},
    "purposes": [{"id": "films", "title": "Films", "summary": "Shows films.", "text": "Shows films."}],
    "services": [
        {"id": "kino", "name": "Kino", "provider": "Kino Ltd", "purposes": ["films"], "hosts": ["kino.example"]}
    ],
    "rights": {"contact": "Write.", "authority": "Authority", "authority_url": "https://authority.example/"},
    "retention": {"records": "5 years", "text": "Weeks."},
    "mandatory_data": "None.",
    "automated_decisions": "None.",
}


def policy(**more: Any) -> Policy:
    """A policy of few words."""
    return Policy.model_validate({**POLICY, **more})


def services(html: bytes, **more: Any) -> list[str]:
    """Ids of the services that are blocked, empty ones for the unknown."""
    return [line.block.service for line in rewrite_report(html, url=URL, **more)[1]]


def test_everything_waits() -> None:
    """Without a policy the whole catalogue and unknown third parties wait; the site's own hosts do not."""
    assert services(PAGE) == ["google-fonts", "youtube", "facebook-pixel", ""]


def test_grants() -> None:
    """What is granted, by purpose or by service, is left as it is."""
    assert services(PAGE, grant=["marketing", "media"]) == ["google-fonts", ""]
    assert services(PAGE, grant={"google-fonts"}) == ["youtube", "facebook-pixel", ""]


def test_everything_granted() -> None:
    """With everything granted each byte is as it was, also in pages that hold marks like ours."""
    page = PAGE + b"<img data-ck-src=x><!--ck[-->"

    assert rewrite_report(page, url=URL, grant="*") == (page, [])


def test_nothing_else_changes() -> None:
    """All of the page is still there, in order, with nothing but attributes inserted."""
    rewritten = rewrite_html(PAGE, url=URL)
    position = 0
    for byte in PAGE:
        position = rewritten.index(byte, position) + 1

    assert rewritten.startswith(b"<!doctype html><link ")
    assert rewritten.endswith(b"<p>text")
    assert b"<img src=/own.gif><img src=//static.site.example/own.gif>" in rewritten
    assert b"<style" not in rewritten
    assert b"ck-banner" not in rewritten


def test_report() -> None:
    """The report says what was blocked where, and what would have to be granted."""
    _, lines = rewrite_report(b'<p><img src="//unknown.example/a.gif">', url=URL)

    assert len(lines) == 1
    assert lines[0].block == Block("", (), "unknown.example")
    assert (lines[0].kind, lines[0].element, lines[0].attribute) == (Kind.IMAGE, "img", "src")
    assert (lines[0].url, lines[0].offset) == ("https://unknown.example/a.gif", 3)


def test_with_a_policy() -> None:
    """With a policy, its services and its sites decide."""
    page = b"<iframe src=//kino.example/1></iframe><img src=/own.gif><img src=//www.youtube.com/a><img src=//a.site.example/>"

    assert services(page, policy=policy()) == ["kino", ""]
    assert services(page, policy=policy(), grant=["films"]) == [""]
    assert services(page, policy=policy(unknown="allow")) == ["kino"]
    assert services(page, policy=policy(unknown="ask"), grant=["unknown"]) == ["kino"]


def test_many_policies() -> None:
    """Each policy decides for itself, however many a program has."""
    page = b"<img src=//kino.example/1>"
    for number in range(20):
        assert services(page, policy=policy(version=str(number))) == ["kino"]
        assert services(page, policy=policy(version=str(number), unknown="allow", services=[])) == []


def test_page_on_another_host() -> None:
    """A page seen on a host that is none of the policy's (a developer's machine) is read as a page of the site."""
    page = b"<img src=own.gif><img src=https://site.example/own.gif><img src=//unknown.example/>"

    assert (
        rewrite_report(page, url="http://127.0.0.1:8000/dir/", policy=policy())[1][0].url == "https://unknown.example/"
    )
    assert len(rewrite_report(page, url="http://127.0.0.1:8000/dir/", policy=policy())[1]) == 1


def test_lazy_attributes_and_marks() -> None:
    """What the policy says of lazy loading and of marks in templates is heeded."""
    lazy = b"<img data-src=//unknown.example/a.gif>"
    marked = b"<script data-consent=films>own()</script>"

    assert services(lazy, policy=policy()) == []
    assert services(lazy, policy=policy(lazy_attributes=["data-src"])) == [""]
    assert len(services(marked, policy=policy())) == 1
    assert services(marked, policy=policy(), grant=["films"]) == []


@pytest.mark.parametrize(("codec", "mark"), [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")])
def test_utf_16(codec: str, mark: bytes) -> None:
    """A page in UTF-16 is read and written back in UTF-16; an unchanged one byte for byte."""
    page = mark + "<p>ü\U0001f36a<img src=//unknown.example/a>".encode(codec)
    clean = mark + "<p>ü<img src=/a>".encode(codec) + b"\x00\xd8"
    rewritten, lines = rewrite_report(page, url=URL)

    assert len(lines) == 1
    assert rewritten.startswith(mark)
    assert "data-ck-src=//unknown.example/a" in rewritten.decode(codec)
    assert "ü\U0001f36a" in rewritten.decode(codec)
    assert rewrite_html(clean, url=URL) == clean


def test_unreadable() -> None:
    """An encoding that cannot be read is told, not passed on."""
    with pytest.raises(UnreadableEncodingError, match="iso-2022-jp"):
        rewrite_html(b"<meta charset=iso-2022-jp><img src=//unknown.example/>", url=URL)


@pytest.mark.parametrize("url", ["", "page.html", "//site.example/", "about:blank", "https://"])
def test_relative_url(url: str) -> None:
    """A page without an absolute URL is the caller's mistake, and is told."""
    with pytest.raises(UsageError, match="not absolute"):
        rewrite_html(b"", url=url)


@pytest.mark.parametrize("grant", [["nonsense"], "media"])
def test_wrong_grant(grant: Any) -> None:
    """Granting what is not declared is the caller's mistake, and is told."""
    with pytest.raises(UsageError, match=r"nonsense|grant="):
        rewrite_html(b"", url=URL, grant=grant)


def test_public_name() -> None:
    """The function is one of the package's names."""
    assert consentkit.rewrite_html is rewrite_html
    assert consentkit.rewrite_report is rewrite_report


def test_real_pages(shared: Path) -> None:
    """Every real page is rewritten without a complaint, and left as it is when everything is granted."""
    pages = sorted((shared / "corpus" / "pages").glob("*.html"))

    assert pages
    for page in pages:
        html = page.read_bytes()
        rewritten, lines = rewrite_report(html, url=URL)
        assert (rewritten == html) >= (not lines)
        assert len(rewritten) >= len(html)
        assert rewrite_html(html, url=URL, grant="*") == html


@pytest.mark.parametrize(
    "url", ["https://site.example/matom&#111;.js", "https://site.example/mat\tomo.js", "/mat&#111;mo.js", "ma%74omo.js"]
)
def test_a_declared_path_on_the_own_host_is_found_however_it_is_written(url: str) -> None:
    """References, tabs and escapes hide no path of a service that stands on the site itself."""
    page = f'<script src="{url}"></script>'.encode()

    assert b'data-ck-service="matomo"' in rewrite_html(page, url="https://site.example/")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://testserver/a?b=1", "https://shop.example/a?b=1"),
        ("http://testserver/", "https://shop.example/"),
        ("https://www.shop.example/a?b", "https://www.shop.example/a?b"),
    ],
)
def test_a_page_is_looked_at_on_a_host_of_its_site(url: str, expected: str) -> None:
    """A host that is none of the site's is replaced by the first of them; path and query stay."""
    assert expected == page_at(url, make_policy()).href
