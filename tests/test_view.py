"""One visitor's view of one address: what the head and the page say."""

from __future__ import annotations

import pytest

from consentkit.http import header_values
from consentkit.kit import ConsentKit
from tests.exchanges import LIVE, NAVIGATION, PAGE, SECRET, SHARED, cookie_of, opened, page
from tests.policies import make_policy


def test_per_visitor_and_shared() -> None:
    """Per visitor a page is private and varies; shared it is the same bytes for all, and as cacheable as the app said."""
    cached = ("Cache-Control", "public, max-age=60")
    head, _ = page(opened(NAVIGATION), PAGE, cached)
    assert "private, max-age=60" == head.header("cache-control")
    assert {"Cookie", "Sec-GPC"} <= set((head.header("vary") or "").split(", "))
    answers = [
        page(opened(NAVIGATION, *cookies, kit=SHARED), PAGE, cached)
        for cookies in ((), (cookie_of("ads", kit=SHARED),), (("Sec-GPC", "1"),))
    ]
    assert answers[0] == answers[1] == answers[2]
    assert "public, max-age=60" == answers[0][0].header("cache-control")
    assert "Cookie" not in (answers[0][0].header("vary") or "")


def test_what_a_visitor_allowed_stays_out_of_shared_caches() -> None:
    """A cache may give a style sheet's fields to others: those of one visitor stay in answers that it must not keep."""
    granted, sheet = cookie_of("ads"), ("Content-Type", "text/css")
    link = ("Link", "<https://films.example/a.js>; rel=preload")
    asked = opened(granted, ("Sec-Fetch-Dest", "style"))
    assert (sheet,) == asked.start(200, (sheet, link)).headers
    own = ("Cache-Control", "private")
    assert (sheet, link, own) == opened(granted, ("Sec-Fetch-Dest", "style")).start(200, (sheet, link, own)).headers
    head, _ = page(opened(granted, NAVIGATION), PAGE, link)
    assert link in head.headers
    assert link not in page(opened(NAVIGATION), PAGE, link)[0].headers


IMAGE = (("Sec-Fetch-Dest", "image"), ("Sec-Fetch-Mode", "no-cors"))
TEXT = ("Content-Type", "text/plain")
LED = ("Location", "https://films.example/a.gif")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_picture_is_not_led_to_who_is_refused(status: int) -> None:
    """A redirect of a part of a page loses its target before consent, and no cache keeps what is left of it."""
    cached = (("Cache-Control", "public, max-age=60"), ("CDN-Cache-Control", "max-age=60"))
    head = opened(*IMAGE).start(status, (LED, TEXT, *cached))
    assert (None, "no-store", None) == tuple(map(head.header, ("location", "cache-control", "cdn-cache-control")))
    head = opened(*IMAGE, cookie_of("ads")).start(status, (LED, TEXT, *cached))
    assert (LED[1], "private, max-age=60") == (head.header("location"), head.header("cache-control"))
    assert "Cookie, Sec-GPC, Sec-Fetch-Dest" == head.header("vary")


def test_who_goes_somewhere_is_led_there() -> None:
    """A navigation's redirect stays, for itself: it must not be kept for pictures, where it would lead on."""
    for asked in ((NAVIGATION,), (("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "navigate")), ()):
        head = opened(*asked).start(302, (LED, TEXT))
        assert (LED[1], "private") == (head.header("location"), head.header("cache-control"))


@pytest.mark.parametrize("target", ["/own.gif", "https://www.shop.example/a.gif", "https://[", ""])
def test_redirects_within_the_site_are_nobodys_business(target: str) -> None:
    """A redirect to the site itself, or to nowhere, passes untouched."""
    headers = (TEXT, ("Location", target))
    assert headers == opened(*IMAGE).start(302, headers).headers


def test_what_is_no_redirect_or_the_same_for_all_is_not_looked_at() -> None:
    """Where `Location` is not followed it stays; and in shared mode, since nothing could give it back."""
    assert (TEXT, LED) == opened(*IMAGE).start(201, (TEXT, LED)).headers
    assert (TEXT, LED) == opened(*IMAGE, kit=SHARED).start(302, (TEXT, LED)).headers


def test_the_apps_policy_is_widened_for_us_alone() -> None:
    """Our folder is added to the app's Content-Security-Policy, with the host that was asked for."""
    head, _ = page(opened(NAVIGATION), PAGE, ("Content-Security-Policy", "script-src 'nonce-x'"))
    own, ours = header_values(head.headers, "content-security-policy")
    assert "script-src 'nonce-x' https://shop.example/_ck/" == own
    assert "films.example" not in ours


@pytest.mark.parametrize(
    ("host", "insecure_dev", "source"),
    [
        ("www.shop.example:8443", False, "https://www.shop.example:8443/_ck/"),
        ("evil.example", False, "https://shop.example/_ck/"),
        ("evilshop.example", False, "https://shop.example/_ck/"),
        ("app:8000", False, "https://shop.example/_ck/"),
        ("a" * 60 + ".shop.example", False, f"https://{'a' * 60}.shop.example/_ck/"),
        ("localhost:8000", True, "https://localhost:8000/_ck/"),
    ],
)
def test_no_other_host_is_let_in(host: str, insecure_dev: bool, source: str) -> None:
    """The Host field chooses among the policy's sites; what it names else is let in nowhere but in development."""
    kit = ConsentKit(make_policy(), secret=SECRET, insecure_dev=insecure_dev)
    head, _ = page(opened(NAVIGATION, kit=kit, host=host), PAGE, ("Content-Security-Policy", "script-src 'nonce-x'"))
    assert f"script-src 'nonce-x' {source}" == header_values(head.headers, "content-security-policy")[0]


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example; script-src *",
        "a b",
        "a,script-src *",
        "a'b",
        "shop.example\r\nX-Own: 1",
        "ü.example",
        "[::1",
        "*",
        "a." * 30_000 + "shop.example",
    ],
)
def test_a_hostile_host_widens_nothing(host: str) -> None:
    """A Host field that is no host changes no policy, and pages are rewritten all the same."""
    head, body = page(opened(NAVIGATION, host=host), PAGE, ("Content-Security-Policy", "script-src 'nonce-x'"))
    assert "script-src 'nonce-x'" == header_values(head.headers, "content-security-policy")[0]
    assert LIVE not in body
    assert not any("evil" in value or "\n" in value for _, value in head.headers)
