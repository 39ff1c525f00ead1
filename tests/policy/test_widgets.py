"""How a service declares the elements that a script fills."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from consentkit.html.options import Embed
from consentkit.policy import catalogue
from consentkit.policy.widgets import embeds
from consentkit.rewrite import rewrite_report
from tests.policies import make_policy, purpose, service

URL = "https://shop.example/"
MAPS = "https://maps.example"


@pytest.mark.parametrize(("text", "embed"), [
    ("data-key=6L -> https://maps.example/{}", Embed("*", "data-key", f"{MAPS}/{{}}", starts="6L")),
    ("data-key -> https://maps.example/{}", Embed("*", "data-key", f"{MAPS}/{{}}")),
    ("map-view[place] -> https://maps.example/at/{}", Embed("map-view", "place", f"{MAPS}/at/{{}}")),
    ("map-view[place=m-] -> https://maps.example/at/{}", Embed("map-view", "place", f"{MAPS}/at/{{}}", starts="m-")),
    ("map-view[config] -> json", Embed("map-view", "config", json=True)),
])  # fmt: skip
def test_a_widget_is_an_attribute_of_any_or_of_one_element(text: str, embed: Embed) -> None:
    """Each spelling means one embed."""
    assert (embed,) == embeds(make_policy(services=[service("maps", "ads", widgets=[text])]))


@pytest.mark.parametrize(
    "text", ["place", "map view[place] -> json", "map-view[place -> json", "place -> http://maps.example/"]
)
def test_what_is_no_widget_is_told(text: str) -> None:
    """A spelling that means nothing is an error of the policy."""
    with pytest.raises(ValidationError):
        make_policy(services=[service("maps", "ads", widgets=[text])])


@pytest.mark.parametrize("lazy", [[], ["data-later"], ["later"]])
def test_declared_elements_wait_for_their_service(lazy: list[str]) -> None:
    """A custom element, and JSON in an attribute, are blocked by what they stand for; others with that attribute are not."""
    widgets = [f"map-view[place] -> {MAPS}/at/{{}}", "rich-map[config] -> json"]
    policy = make_policy(services=[service("maps", "ads", widgets=widgets)], lazy_attributes=lazy)
    plain = "<p place=x>x</p><other-view place=home></other-view><map-viewer place=x></map-viewer>"
    page = (
        plain + "<map-view class=a place=home></map-view>"
        '<rich-map config=\'{"tiles": "https:\\/\\/maps.example\\/t"}\'></rich-map><MAP-VIEW PLACE=x></MAP-VIEW>'
    ).encode()
    output, blocked = rewrite_report(page, url=URL, policy=policy)
    assert [f"{MAPS}/at/home", f"{MAPS}/t", f"{MAPS}/at/x"] == [line.url for line in blocked]
    assert {"maps"} == {line.block.service for line in blocked}
    assert output.startswith(plain.encode())
    assert page == rewrite_report(page, url=URL, policy=policy, grant=["maps"])[0]


@pytest.mark.parametrize("attribute", ["place", "value", "title", "placeholder", "href"])
@pytest.mark.parametrize("element", ["map-view", "form", "iframe", "img", "td", "a", "input"])
def test_any_attribute_of_any_element_may_be_declared(element: str, attribute: str) -> None:
    """A declared attribute counts, though it has the name of one that otherwise concerns nobody."""
    declared = make_policy(services=[service("maps", "ads", widgets=[f"{element}[{attribute}] -> {MAPS}/at/{{}}"])])
    later = make_policy(services=[service("maps", "ads", hosts=["maps.example"])], lazy_attributes=[attribute])
    for policy, value in ((declared, "home"), (later, f"{MAPS}/at/home")):
        page = f"<!doctype html><p>x<{element} class=a {attribute}='{value}'></{element}>".encode()
        blocked = rewrite_report(page, url=URL, policy=policy)[1]
        assert [(f"{MAPS}/at/home", "maps")] == [(line.url, line.block.service) for line in blocked]


def test_the_catalogue_declares_the_elements_that_stand_for_players() -> None:
    """What light-weight players are written as waits for the service whose player it becomes."""
    found = [catalogue.service(name) for name in ("youtube", "vimeo")]
    policy = make_policy(purposes=[purpose("media")], services=[one.model_dump() for one in found if one is not None])
    page = b"<lite-youtube videoid=abc></lite-youtube><lite-vimeo videoid=1></lite-vimeo>"
    blocked = rewrite_report(page, url=URL, policy=policy)[1]
    assert ["youtube", "vimeo"] == [line.block.service for line in blocked]
