"""The page for a site's developer: what was seen, on plain HTTP alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from consentkit.endpoints.development import MAX_KEPT, OTHERS, Journal
from consentkit.http import Request
from consentkit.notices import Notice
from consentkit.records.memory import MemoryStore
from consentkit.wsgi import ConsentMiddleware
from tests.policies import make_policy

SECRET = "a secret of 24 characters"


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """A page with a stranger's script, which sets a cookie that nobody declared."""
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "theme=dark")])
    return [b"<!doctype html><title>x</title><script src=https://stranger.example/x.js></script>"]


def ask(site: ConsentMiddleware, path: str) -> tuple[str, str]:
    """The status and the page at a path."""
    said = list[str]()

    def start_response(status: str, _headers: Any, _exc_info: Any = None, /) -> Callable[[bytes], object]:
        said.append(status)
        return said.append  # type: ignore[return-value]

    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": "shop.example", "wsgi.url_scheme": "http",
        "HTTP_ACCEPT": "text/html",
    }  # fmt: skip
    body = b"".join(site(environ, start_response))
    return said[0], body.decode()


@pytest.mark.parametrize("insecure_dev", [True, False])
def test_the_page_is_there_in_development_only(insecure_dev: bool) -> None:
    """What pages and cookies lack stands there with the lines that mend it; a site's visitors find nothing."""
    site = ConsentMiddleware(
        app, policy=make_policy(), secret=SECRET, records=MemoryStore(), insecure_dev=insecure_dev, archive=False
    )
    if not insecure_dev:
        assert ask(site, "/_ck/development")[0].startswith("404")
        return
    assert "Nothing so far" in ask(site, "/_ck/development")[1]
    for _ in range(2):
        ask(site, "/")
    status, page = ask(site, "/_ck/development")
    assert status.startswith("200")
    assert "stranger.example (1)" in page  # the rules tell a host once
    assert "theme (2)" in page
    assert "[[cookies]]" in page
    assert "HttpOnly, SameSite=Lax" in page
    assert "Granted: nothing. Undecided: numbers, ads." in page
    assert "default-src &#39;self&#39;" in page


def test_the_journal_is_bounded() -> None:
    """However many hosts pages name, so many are told apart; what is known goes on being counted."""
    journal = Journal()
    journal.add(Notice("unknown-host", f"h{number}.example", "m") for number in range(MAX_KEPT + 10))
    journal.add([Notice("unknown-host", "h3.example", "m"), Notice("new", "", "m")])
    ((_, entries),) = journal.sections()
    assert MAX_KEPT == len(entries)
    assert {"h3.example": 2} == {each.notice.subject: each.count for each in entries if each.count > 1}


def test_what_pages_say_is_only_text() -> None:
    """A name out of a page is no markup in ours; a kind that has no heading is shown among the others."""
    site = ConsentMiddleware(
        app, policy=make_policy(), secret=SECRET, records=MemoryStore(), insecure_dev=True, archive=False
    )
    site.kit.note([Notice("made-up", "<script>alert(1)</script>", "<b>")])
    page = ask(site, "/_ck/development")[1]
    assert f"<h2>{OTHERS}</h2>" in page
    assert "<script>alert" not in page
    assert "&lt;b&gt;" in page
    assert site.kit.endpoints.match(Request("GET", "http", "shop.example", "/_ck/development")) is not None
