"""What can be told of an embed."""

from __future__ import annotations

import pytest

from consentkit.html.decision import Block
from consentkit.pages.embeds import Size, friendlier, share_link, short_name
from consentkit.policy import catalogue
from tests.pages.embedding import PAGES, known, resource
from tests.pages.markup import parse, text


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
