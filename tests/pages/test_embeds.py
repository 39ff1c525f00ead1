"""What can be told of an embed."""

from __future__ import annotations

import pytest

from consentkit.consent.state import Consent, grant_all
from consentkit.html.decision import Block, Kind, Resource
from consentkit.pages.embeds import Size, friendlier, original, share_link, short_name
from consentkit.pages.inserter import PageInserter
from consentkit.pages.render import Pages
from consentkit.policy import catalogue
from consentkit.policy.models import Service
from tests.pages.markup import find, one, parse, text
from tests.policies import make_policy, purpose


def known(id_: str) -> Service:
    """A service of the catalogue."""
    found = catalogue.service(id_)
    assert found is not None
    return found


SERVICES = [
    {**known(id_).model_dump(), "purposes": ["ads"]}
    for id_ in ("twitter", "youtube", "google-recaptcha", "google-analytics")
]
POLICY = make_policy(services=SERVICES)
PAGES = Pages(POLICY, secrets=[b"a secret of 24 characters"])


def resource(url: str, kind: Kind = Kind.FRAME, element: str = "iframe", attribute: str = "src") -> Resource:
    """A URL in an element."""
    return Resource(url, url.split("/")[2], "/" + url.split("/", 3)[3], kind, element, attribute)


@pytest.mark.parametrize(
    ("id_", "url", "better"),
    [
        ("youtube", "https://www.youtube.com/embed/a?rel=0", "https://www.youtube-nocookie.com/embed/a?rel=0"),
        ("youtube", "https://www.youtube-nocookie.com/embed/a", "https://www.youtube-nocookie.com/embed/a"),
        ("vimeo", "https://player.vimeo.com/video/1", "https://player.vimeo.com/video/1?dnt=1"),
        ("vimeo", "https://player.vimeo.com/video/1?h=2#t=3s", "https://player.vimeo.com/video/1?dnt=1&h=2#t=3s"),
        ("vimeo", "https://player.vimeo.com/video/1?dnt=0", "https://player.vimeo.com/video/1?dnt=0"),
        ("twitter", "https://platform.twitter.com/embed/Tweet.html?id=5", "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=5"),
        ("soundcloud", "https://w.soundcloud.com/player/", "https://w.soundcloud.com/player/"),
    ],
)  # fmt: skip
def test_the_form_that_learns_less(id_: str, url: str, better: str) -> None:
    """R87-R89: the catalogue knows it for YouTube, Vimeo and X; what the page's author decided stays."""
    assert better == friendlier(known(id_), resource(url))


def test_every_share_link_and_short_name_of_the_catalogue() -> None:
    """A share link is https, holds the page's address encoded, and leads to a host of its service's making."""
    sharing = [service for service in catalogue.services() if service.share_url]
    assert {"twitter", "facebook", "linkedin-share", "pinterest-pin"} <= {service.id for service in sharing}
    for service in sharing:
        link = share_link(service, "https://shop.example/a b?c=d&e")
        assert link is not None
        assert link.endswith("=https%3A%2F%2Fshop.example%2Fa%20b%3Fc%3Dd%26e")
        assert len(short_name(service)) <= 20
        assert share_link(service, "") is None


@pytest.mark.parametrize(
    ("size", "form"),
    [(Size(560, 315), ""), (Size(None, 166), "low"), (Size(500, 200), "low"), (Size(300, 120), "small"),
     (Size(200, 600), "small"), (Size(110, 24), "tiny"), (Size(None, 24), "small"), (Size(None, None), "")],
)  # fmt: skip
def test_the_form_follows_the_room(size: Size, form: str) -> None:
    """The less room there is, the less is said to the eye."""
    html = PAGES.placeholder(
        Block("youtube", ("ads",)),
        resource("https://www.youtube.com/embed/abcdefghijk"),
        {name: str(value) for name, value in (("width", size.width), ("height", size.height)) if value},
        root_path="",
        return_path="/",
    )
    assert [form] * bool(form) == [name for name in ("low", "small", "tiny", "strip") if f" ck-{name}" in html]
    assert "Loading it tells Google" in text(parse(html))


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
