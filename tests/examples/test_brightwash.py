"""The example site without a browser: its pages, its forms, its policy; behind each driver."""

from __future__ import annotations

import contextlib
import csv
import json
import re
import sqlite3
from pathlib import Path

import pytest

from examples.brightwash import content
from examples.brightwash.settings import Settings
from examples.brightwash.site import MAX_FORM, Site, subject
from tests.examples.conftest import Guest

PAGES = ("/", "/machines", "/gallery", "/talks", "/videos", "/blog", "/blog/quiet-please", "/newsletter",
         "/newsletter/unsubscribe", "/survey", "/contact", "/privacy")  # fmt: skip
COMMENT = {"name": "Ada", "email": "ada@pub.example", "country": "Wales", "text": "We descale on Sundays."}
ANSWER = {"machine": "A tea towel", "satisfaction": "2", "name": "Ada", "email": "ada@pub.example"}
FETCHED = re.compile(
    r'<(?:script|iframe|img|link)\b[^>]*?\s(?:src|srcset|href)="(?:https?:)?//(?!brightwash\.example)[^"]*"[^>]*>'
)


@pytest.mark.parametrize("path", PAGES)
def test_page_before_consent(guest: Guest, path: str) -> None:
    """Every page is served whole, with nothing of anybody else's left to fetch, and sets no cookie."""
    reply = guest.get(path)
    assert 200 == reply.status
    assert "</html>" in reply.text
    assert [] == FETCHED.findall(reply.text)
    assert [] == reply.set_cookies


@pytest.mark.parametrize("path", [page for page in PAGES if page != "/privacy"])
def test_page_after_consent(guest: Guest, path: str) -> None:
    """After "accept all" a page asks for what it always asked for, and the site's own counter works."""
    guest.decide("accept")
    reply = guest.get(path)
    assert 'src="https://www.google-analytics.com/analytics.js"' in reply.text
    assert "bw_visitor" in guest.cookies


def test_missing_page(guest: Guest) -> None:
    """An unknown page is a 404 in the site's own dress, and as protected as any."""
    reply = guest.get("/no-such-page")
    assert 404 == reply.status
    assert "Nothing here but clean glass" in reply.text
    assert [] == FETCHED.findall(reply.text)


def test_feed_is_left_alone(guest: Guest) -> None:
    """The RSS feed is no page: it goes through as it is."""
    reply = guest.get("/blog/feed.xml", Accept="application/rss+xml")
    assert 200 == reply.status
    assert reply.text.startswith("<?xml")
    assert all(article.title in reply.text for article in content.ARTICLES)
    assert "data-ck" not in reply.text


def test_place_is_remembered_with_consent_only(guest: Guest) -> None:
    """The chosen kind of place is shown at once, and kept for the next visit only after consent to preferences."""
    assert "/?place=hotel#machines" == guest.post("/place", place="hotel").header("location")
    assert "bw_place" not in guest.cookies
    guest.decide("accept")
    guest.post("/place", place="hotel")
    assert "hotel" == guest.cookies["bw_place"]
    assert 'value="hotel" aria-pressed="true"' in guest.get("/").text
    guest.decide("reject")
    guest.get("/")
    assert "bw_place" not in guest.cookies


def test_comment_is_published(guest: Guest) -> None:
    """A comment shows its author's name and country, escaped, and never the e-mail address."""
    assert "/blog/hard-water#comments" == guest.post("/blog/hard-water", **{**COMMENT, "name": "<Ada>"}).header(
        "location"
    )
    page = guest.get("/blog/hard-water").text
    assert "&lt;Ada&gt;, Wales" in page
    assert COMMENT["text"] in page
    assert COMMENT["email"] not in page


def test_anonymous_comment(guest: Guest) -> None:
    """An anonymous comment shows neither name nor country, though both were asked for."""
    guest.post("/blog/hard-water", **COMMENT, anonymous="yes")
    page = guest.get("/blog/hard-water").text
    assert '<p class="meta">Anonymous</p>' in page
    assert "Ada" not in page


