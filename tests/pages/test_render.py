"""What is inserted into pages, and the pages of our own."""

from __future__ import annotations

import re
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.state import Choice, Consent
from consentkit.pages.kept import CACHED_PARTS
from consentkit.pages.render import Pages
from tests.pages.full import NOBODY, PAGES, POLICY, SECRET, decided
from tests.pages.markup import find, has, one, parse, text
from tests.pages.policies import full_policy, placeholder
from tests.policies import purpose, service

NASTY = "\"'><script>alert(1)</script><!--</textarea>{{ 7*7 }}&amp;"


def banner(consent: Consent = NOBODY, pages: Pages = PAGES, root_path: str = "", return_path: str = "/page") -> Any:
    """The banner as a tree."""
    return parse(pages.banner(consent, root_path, return_path))


def test_banner_names_the_controller() -> None:
    """R21, 1: layer 1 says whose site this is."""
    assert "Brightwash Ltd" in text(one(banner(), id="ck-banner"))


def test_banner_shows_each_purpose_with_title_and_line() -> None:
    """R21, 2: each purpose that is asked for stands there with its title and one line, and no other does."""
    shown = text(one(banner(), "ul", class_="ck-purposes"))
    assert shown == "Statistics For numbers. Videos and maps For media. Marketing For ads."


def test_banner_tells_how_many_companies_and_links_to_them() -> None:
    """R21, 3: third parties are counted by company, with a link to who they are."""
    note = one(banner(), "p", class_="ck-note")
    assert "3 other companies are involved." in text(note)
    assert one(note, "a", data_ck="settings").get("href") == "/_ck/preferences?lang=en&return=/page"


def test_banner_counts_no_site_among_the_other_companies() -> None:
    """R21, 3: a service that the controller runs is no other company's."""
    services = [
        service("counter", "numbers", provider="Brightwash Ltd"),
        service("tube", "media"),
    ]
    note = one(banner(pages=Pages(full_policy(services=services), secrets=[SECRET])), "p", class_="ck-note")
    assert "One other company is involved." in text(note)


def test_banner_accepts_and_rejects_with_equal_buttons() -> None:
    """R21, 4 and 5; R12: accept and reject are sibling buttons of the same form, class and kind, one click each."""
    tree = banner()
    form = one(tree, "form", id="ck-form")
    reject, accept = find(form, "button")
    differs = {key: (reject.get(key), accept.get(key)) for key in {*reject.attrib, *accept.attrib}}
    assert {k for k, (a, b) in differs.items() if a != b} == {"value", "data-ck"}
    assert ("reject", "accept") == (reject.get("value"), accept.get("value"))
    assert (form.get("method"), form.get("action")) == ("post", "/_ck/decide")


def test_banner_offers_a_choice_of_each_purpose_with_nothing_ticked() -> None:
    """R21, 6; R8, R10: a native disclosure holds a tick box for each purpose, none of them ticked, and saves."""
    form = one(banner(), "form", id="ck-choices")
    boxes = find(one(form, "details"), "input", type="checkbox")
    assert ["numbers", "media", "ads"] == [box.get("value") for box in boxes]
    assert not any(has(box, "checked") for box in boxes)
    assert one(form, "button").get("data-ck") == "save"
    assert one(form, "summary").get("data-ck") == "choose"


def test_banner_says_how_to_withdraw_later() -> None:
    """R21, 7: layer 1 says that the choice can be changed at any time, and where."""
    assert "You can change your mind at any time: “Privacy choices” is on every page." in text(banner())


def test_banner_links_to_the_policy() -> None:
    """R21, 8: layer 1 links to the policy, at the owner's path."""
    assert [a.get("href") for a in find(one(banner(), id="ck-banner"), "a")][-1] == "/privacy"


def test_enter_on_a_tick_box_cannot_accept_all() -> None:
    """R7: the form that holds the tick boxes has one button, which saves what is ticked; nothing submits unasked."""
    tree = banner()
    assert [b.get("value") for b in find(one(tree, "form", id="ck-choices"), "button")] == ["save"]
    assert {i.get("type") for i in find(one(tree, "form", id="ck-form"), "input")} == {"hidden"}


def test_banner_is_a_labelled_region_in_its_language() -> None:
    """R206: the banner is a region with a name, a language and a direction, and is kept out of search results."""
    region = one(banner(), "section", id="ck-banner")
    title = one(region, id=region.get("aria-labelledby", ""))
    assert text(title) == "Your privacy, your choice"
    assert ("region", "en", "ltr") == (region.get("role"), region.get("lang"), region.get("dir"))
    assert has(region, "data-nosnippet")


