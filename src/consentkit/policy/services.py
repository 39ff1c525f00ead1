"""Whom a site contacts, what is kept on the visitor's device, and where data go (R2, R22, R24)."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import Field

from consentkit.policy.base import Model
from consentkit.policy.values import (
    ConsentApi,
    ConsentType,
    CookieDomain,
    CookiePath,
    Country,
    HostPattern,
    Id,
    Lifetime,
    Line,
    ShareUrl,
    Text,
    WatchUrl,
    WebUrl,
    Widget,
    seconds,
)


class Cookie(Model):
    """Something kept on, or read from, the visitor's device (R2, R22)."""

    name: Line = Field(examples=["theme"])
    """The name, `*` standing for anything: `_ga_*`."""
    type: Literal["cookie", "local_storage", "session_storage", "indexeddb", "pixel", "link_decoration",
                  "script_read", "fingerprint", "request"] = "cookie"  # fmt: skip
    """What it is: the law asks the same for all of these (R2)."""
    lifetime: Lifetime = Field(examples=["13 months"])
    """`session`, or a number and a unit: `30 minutes`, `13 months`, `2 years` (R22)."""
    description: Text = Field(examples=["Remembers whether you chose light or dark colours."])
    """What it is for, in the visitor's words."""
    purpose: Id | None = Field(default=None, examples=["analytics"])
    """The purpose, where it is not all of the service's."""
    third_party: bool = True
    """Whether somebody other than the site reads it (R22). A service's cookie is read by the service, unless told."""
    readable: bool = False
    """Whether scripts of the page must read it: it then keeps no `HttpOnly` (R129)."""
    domain: CookieDomain | None = Field(default=None, examples=["example.com"])
    """The Domain it is set with, where not the host itself: needed to expire it (R116)."""
    path: CookiePath = "/"
    """The Path it is set with."""

    @property
    def max_age(self) -> int | None:
        """The lifetime in seconds, None for a session."""
        return None if self.lifetime == "session" else seconds(self.lifetime)


class OwnCookie(Cookie):
    """Something that the site itself keeps on, or reads from, the visitor's device (R2, R22)."""

    purpose: Id = Field(examples=["preferences"])
    """The purpose it serves."""
    third_party: bool = Field(examples=[False])
    """Whether somebody other than the site reads it: visitors must be told (Planet49; R22)."""


class Transfer(Model):
    """Where a recipient takes data outside the EEA, and what protects them there (R24)."""

    country: Country = Field(examples=["US"])
    """ISO 3166-1 alpha-2 code of the country."""
    safeguard: Line = Field(examples=["standard contractual clauses"])
    """What protects the data there, as the visitor will read it: `adequacy decision`, …"""


class Recipient(Model):
    """Somebody who receives personal data, and whom no page contacts: a host, a mailing house, an affiliate (R24)."""

    name: Line = Field(examples=["Example Hosting Ltd"])
    """The company, or the kind of company."""
    role: Text = Field(examples=["Runs the servers that this site is on."])
    """What it does with the data."""
    country: Country | None = Field(default=None, examples=["GB"])
    """ISO 3166-1 alpha-2 code of the country where it does so."""
    transfers: tuple[Transfer, ...] = ()
    """Where it takes data outside the EEA, and what protects them there."""
    purposes: tuple[Id, ...] = Field(default=(), examples=[["newsletter"]])
    """The purposes whose data it gets; all if none is named. Forms that ask for one name its transfers (R24)."""