@pytest.mark.parametrize("missing", ["name", "email", "text"])
def test_comment_needs_name_and_address(guest: Guest, missing: str) -> None:
    """Without name, address or text nothing is published, also for anonymous comments; what was typed is kept."""
    reply = guest.post("/blog/hard-water", **{**COMMENT, missing: ""}, anonymous="yes")
    assert 200 == reply.status
    assert "Please give" in reply.text
    assert 'value="Wales"' in reply.text
    assert "Nobody has written yet" in guest.get("/blog/hard-water").text


@pytest.mark.parametrize(("decision", "tick", "kept"), [
    ("accept", True, True), ("accept", False, False), ("reject", True, False), ("", True, False),
])  # fmt: skip
def test_author_is_remembered_with_consent_only(guest: Guest, decision: str, tick: bool, kept: bool) -> None:
    """Name and address are remembered on the device only if preferences are allowed and the box was ticked."""
    if decision:
        guest.decide(decision)
    guest.post("/blog/hard-water", **COMMENT, **({"remember": "yes"} if tick else {}))
    assert kept == ("bw_author" in guest.cookies)
    assert kept == ('value="ada@pub.example"' in guest.get("/blog/hard-water").text)


@pytest.mark.parametrize("tracking", [True, False])
def test_newsletter(guest: Guest, tracking: bool) -> None:
    """Signing up allows nothing yet: it keeps the words of each ticked box until the address confirms them."""
    extra = {"tracking": "yes"} if tracking else {}
    assert "look into your mailbox" in guest.post("/newsletter", email="ada@pub.example", agree="yes", **extra).text
    [(token, email)] = guest.site.storage.subscribers()
    assert "ada@pub.example" == email
    [record] = guest.site.consents.store.find(subject(token))
    assert {"newsletter": False, **({"newsletter-tracking": False} if tracking else {})} == record.choices
    assert ("pending",) == record.signals
    assert not guest.site.consents.allows(subject(token), "newsletter")


def test_newsletter_needs_its_box(guest: Guest) -> None:
    """Giving an address is not yet asking for the newsletter; nothing is ticked beforehand."""
    assert "checked" not in guest.get("/newsletter").text.partition("<main")[2].partition("</main")[0]
    assert "Please tick the first box" in guest.post("/newsletter", email="ada@pub.example").text
    assert [] == guest.site.storage.subscribers()


def test_unsubscribe_tells_nobody_who_is_in_the_list(guest: Guest) -> None:
    """The answer for an unknown address is the answer for a known one, and neither ends anything by itself."""
    guest.post("/newsletter", email="ada@pub.example", agree="yes")
    known = guest.post("/newsletter/unsubscribe", email="ada@pub.example")
    unknown = guest.post("/newsletter/unsubscribe", email="bob@pub.example")
    assert "a letter is on its way" in known.text
    assert without_numbers(known.text) == without_numbers(unknown.text)
    [(_, address)] = guest.site.storage.subscribers()
    assert "ada@pub.example" == address


def test_sponsor_gets_only_what_was_shared(guest: Guest) -> None:
    """The sponsor's file holds the answers of those who ticked its box, and of nobody else."""
    guest.post("/survey", **ANSWER, sponsor="yes")
    guest.post("/survey", **{**ANSWER, "name": "Bob", "email": "bob@pub.example"})
    rows = list(csv.DictReader(guest.site.sponsor_export().splitlines()))
    assert ["Ada"] == [row["name"] for row in rows]
    assert 2 == len(guest.site.storage.answers())


def test_sharing_can_be_withdrawn(guest: Guest) -> None:
    """One press on the page with the answer ends sharing, and another one allows it again."""
    page = guest.post("/survey", **ANSWER, sponsor="yes").header("location")
    assert "Stop sharing" in guest.get(page).text
    guest.post(page, sponsor="no")
    assert [] == list(csv.DictReader(guest.site.sponsor_export().splitlines()))
    assert "They stay with us" in guest.get(page).text
    guest.post(page, sponsor="yes")
    assert 1 == len(list(csv.DictReader(guest.site.sponsor_export().splitlines())))