def test_scripts_that_take_over_links_and_forms_leave_ours_alone() -> None:
    """Told to take over a whole page, htmx and Turbo send no decision a second time; Turbo opens our pages whole."""
    for tree, ids in ((banner(), ("ck-banner", "ck-control")), (banner(decided()), ("ck-control",))):
        for id_ in ids:
            part = one(tree, id=id_)
            assert ("false", "false") == (part.get("hx-boost"), part.get("data-turbo"))
    page = parse(PAGES.preferences(NOBODY, root_path="", return_path="/"))
    assert one(page, "meta", name_="turbo-visit-control").get("content") == "reload"


def test_everything_decided_leaves_the_control_and_the_form() -> None:
    """R14, R16: after a refusal no banner comes again, but control and form for placeholders are on every page."""
    tree = banner(decided())
    assert not find(tree, id="ck-banner")
    assert one(tree, "form", id="ck-form").get("action") == "/_ck/decide"
    assert one(one(tree, id="ck-control"), "a").get("data-ck") == "settings"


@pytest.mark.parametrize(("names", "offered"), [((), False), (("numbers",), True), (("tube",), True)])
def test_whatever_was_granted_can_be_withdrawn_with_one_click(names: tuple[str, ...], offered: bool) -> None:
    """R14: while anything is granted the control takes all of it back with one click."""
    button = one(banner(decided(POLICY, *names)), "button", data_ck="withdraw")
    assert ("withdraw", "1", "ck-form") == (button.get("name"), button.get("value"), button.get("form"))
    assert (not has(button, "hidden")) == offered


def test_a_new_purpose_asks_again_without_losing_what_was_granted() -> None:
    """R17: what is undecided is asked for; a purpose or single service that is granted already stays ticked."""
    before = Consent(
        POLICY, {"numbers": Choice(True, frozenset({"counter"})), "media": Choice(False, frozenset({"tube"}))}
    )
    boxes = find(banner(before), "input", type="checkbox")
    assert {"numbers": True, "media": False, "tube": True, "ads": False} == {
        box.get("value"): has(box, "checked") for box in boxes
    }


def test_there_is_one_form_that_placeholders_name_in_every_state() -> None:
    """R208: `form="ck-form"` has exactly one target whatever was decided."""
    for consent in (NOBODY, decided(), decided(POLICY, "numbers", "media", "ads")):
        assert len(find(banner(consent), id="ck-form")) == 1


def test_urls_begin_where_the_app_is_mounted() -> None:
    """Every address begins with the mount point, percent-encoded."""
    html = PAGES.banner(NOBODY, "/my shop", "/my%20shop/") + PAGES.head(NOBODY, "/my shop")
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', html)
    assert addresses
    assert all(address.startswith("/my%20shop/") for address in addresses)


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example/", "/\\evil.example", "", "javascript:alert(1)"]
)
def test_unsafe_return_path_becomes_the_root(path: str) -> None:
    """A path that would lead off the site is never written into a form."""
    fields = find(banner(return_path=path), "input", name_="return") or find(
        banner(return_path=path), "input", name="return"
    )
    assert {"/"} == {field.get("value") for field in fields}


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_return_path_never_leaves_its_attribute(tail: str) -> None:
    """Whatever a path holds, the page's elements stay the same."""
    plain, odd = PAGES.banner(NOBODY, "", "/x"), PAGES.banner(NOBODY, "", f"/x?{tail}")
    assert [e.tag for e in parse(plain).iter()] == [e.tag for e in parse(odd).iter()]


def test_banners_that_are_kept_are_bounded() -> None:
    """However many mount points a server reports, the memory for kept banners does not grow."""
    pages = Pages(POLICY)
    for number in range(CACHED_PARTS + 10):
        pages.banner(NOBODY, f"/{number}", "/")
    assert len(pages._kept) <= CACHED_PARTS


def test_texts_of_the_policy_are_escaped_everywhere() -> None:
    """A title with markup in it is text wherever it is shown."""
    policy = full_policy(
        controller={"name": NASTY, "address": NASTY, "email": "a@b"},
        purposes=[purpose(p, title=NASTY, summary=NASTY, text=NASTY) for p in ("basket", "numbers", "media", "ads")],
        services=[{**service("tube", "media", provider=NASTY, data=NASTY, description=NASTY), "name": NASTY}],
        email=None,
    )  # fmt: skip
    pages, nobody = Pages(policy, secrets=[SECRET]), Consent(policy)
    shown = [
        pages.banner(nobody, "", "/"),
        pages.preferences(nobody, root_path="", return_path="/"),
        pages.policy_html(""),
        placeholder(pages, attributes={"width": "560", "height": "315", "title": NASTY}),
        pages.error(400, NASTY),
    ]
    for html in shown:
        assert "<script>alert" not in html
        assert "alert(1)" in text(parse(html))
        assert "49" not in text(parse(html)).split()


