"""The endpoints that show something and change nothing."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from consentkit.http import Response
from tests.endpoints.shop import NOW, PAGES, header, request, serve
from tests.pages.markup import find, one, parse


def test_preferences_lead_back_to_a_path_of_this_site_only() -> None:
    """A path in the query is where saving leads back to; one of another site is not."""
    tree = parse(serve(request("GET", "/_ck/preferences", query="return=" + quote("/a?b=c"))).body.decode())
    assert {"/a?b=c"} == {field.get("value") for field in find(tree, "input", name_="return")}
    for query in ("return=//evil.example", "return=/a&return=/b", "return=%ff", "x=1", "a=b" * 4000):
        tree = parse(serve(request("GET", "/_ck/preferences", query=query, root_path="/s")).body.decode())
        assert {"/s/"} == {field.get("value") for field in find(tree, "input", name_="return")}


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        ("/privacy", None, "text/html"),
        ("/privacy", "*/*", "text/html"),
        ("/privacy", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("/privacy", "application/json", "application/json"),
        ("/privacy", "text/markdown", "text/markdown"),
        ("/privacy", "text/html;q=0.1, text/markdown;q=0.9", "text/markdown"),
        ("/privacy", "image/png", "text/html"),
        ("/privacy", ",;q=", "text/html"),
        ("/privacy.json", "text/html", "application/json"),
        ("/_ck/policy.md", None, "text/markdown"),
        ("/_ck/policy", None, "text/html"),
    ],
)
def test_policy_comes_in_the_form_that_is_asked_for(path: str, accept: str | None, media_type: str) -> None:
    """HTML, JSON or Markdown by suffix or by Accept; HTML where nothing fits."""
    response = serve(request("GET", path, *([("Accept", accept)] if accept is not None else [])))
    assert (header(response, "Content-Type") or "").partition(";")[0] == media_type
    assert header(response, "Vary") == "Accept, Accept-Language"
    assert "public" in (header(response, "Cache-Control") or "")


@pytest.mark.parametrize("path", ["/privacy", "/_ck/policy", "/_ck/preferences", "/_ck/nothing"])
def test_a_page_that_htmx_would_swap_in_is_opened(path: str) -> None:
    """A boosted link to a page of ours leads there as a plain link does: its style sheet would not come along."""
    boosted = serve(request("GET", path, ("HX-Boosted", "true"), query="lang=de", root_path="/shop"))
    if path == "/_ck/nothing":
        assert (404, None) == (boosted.status, header(boosted, "HX-Redirect"))
        return
    assert (200, f"/shop{path}?lang=de", b"") == (boosted.status, header(boosted, "HX-Redirect"), boosted.body)
    assert header(boosted, "Cache-Control") == "no-store"
    plain = serve(request("GET", path, ("HX-Boosted", "false"), query="lang=de", root_path="/shop"))
    assert (None, True) == (header(plain, "HX-Redirect"), bool(plain.body))


def test_what_is_no_page_stays_what_htmx_asked_for() -> None:
    """Data and assets are no pages, boosted or not."""
    for path in ("/privacy.json", "/_ck/state", next(f"/_ck/{name}" for name in PAGES.assets)):
        assert header(serve(request("GET", path, ("HX-Boosted", "true"))), "HX-Redirect") is None


def test_assets_are_kept_for_ever() -> None:
    """A file whose name changes with its bytes is cached for a year, by everybody."""
    for name, asset in PAGES.assets.items():
        response = serve(request("GET", f"/_ck/{name}"))
        assert response.body == asset.body
        assert header(response, "Cache-Control") == "public, max-age=31536000, immutable"
        assert header(response, "X-Content-Type-Options") == "nosniff"


# The frame endpoint.

EMBED = "https://tube.example/embed/a?x=1"


def frame(token: str | None, *headers: tuple[str, str]) -> Response:
    """The response for a frame's address."""
    return serve(request("GET", "/_ck/frame", *headers, query="" if token is None else f"t={token}"))


def test_frame_shows_the_embed_under_a_policy_of_its_own() -> None:
    """The small document holds the embed with its permissions, allows that service alone, and sends a referrer as embeds expect."""
    token = PAGES.frames.dump("tube", EMBED, {"allow": "fullscreen", "allowfullscreen": "", "onload": "x()"}, now=NOW)
    response = frame(token)
    embed = one(parse(response.body.decode()), "iframe")
    assert (EMBED, "fullscreen", "", None) == tuple(embed.get(k) for k in ("src", "allow", "allowfullscreen", "onload"))
    csp = header(response, "Content-Security-Policy") or ""
    assert "default-src 'none'; frame-src https://tube.example https://*.tube.example;" in csp
    assert "frame-ancestors 'self'" in csp
    assert header(response, "Referrer-Policy") == "strict-origin-when-cross-origin"
    assert header(response, "Permissions-Policy") is None


@pytest.mark.parametrize("token", [None, "", "x", "x.y.z", "%00", "a&t=b"])
def test_frames_that_this_site_did_not_give_out_are_refused(token: str | None) -> None:
    """Only what the server itself put into a placeholder is shown."""
    response = frame(token)
    assert response.status == 403
    assert not find(parse(response.body.decode()), "iframe")


def test_frames_are_refused_to_other_sites() -> None:
    """A page of another site cannot use our frame even with an address that we gave out."""
    token = PAGES.frames.dump("tube", EMBED, {}, now=NOW)
    assert frame(token, ("Sec-Fetch-Site", "cross-site")).status == 403
    assert frame(token, ("Sec-Fetch-Site", "same-origin")).status == 200