class Service(Model):
    """A vendor's product that a page can contact: from the catalogue by id, or declared in full."""

    id: Id = Field(examples=["youtube"])
    """Its id in the catalogue, or one of your own. With an id of the catalogue, every other key overrides its entry."""
    name: Line = Field(examples=["Example Maps"])
    """What visitors know it as."""
    short: Line | None = Field(default=None, examples=["Example Maps"])
    """What a placeholder calls it, where the name is long."""
    provider: Line = Field(examples=["Example Maps Inc."])
    """The company behind it (R22)."""
    country: Country | None = Field(default=None, examples=["US"])
    """ISO 3166-1 alpha-2 code of the company's seat."""
    purposes: tuple[Id, ...] = Field(min_length=1, examples=[["analytics"]])
    """The purposes it serves: all have to be granted before it is contacted (R31)."""
    hosts: tuple[HostPattern, ...] = Field(default=(), examples=[["maps.example", "*.tiles.example/v1/"]])
    """Hosts it is reached at. Each means itself and its subdomains (`*.` before it: its subdomains alone);
    what follows a `/` is the beginning of the path, `*` in it standing for anything."""
    inline: tuple[Line, ...] = Field(default=(), examples=[["ExampleMaps.load("]])
    """Text that gives its inline scripts away."""
    cookies: tuple[Cookie, ...] = ()
    """What it keeps on, or reads from, the device."""
    description: Text | None = Field(default=None, examples=["Shows where we are."])
    """What it does for the visitor."""
    data: Text | None = Field(default=None, examples=["IP address, page visited, browser."])
    """What it learns of the visitor."""
    privacy_url: WebUrl | None = Field(default=None, examples=["https://maps.example/privacy"])
    """Its privacy policy."""
    transfers: tuple[Transfer, ...] = ()
    """Where it takes data outside the EEA, and what protects them there (R24)."""
    placeholder: Literal["video", "audio", "map", "post", "share", "image", "form", "comments", "frame"] = "frame"
    """What a placeholder for it looks like (R208)."""
    watch_url: WatchUrl | None = Field(default=None, examples=["/embed/([^?]+) -> https://video.example/watch/\\1"])
    """How the page for people is made of an embed's URL: `REGULAR EXPRESSION -> REPLACEMENT`."""
    friendlier_url: WatchUrl | None = Field(default=None, examples=["^(https://maps.example/[^?#]*)$ -> \\1?dnt=1"])
    """How an embed's URL is made one that learns less of the visitor (R87, R88): `REGULAR EXPRESSION -> REPLACEMENT`.
    It is used where an embed is loaded at its placeholder, unless `friendlier` is false."""
    friendlier_meta: tuple[Line, ...] = Field(default=(), examples=[["maps:dnt=on"]])
    """`meta` elements, `NAME=CONTENT`, that ask its scripts to learn less (R89): in heads while it is allowed."""
    share_url: ShareUrl | None = Field(default=None, examples=["https://network.example/share?url={url}"])
    """Where a plain link shares a page: it stands in the place of blocked share buttons. `{url}` is the page's."""
    widgets: tuple[Widget, ...] = Field(
        default=(),
        examples=[["data-map-id=m- -> https://maps.example/show/{}", "map-view[place] -> https://maps.example/at/{}"]],
    )
    """Elements that a script turns into something visible, so that the placeholder stands there: an attribute, after
    `=` how its value begins, and the URL that would be asked, `{}` standing for the value. `element[attribute]` means
    one element's alone; `json` in the place of the URL: the value is JSON with URLs in it."""
    consent_api: ConsentApi | None = Field(default=None, examples=["google"])
    """How its own scripts are told what was allowed: Google's Consent Mode, Microsoft's and others' (R70-R86)."""
    consent_types: tuple[ConsentType, ...] = Field(default=(), examples=[["analytics_storage"]])
    """What of `consent_api` it needs: granted if everything that names it is allowed."""
    hint: Text | None = Field(default=None, examples=["These fonts can be served from your own site."])
    """A word to the owner, which `consentkit policy check` prints: fonts, say, can be hosted at home (R4)."""
    source: WebUrl | None = Field(default=None, examples=["https://maps.example/docs/cookies"])
    """Where the facts of this entry can be read."""
    verified: datetime.date | None = Field(default=None, examples=["2026-11-22"])
    """When the facts were last compared with it."""
