"""R24: one data structure, and the same facts in HTML, Markdown and JSON."""

from __future__ import annotations

import html
import json
from dataclasses import fields

import pytest

from consentkit.pages.document import PolicyDocument
from consentkit.pages.render import Pages
from tests.pages.documents import PAGES, words
from tests.pages.markup import find, one, parse, text
from tests.pages.policies import full_policy
from tests.policies import make_policy, service


def test_a_document_without_an_item_of_article_13_cannot_be_made() -> None:
    """R24: no field has a default, so a missing item is an error at the start."""
    with pytest.raises(TypeError):
        PolicyDocument(version="1")  # type: ignore[call-arg]
    assert {"controller", "dpo", "purposes", "recipients", "transfers", "retention", "rights", "authority",
            "mandatory_data", "automated_decisions"} <= {field.name for field in fields(PolicyDocument)}  # fmt: skip


def test_html_and_json_say_the_same() -> None:
    """R24: every text of the JSON document stands in the HTML page."""
    tree = parse(PAGES.policy_html(""))
    page = text(tree) + "".join(a.get("href", "") for a in find(tree, "a"))
    for word in words(json.loads(PAGES.policy_json())):
        assert word in page


def test_every_section_is_in_the_contents() -> None:
    """The table of contents leads to each heading of the page, in order."""
    tree = parse(PAGES.policy_html(""))
    links = [a.get("href", "").removeprefix("#") for a in find(one(tree, "nav"), "a")]
    headings = [h.get("id") for h in find(tree, "h2") if h.get("id") != "contents"]
    assert links == headings
    assert len(links) == 17


def test_a_short_policy_has_no_empty_sections() -> None:
    """What the owner does not declare has no heading."""
    page = Pages(make_policy(services=[])).policy_html("")
    assert "Young people" not in page
    assert "No other company receives data" in page
    assert 'id="changes"' not in page
    assert "Changes to this policy" not in Pages(make_policy(services=[])).policy_markdown()


def test_the_consent_cookie_declares_itself() -> None:
    """R22: our own cookie is listed under the name it has, with its lifetime."""
    assert PAGES.document.items[0].name == "__Host-consent"
    assert Pages(make_policy(), insecure_dev=True).document.items[0].name == "consent"
    assert "182 days" in text(parse(PAGES.policy_html("")))


def test_policy_page_links_to_its_other_forms() -> None:
    """The page names the same under `.md` and `.json`, below the mount point."""
    links = [a.get("href") for a in find(parse(PAGES.policy_html("/sub")), "a")]
    assert "/sub/privacy.md" in links
    assert "/sub/privacy.json" in links
    assert html.unescape("/sub/_ck/preferences") in links


def test_everything_can_be_withdrawn_from_the_policy_page() -> None:
    """One press on the policy page withdraws every consent, without a script, and leads back there (R14)."""
    pages = Pages(full_policy(policy_path="/privacy"))
    [form] = find(parse(pages.policy_html("/sub")), "form")
    fields = {field.get("name"): field.get("value") for field in find(form, "input")}
    assert ("post", "/sub/_ck/decide") == (form.get("method"), form.get("action"))
    assert "/sub/privacy" == fields["return"]
    assert ["withdraw"] == [button.get("name") for button in find(form, "button")]


def test_a_company_outside_the_eea_is_a_transfer_without_a_safeguard_too() -> None:
    """Where the owner does not say what protects the data, no form of the page says that nothing is transferred."""
    pages = Pages(make_policy(services=[{**service("films", "ads"), "name": "Films", "country": "US"}], recipients=[
        {"name": "Coral Hosting Pty Ltd", "role": "Runs our servers.", "country": "AU"},
        {"name": "Fjord Hosting AS", "role": "Keeps our backups.", "country": "NO"},
    ]))  # fmt: skip
    transfers = json.loads(pages.policy_json())["transfers"]
    assert transfers == [
        {"recipient": "Films", "country": "US", "safeguard": ""},
        {"recipient": "Coral Hosting Pty Ltd", "country": "AU", "safeguard": ""},
    ]
    for page in (text(parse(pages.policy_html(""))), pages.policy_markdown()):
        section = page.rpartition("Transfers outside the European Economic Area")[2].partition("How long")[0]
        assert "Films: United States" in section
        assert "Coral Hosting Pty Ltd: Australia" in section
        assert "None." not in section
