"""What stands in the place of blocked embeds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.state import Consent
from consentkit.html.decision import Block, Kind, Resource
from consentkit.pages.render import Pages
from consentkit.policy.models import UNKNOWN_PURPOSE
from tests.pages.markup import find, names, one, parse, text
from tests.pages.policies import full_policy, placeholder
from tests.policies import make_policy

SECRET = b"a secret of 24 characters"
POLICY = full_policy()
PAGES = Pages(POLICY, secrets=[SECRET])
NOBODY = Consent(POLICY)
PHRASING = {"span", "b", "i", "button", "a", "svg", "path", "circle"}


def test_placeholder_names_provider_and_effect_and_offers_three_ways() -> None:
    """R208: who would be contacted, what happens, "load once", "always allow", and a plain link to the original."""
    tree = parse(placeholder(PAGES, attributes={"width": "560", "height": "315", "title": "Changing the pump"}))
    shown = text(tree)
    assert "Video from Tube" in shown
    assert "Changing the pump" in shown
    assert "Loading it tells Tube LLC your internet address" in shown
    assert one(tree, "button", data_ck="load-once").get("type") == "button"
    allow = one(tree, "button", data_ck="allow")
    assert ("submit", "ck-form", "allow", "tube") == tuple(allow.get(k) for k in ("type", "form", "name", "value"))
    link = one(tree, "a")
    assert link.get("href") == "https://tube.example/watch?v=abc"
    assert "noopener" in link.get("rel", "")


def test_placeholder_is_phrasing_content_without_a_form() -> None:
    """It may stand inside a paragraph, a link's neighbour or a form of the site: no block, no form in it."""
    html = placeholder(PAGES, attributes={"width": "560", "height": "315"})
    tree = one(parse(f"<p id=p>{html}</p>"), "p")
    assert PHRASING >= names(tree) - {"p"}
    assert len(find(parse(f"<p>{html}</p>"), "p")) == 1


def test_placeholder_keeps_the_embeds_room() -> None:
    """The embed's width, height and ratio stand in an empty drawing, without a style attribute."""
    room = one(parse(placeholder(PAGES, attributes={"width": "560px", "height": " 315 "})), "svg", class_="ck-room")
    assert ("560", "315", "0 0 560 315") == (room.get("width"), room.get("height"), room.get("viewBox"))


@pytest.mark.parametrize(
    "attributes",
    [{"width": "1", "height": "1"}, {"width": "0"}, {"height": "2"}, {"hidden": ""}, {"style": "Display : none"},
     {"style": "visibility:hidden;border:0"}],
)  # fmt: skip
def test_what_nobody_could_see_gets_no_placeholder(attributes: dict[str, str]) -> None:
    """Tracking pixels and tag managers' frames leave no box behind."""
    assert placeholder(PAGES, attributes=attributes) == ""


def test_small_embeds_get_a_short_form() -> None:
    """A player's bar is too small for sentences that are seen; they are read out all the same."""
    assert "ck-small" in placeholder(PAGES, attributes={"width": "250", "height": "80"})
    assert "ck-small" not in placeholder(PAGES, attributes={"width": "560", "height": "315"})
    assert "ck-wide" in placeholder(PAGES, attributes={"height": "315"})


def test_placeholder_for_an_unknown_host_names_it_and_grants_nothing() -> None:
    """A host that the site did not declare cannot be granted: it was not disclosed."""
    resource = Resource("https://odd.example/w", "odd.example", "/w", Kind.FRAME, "iframe", "src")
    tree = parse(placeholder(PAGES, block=Block(host="odd.example"), resource=resource))
    assert "odd.example" in text(tree)
    assert not find(tree, "button")
    assert one(tree, "a").get("href") == "https://odd.example/w"


def test_unknown_hosts_can_be_granted_where_the_owner_asks_for_them() -> None:
    """With `unknown = "ask"` the placeholder grants the purpose that stands for them."""
    pages = Pages(make_policy(unknown="ask"), secrets=[SECRET])
    resource = Resource("https://odd.example/w", "odd.example", "/w", Kind.FRAME, "iframe", "src")
    block = Block("", (UNKNOWN_PURPOSE,), "odd.example")
    button = one(parse(placeholder(pages, block, resource)), "button", data_ck="allow")
    assert button.get("value") == UNKNOWN_PURPOSE


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "blob:https://tube.example/1", "about:blank"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    """An embed's URL that is no web address is not turned into something to click."""
    resource = Resource(url, "", "", Kind.FRAME, "iframe", "src")
    assert not find(parse(placeholder(PAGES, block=Block(), resource=resource)), "a")


@given(st.dictionaries(st.sampled_from(["title", "alt", "width", "height", "allow", "sandbox", "name"]), st.text()))
def test_a_pages_attributes_cannot_add_elements(attributes: dict[str, str]) -> None:
    """Whatever stands in an embed's attributes, the placeholder holds our own elements only."""
    html = placeholder(PAGES, attributes=attributes)
    tree = parse(html)
    assert names(tree) - {"html", "head", "body"} <= PHRASING
    smallest = any("ck-tiny" in (there.get("class") or "").split() for there in find(tree, "span"))
    assert len(find(tree, "button")) == (1 if smallest else 2 if html else 0)  # none for what nobody could see


def test_placeholder_carries_a_signed_frame_under_an_enforced_policy_only() -> None:
    """Where the page's policy is enforced the embed loads through our frame, otherwise directly."""
    strict = parse(placeholder(PAGES))
    frame = one(strict, class_="ck-ui ck-placeholder ck-video ck-wide").get("data-ck-frame", "")
    assert frame.startswith("/_ck/frame?t=")
    loose = Pages(full_policy(csp="off"), secrets=[SECRET])
    assert "data-ck-frame" not in placeholder(loose)
    assert one(parse(placeholder(loose)), "button", data_ck="load-once") is not None


def test_what_our_frame_cannot_show_is_not_offered_once() -> None:
    """Under an enforced policy a plug-in cannot load once: only a grant, which loads the page anew, shows it."""
    resource = Resource("https://tube.example/x.swf", "tube.example", "/x.swf", Kind.OBJECT, "object", "data")
    tree = parse(placeholder(PAGES, resource=resource))
    assert not find(tree, "button", data_ck="load-once")
    assert one(tree, "button", data_ck="allow") is not None
