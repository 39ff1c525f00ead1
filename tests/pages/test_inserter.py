"""What the rewriter inserts into one page, for one visitor."""

from __future__ import annotations

from consentkit.consent.state import Consent, grant_all
from consentkit.html.decision import Block, Kind
from consentkit.pages.embeds import original
from consentkit.pages.inserter import PageInserter
from consentkit.pages.render import Pages
from tests.pages.embedding import PAGES, POLICY, SERVICES, known, resource
from tests.pages.markup import find, one, parse, text
from tests.policies import make_policy, purpose


def inserter(consent: Consent | None = None) -> PageInserter:
    """What is inserted into one page."""
    return PageInserter(PAGES, consent or Consent(POLICY), "GET", "", "/a", url="https://shop.example/a")


def test_a_services_scripts_have_one_placeholder() -> None:
    """The first script of a service that shows something is stood in for; the next ones are not, nor what shows nothing."""
    page = inserter()
    script = resource("https://platform.twitter.com/widgets.js", Kind.SCRIPT, "script")
    first = page.placeholder(Block("twitter", ("ads",)), script, {})
    tree = parse(first)
    assert "Posts and buttons of X" in text(tree)
    assert "https://x.com/intent/post?url=https%3A%2F%2Fshop.example%2Fa" == find(tree, "a")[0].get("href")
    assert "twitter" == one(tree, "button", data_ck="allow").get("value")
    assert original(known("twitter"), script) is None
    assert "" == page.placeholder(Block("twitter", ("ads",)), script, {})
    assert "twitter" in PAGES.showing
    assert "google-analytics" not in PAGES.showing


def test_the_head_asks_only_who_is_allowed() -> None:
    """R89: a service's wish stands in the head while it is allowed, and nothing does if the owner does not want it."""
    meta = '<meta name="twitter:dnt" content="on">'
    assert meta not in PAGES.head(Consent(POLICY), "")
    assert meta in PAGES.head(Consent(POLICY, grant_all(POLICY), decided_at=1), "")
    plain = make_policy(services=SERVICES, friendlier=False)
    assert meta not in Pages(plain).head(Consent(plain, grant_all(plain), decided_at=1), "")


def test_the_catalogues_words_are_marked_as_english() -> None:
    """What the policy took over from the catalogue is English also where policy and page are not."""
    pages = Pages(make_policy(language="de", purposes=[purpose("ads")], services=SERVICES))
    for html in (
        pages.policy_html("", language="fr"),
        pages.preferences(Consent(pages.policy), root_path="", return_path="/", language="fr"),
    ):
        tree = parse(html)
        data = [dd for dd in find(tree, "dd") if "internet" in text(dd).lower() or "IP address" in text(dd)]
        assert data
        assert {"en"} == {dd.get("lang") for dd in data}