def test_nothing_of_ours_needs_inline_code_or_style() -> None:
    """A page's own strict policy stops none of it: no style attribute, no inline script, no handler."""
    html = (
        PAGES.head(NOBODY, "")
        + PAGES.banner(NOBODY, "", "/")
        + placeholder(PAGES, attributes={"width": "300", "height": "200"})
    )
    tree = parse(html + PAGES.preferences(NOBODY, root_path="", return_path="/"))
    assert not find(tree, "style")
    assert all(not (script.text or "").strip() for script in find(tree, "script"))
    assert not [key for element in tree.iter() for key in element.attrib if key == "style" or key.startswith("on")]


# Preferences.


def preferences(consent: Consent = NOBODY, pages: Pages = PAGES, return_path: str = "/page") -> Any:
    """The second layer as a tree."""
    return parse(pages.preferences(consent, root_path="", return_path=return_path))


def test_preferences_show_all_that_layer_two_must() -> None:
    """R22: per purpose and service: name, provider, country, data, hosts, what is kept, how long, who else reads it."""
    shown = text(preferences())
    for wanted in ("Statistics", "counter Ltd", "United States", "Pages you see.", "counter.example", "_c_*", "13 months",
                   "adequacy decision", "cookie", "yes", "unit", "1 month", "session", "until you close the browser"):  # fmt: skip
        assert wanted in shown


def test_preferences_tick_nothing_at_first() -> None:
    """R8: on the first visit no box is ticked on the second layer either."""
    boxes = find(preferences(), "input", type="checkbox")
    assert ["numbers", "counter", "media", "maps", "tube", "ads", "adverts"] == sorted(
        (str(box.get("value")) for box in boxes),
        key=["numbers", "counter", "media", "maps", "tube", "ads", "adverts"].index,
    )
    assert not any(has(box, "checked") for box in boxes)


def test_preferences_show_the_state_without_granting_more() -> None:
    """R18: a purpose that is granted is ticked, its services are not: saving sends exactly what is in force."""
    boxes = find(preferences(decided(POLICY, "media", "counter")), "input", type="checkbox")
    assert {"media", "counter"} == {box.get("value") for box in boxes if has(box, "checked")}


def test_a_service_is_chosen_in_one_place() -> None:
    """A service of two purposes has one tick box, and a word at the other purpose where it is."""
    tree = preferences()
    assert len(find(tree, "input", value="adverts")) == 1
    assert "adverts can be chosen under Marketing." in text(tree)


def test_exempt_purposes_say_why_and_cannot_be_ticked() -> None:
    """R3, R22: what needs no consent is marked, with the reason, and has no switch."""
    tree = preferences()
    assert "Why no consent is needed It is strictly necessary for a service that you asked for. Without it" in text(
        tree
    )
    assert not find(tree, "input", value="basket")


def test_preferences_have_reject_beside_accept_and_save_first() -> None:
    """R12 on layer two; Enter in the form saves what is ticked."""
    buttons = find(one(preferences(), "form", id="ck-preferences"), "button")
    assert ["save", "reject", "accept"] == [b.get("value") for b in buttons]
    assert len({b.get("class") for b in buttons}) == 1


def test_preferences_tell_the_browsers_signal() -> None:
    """R45: whether the browser sends the signal, and that it was received."""
    assert "sends no Global Privacy Control signal" in text(preferences())
    assert "It has been received" in text(preferences(Consent(POLICY, gpc=True)))


def test_withdrawal_of_everything_is_offered_when_there_is_something() -> None:
    """R14: one button takes everything back; without a grant it is not there."""
    assert one(preferences(decided(POLICY, "ads")), "button", name_="withdraw").get("value") == "1"
    assert not find(preferences(decided()), "button", name_="withdraw")


def test_preferences_say_when_the_visitor_decided() -> None:
    """The date of the decision is written as people write it."""
    assert "You last decided on 21 September 2026." in text(preferences(decided()))


def test_owner_replaces_texts_and_templates() -> None:
    """The owner's words and templates stand in the place of ours; the rest stays."""
    loader = jinja2.DictLoader({"error.html": "Oh: {{ message }}"})
    pages = Pages(POLICY, texts={"banner.title": "<Biscuits?>"}, templates=loader)
    assert text(one(banner(pages=pages), id="ck-title")) == "<Biscuits?>"
    assert pages.error(400, "a<b") == "Oh: a&lt;b"


def test_broken_template_stops_the_start() -> None:
    """A template that names what is not there fails when the pages are made, not when a visitor comes."""
    with pytest.raises(jinja2.UndefinedError):
        Pages(POLICY, templates=jinja2.DictLoader({"policy.html": "{{ doc.nothing }}"}))
