"""What can be told of an embed from its markup: how it looks, how large it is, whether it can be seen at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from consentkit.html.decision import Kind, Resource
from consentkit.policy.catalogue import friendlier_url, watch_url
from consentkit.policy.models import Service

MAX_SIDE = 10_000  # pixels: a larger number in the markup is no size
PIXEL = 2  # an element no larger than this either way is a tracking pixel: nobody would see a placeholder
LOW_HEIGHT = 250  # less room than everything in a column needs: what can be stands side by side
SMALL_WIDTH, SMALL_HEIGHT, SMALL_AREA = 260, 110, 48_000  # less room than the sentence needs: it is read out only
TINY_WIDTH, TINY_HEIGHT = 150, 60  # room for one control: a like button

_LENGTH = re.compile(r"[ \t\n\f\r]*\+?([0-9]+)(?:\.[0-9]*)?(%?)")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

# What a placeholder looks like where no service says it.
LOOKS: Mapping[Kind, str] = {Kind.MEDIA: "video", Kind.IMAGE: "image", Kind.FORM: "form"}


@dataclass(frozen=True, slots=True)
class Size:
    """The room that an element's attributes ask for.

    Attributes:
        width: in pixels, None if the element takes what it is given.
        height: in pixels, None if unknown.
    """

    width: int | None
    height: int | None

    @property
    def small(self) -> bool:
        """Whether only a short form fits."""
        if self.width is not None and self.height is not None and self.width * self.height < SMALL_AREA:
            return True
        narrow = self.width is not None and self.width < SMALL_WIDTH
        return narrow or (self.height is not None and self.height < SMALL_HEIGHT)

    @property
    def low(self) -> bool:
        """Whether everything fits, but not in a column."""
        return self.height is not None and self.height < LOW_HEIGHT

    @property
    def tiny(self) -> bool:
        """Whether no more than one control fits."""
        return (
            self.width is not None
            and self.height is not None
            and ((self.height < TINY_HEIGHT and self.width < SMALL_WIDTH) or self.width < TINY_WIDTH)
        )


def size(attributes: Mapping[str, str]) -> Size:
    """The size out of `width` and `height`, parsed as HTML's rules for dimension values say (§2.3.4.4)."""
    return Size(_pixels(attributes.get("width")), _pixels(attributes.get("height")))


def invisible(attributes: Mapping[str, str]) -> bool:
    """Whether the page's author hid the element, as tracking pixels and tag managers' frames are."""
    if "hidden" in attributes or _HIDDEN.search(attributes.get("style", "")):
        return True
    room = size(attributes)
    return any(side is not None and side <= PIXEL for side in (room.width, room.height))


def shown_by_script(service: Service) -> bool:
    """Whether a script of the service shows something where it stands, so that a visitor would miss it."""
    return service.placeholder != "frame"


def look(service: Service | None, resource: Resource) -> str:
    """Which of the placeholders' looks fits: a service's own word, else by what would be fetched."""
    return service.placeholder if service else LOOKS.get(resource.kind, "frame")


def original(service: Service | None, resource: Resource) -> str | None:
    """The page for people: by the service's `watch_url`, else the URL itself; None where that is no web page."""
    page = service and watch_url(service, resource.url)
    if page and page.startswith(("https://", "http://")):
        return page
    if resource.kind is Kind.SCRIPT or resource.attribute.startswith("data-"):
        return None  # the address of a script, or of what it would ask
    return resource.url if resource.url.startswith(("https://", "http://")) else None


def friendlier(service: Service | None, resource: Resource) -> str:
    """The URL of the same embed in the form that learns less (R87, R88), or the embed's own."""
    better = service and friendlier_url(service, resource.url)
    return better or resource.url


def share_link(service: Service | None, page: str) -> str | None:
    """Where a page can be shared by a plain link, None where the service has no such address."""
    if service is None or service.share_url is None or not page:
        return None
    return service.share_url.replace("{url}", quote(page, safe=""))


def short_name(service: Service) -> str:
    """What a placeholder calls a service: its short name, else its name without what stands in brackets behind it."""
    return service.short or service.name.partition(" (")[0]


def host_of(url: str) -> str:
    """Host and port of a web address, as people are shown it."""
    authority = re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]
    return authority.rpartition("@")[2]


def _pixels(value: str | None) -> int | None:
    match = _LENGTH.match(value or "")
    if not match or match[2] or len(match[1]) > 6:
        return None
    pixels = int(match[1])
    return pixels if pixels <= MAX_SIDE else None