def test_export_holds_no_formula(guest: Guest) -> None:
    """An answer that begins like a formula stays text in a spreadsheet."""
    guest.post("/survey", **{**ANSWER, "machine": '=HYPERLINK("//x.test")'}, sponsor="yes")
    [row] = csv.DictReader(guest.site.sponsor_export().splitlines())
    assert row["machine"].startswith("'=")


@pytest.mark.parametrize("satisfaction", ["0", "6", "very", "１", "11"])
def test_survey_checks_its_scale(guest: Guest, satisfaction: str) -> None:
    """A rating off the scale is sent back with a sentence."""
    assert "Please rate from 1 to 5" in guest.post("/survey", **{**ANSWER, "satisfaction": satisfaction}).text
    assert [] == guest.site.storage.answers()


def test_contact(guest: Guest) -> None:
    """A message is taken, and an address without @ is sent back."""
    assert "no @" in guest.post("/contact", name="Ada", email="ada", text="Hello").text
    assert "Thank you" in guest.post("/contact", name="Ada", email="ada@pub.example", text="Hello").text


def test_long_form_is_refused(guest: Guest) -> None:
    """A form beyond the limit is refused with 413, not read to its end."""
    assert 413 == guest.post("/contact", name="Ada", email="a@b.example", text="x" * (MAX_FORM + 1)).status


def test_minors_are_told_on_every_page(guest: Guest) -> None:
    """Each page says that the site is not for people under 18."""
    assert all("Under 18?" in guest.get(path).text for path in PAGES if path != "/privacy")


def test_policy_answers_every_question(guest: Guest) -> None:
    """The policy page speaks of everything that a visitor may ask: HTML, Markdown and JSON say the same."""
    answers = ("not meant for anybody under 18", "What we collect", "Social buttons", "Content from elsewhere",
               "Surveys and prizes", "We take no payment", "Comments on the blog", "What we use it for", "E-mail from us",
               "neither sell nor rent", "Suppliers", "Brightwash Pacific", "travel encrypted", "no tracking in them at all",
               "bw_visitor", "Judith Farrow", "Information Commissioner", "Until now we took a visit for consent")  # fmt: skip
    for path in ("/privacy", "/privacy.md", "/privacy.json"):
        text = guest.get(path, Accept="*/*").text.replace("\\_", "_")  # as Markdown writes it
        assert [] == [answer for answer in answers if answer not in text], path
    assert "2026-11" == json.loads(guest.get("/privacy.json", Accept="*/*").text)["version"]


def test_decision_is_proven(guest: Guest, tmp_path: Path) -> None:
    """Accepting, rejecting and a form's tick each leave one record in the same file."""
    guest.decide("accept")
    guest.decide("reject")
    guest.post("/survey", **ANSWER, sponsor="yes")
    with contextlib.closing(sqlite3.connect(Settings(folder=tmp_path).records)) as kept:
        by_source = "SELECT json_extract(payload, '$.source'), count(*) FROM records GROUP BY 1 ORDER BY 1"
        assert [("banner", 2), ("form", 1)] == kept.execute(by_source).fetchall()


def without_numbers(page: str) -> str:
    """A page without what differs each time."""
    return re.sub(r"[0-9a-f]{8,}", "", page)


def test_every_page_is_in_the_tests(tmp_path: Path) -> None:
    """Every route is either tested as a page, or is an action, a feed or somebody's own page."""
    routes = {path for path, _ in Site(Settings(folder=tmp_path)).routes}
    others = {"/place", "/blog/feed.xml", "/blog/{slug}", "/survey/answer/{token}"}
    assert routes - others == {page for page in PAGES if page not in {"/privacy", "/blog/quiet-please"}}
