"""What the site's owner declares: one frozen `Policy` (R3, R22, R24).

The names of the fields are the keys of the policy file, their docstrings its reference. Checks of
one value stand here beside it; what must hold between values stands in `rules`. Where a rule of
law asks for a field, the field is required and its R-number is named.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from consentkit.policy import rules
from consentkit.policy.findings import Finding, refusal
from consentkit.policy.regimes import PLACE_PATTERN

LINE_PATTERN = r"^[^\x00-\x1f\x7f]+$"
ID_PATTERN = r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"
URL_PATTERN = r"^https?://[^\s<>\"]+$"
EMAIL_PATTERN = r"^[^@\s<>\",:;]+@[^@\s<>\",:;]+$"
FIELD_PATTERN = r"^[!-~](?:[ -~]*[!-~])?$"  # one line of a header field, printable ASCII (RFC 9110 §5.5)
SHARE_URL_PATTERN = r"^https://[^\s<>\"{}]+\{url\}[^\s<>\"{}]*$"
WIDGET_PATTERN = (
    r"^(?:[a-z][a-z0-9-]*(?:=\S*)?|[a-z][a-z0-9-]*\[[a-z][a-z0-9-]*(?:=[^\s\]]*)?\]) -> (?:https://\S+|json)$"
)
HOST_PATTERN = r"^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$"
HOST_PATH_PATTERN = r"^(?:\*|(?:\*\.)?[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*)(?:/[^\s]*)?$"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$"
PATH_PATTERN = r"^/[^\s?#]*$"
PREFIX_PATTERN = r"^(?:/[A-Za-z0-9._~-]+)+$"
COOKIE_DOMAIN_PATTERN = r"^\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$"
COOKIE_PATH_PATTERN = r"^/[^;\s\x00-\x1f\x7f]*$"
HEADER_PATTERN = r"^[A-Za-z0-9-]{1,64}$"
COOKIE_NAME_PATTERN = r"^[A-Za-z0-9_-]+$"
WATCH_URL_ARROW = " -> "

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_629_800,
           "year": 31_557_600}  # fmt: skip


def seconds(duration: str) -> int:
    """A duration such as `13 months` in seconds; a month counts 30.44 days, a year 365.25.

    Raises:
        ValueError: if it is not a number and a unit.
    """
    number, _, unit = duration.partition(" ")
    if not number.isascii() or not number.isdigit() or int(number) < 1 or unit.removesuffix("s") not in SECONDS:
        message = f"'{duration}' is no duration; write a number and a unit, such as '13 months'"
        raise ValueError(message)
    return int(number) * SECONDS[unit.removesuffix("s")]


def _check_duration(value: str) -> str:
    try:
        seconds(value)
    except ValueError:
        what, mend = f"'{value}' is no duration", 'write a number and a unit (seconds … years), such as "13 months"'
        raise refusal(Finding((), what, mend)) from None
    return value


def _check_lifetime(value: str) -> str:
    if value != "session":
        try:
            seconds(value)
        except ValueError:
            what = f"'{value}' is no lifetime"
            mend = 'write "session", or a number and a unit (seconds … years), such as "13 months"'
            raise refusal(Finding((), what, mend)) from None
    return value


def _check_watch_url(value: str) -> str:
    pattern, arrow, _ = value.partition(WATCH_URL_ARROW)
    example = "such as '/embed/([^?]+) -> https://video.example/watch/\\1'"
    if not arrow:
        raise refusal(Finding((), "there is no arrow in it", f"write REGULAR EXPRESSION -> REPLACEMENT, {example}"))
    try:
        re.compile(pattern)
    except re.error as error:
        what = f"its regular expression is broken ({error})"
        raise refusal(Finding((), what, f"mend it, {example}")) from error
    return value


Id = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=64)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE_PATTERN)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Country = Annotated[str, StringConstraints(pattern=COUNTRY_PATTERN)]
WebUrl = Annotated[str, StringConstraints(pattern=URL_PATTERN, max_length=2_000)]
EmailAddress = Annotated[str, StringConstraints(strip_whitespace=True, pattern=EMAIL_PATTERN, max_length=254)]
ReferrerPolicy = Literal["no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin",
                         "same-origin", "strict-origin", "strict-origin-when-cross-origin", "unsafe-url"]  # fmt: skip
Host = Annotated[str, StringConstraints(pattern=HOST_PATTERN, max_length=253)]

# A host, with `*.` before it for its subdomains alone, or `*` for any host, and optionally a path prefix
# in which `*` stands for anything: "googletagmanager.com/gtag/js", "*.hs-scripts.com", "*/matomo.js".
HostPattern = Annotated[str, StringConstraints(pattern=HOST_PATH_PATTERN, min_length=2, max_length=500)]
Duration = Annotated[Line, AfterValidator(_check_duration)]
Lifetime = Annotated[Line, AfterValidator(_check_lifetime)]
WatchUrl = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500, pattern=LINE_PATTERN),
    AfterValidator(_check_watch_url),
]
ShareUrl = Annotated[str, StringConstraints(pattern=SHARE_URL_PATTERN, max_length=500)]
Widget = Annotated[str, StringConstraints(strip_whitespace=True, pattern=WIDGET_PATTERN, max_length=500)]
CookieDomain = Annotated[str, StringConstraints(pattern=COOKIE_DOMAIN_PATTERN, max_length=254)]
CookiePath = Annotated[str, StringConstraints(pattern=COOKIE_PATH_PATTERN, max_length=500)]

# The interfaces of `data/signals.toml`, and the consent types that the first of them brought into use (R70).
ConsentApi = Literal["google", "uet", "clarity", "meta", "tiktok", "matomo"]
ConsentType = Literal["ad_storage", "ad_user_data", "ad_personalization", "analytics_storage", "functionality_storage",
                      "personalization_storage", "security_storage"]  # fmt: skip

UNKNOWN_PURPOSE = rules.UNKNOWN_PURPOSE  # the purpose that `unknown = "ask"` adds for third parties nobody declared
MAX_REPROMPT_DAYS = 730  # AEPD: a choice is valid for 24 months at most (R16)
DIGEST_BYTES = 4  # of a purpose, in the consent cookie: a change goes unnoticed once in 4 thousand million


class Model(BaseModel):
    """Frozen; a key that nobody reads is a mistake, not an extension."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)


class Contact(Model):
    """Somebody who can be written to."""

    name: Line = Field(examples=["Kim Keeper"])
    """Name of the person or the office."""
    email: EmailAddress = Field(examples=["privacy@example.com"])
    """Where mail reaches them."""
    address: Text | None = Field(default=None, examples=["1 Example Street, Exampletown"])
    """Postal address, where it is not the controller's."""
    phone: Line | None = Field(default=None, examples=["+44 20 7946 0000"])
    """Telephone number."""


class Controller(Model):
    """Who answers for the site (GDPR art. 13(1)(a), (b); R24)."""

    name: Line = Field(examples=["Example Ltd"])
    """The company or person, as registered."""
    address: Text = Field(examples=["1 Example Street, Exampletown"])
    """Postal address."""
    email: EmailAddress = Field(examples=["privacy@example.com"])
    """Where questions about personal data are answered."""
    phone: Line | None = Field(default=None, examples=["+44 20 7946 0000"])
    """Telephone number."""
    registration: Line | None = Field(default=None, examples=["Company number 01234567"])
    """Number in the register of companies."""
    dpo: Contact | None = None
    """The data protection officer, if there is one."""
    representative: Contact | None = None
    """The representative in the Union (GDPR art. 27), if one is needed."""


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


class Purpose(Model):
    """Why something is kept, read or contacted."""

    id: Id = Field(examples=["analytics"])
    """Names it in this file, in decisions and in `data-consent="…"` of templates."""
    title: Line = Field(examples=["Statistics"])
    """A word or two, for the visitor."""
    summary: Line = Field(examples=["Counts visits, so that we see which pages are read."])
    """One line, for the banner (R21)."""
    text: Text = Field(examples=["We count how often each page is read and from which kind of device. …"])
    """The whole explanation, for the preferences and the policy page."""
    legal_basis: Literal["consent", "contract", "legal_obligation", "vital_interests", "public_task",
                         "legitimate_interests"] = "consent"  # fmt: skip
    """What the processing rests on (GDPR art. 6(1); R24)."""
    exemption: Literal["transmission", "strictly_necessary", "fr_audience"] | None = None
    """Why no consent is needed (ePrivacy art. 5(3); R3, R26); then `justification` says so in words."""
    justification: Text | None = Field(default=None, examples=["Without it the basket would be empty on every page."])
    """The reason for the exemption, in words."""
    asked: Literal["banner", "form"] = "banner"
    """Where the visitor is asked: a newsletter or a sponsor's survey asks at its own form."""
    opt_out: tuple[Literal["sale", "share", "targeted_ads", "profiling"], ...] | None = Field(
        default=None, examples=[["sale", "share"]]
    )
    """What of it an opt-out, or an opt-out signal, ends (R43); `[]` says that it is none of these. Where nothing is
    said it ends with them all, and `[regimes]` never lets it run unasked."""
    exception: Literal["statistics", "appearance"] | None = None
    """Exception of the United Kingdom (PECR, Schedule A1) that it fits: for the regime `gb` alone (R29)."""
    consent_types: tuple[ConsentType, ...] = Field(default=(), examples=[["functionality_storage"]])
    """What vendors' scripts are told besides what services name: granted if this purpose is allowed (R70)."""
    assessment: WebUrl | None = Field(default=None, examples=["https://www.example.com/audience-assessment"])
    """Where it is documented that the purpose meets the conditions of `fr_audience` (R26); then it is required."""
    retention: Line | None = Field(default=None, examples=["14 months"])
    """How long the data of this purpose are kept, where `retention.text` does not say (R24)."""

    @property
    def exempt(self) -> bool:
        """Whether it needs no consent."""
        return self.exemption is not None

    @model_validator(mode="after")
    def _exemption_is_justified(self) -> Purpose:
        _raise(rules.purpose_rules(self))
        return self


class Rights(Model):
    """What the visitor can ask for, and of whom (R24)."""

    contact: Text = Field(examples=["Write to privacy@example.com; we answer within a month."])
    """How the rights of access, rectification, erasure, restriction, objection and portability are exercised."""
    authority: Line = Field(examples=["Information Commissioner's Office"])
    """The supervisory authority that takes complaints."""
    authority_url: WebUrl = Field(examples=["https://ico.org.uk/make-a-complaint/"])
    """Where a complaint is made."""


class Retention(Model):
    """How long things are kept (R24, R189)."""

    records: Duration = Field(examples=["5 years"])
    """How long the proofs of consent are kept: as long as a choice is valid, and the time for claims after it."""
    text: Text = Field(examples=["Server logs are deleted after two weeks, orders after ten years."])
    """How long everything else is kept, in words."""

    @property
    def records_seconds(self) -> int:
        """How long a proof is kept, in seconds."""
        return seconds(self.records)


class Minors(Model):
    """What the site says of the young (R25)."""

    age: int = Field(ge=0, le=21, examples=[18])
    """Whoever is younger is meant, in years; where the law of a visitor's place has a higher age, that one counts."""
    text: Text = Field(examples=["Our services are not for people under 18; please send us nothing about yourself."])
    """What the site asks of them, or of their parents."""
    mode: Literal["statement", "self-declaration", "signal"] = "statement"
    """Whether that is all, or visitors can say in the preferences that they are younger, or the app tells it (its
    argument `minor`). For a minor nothing is granted, and nothing can be (R56)."""
    audience: Literal["general", "children"] = "general"
    """`children` takes every visitor for a minor: a site directed to children (R54)."""


class RegimePlace(Model):
    """A place whose visitors are met otherwise than the built-in list says."""

    code: Annotated[str, StringConstraints(pattern=PLACE_PATTERN)] = Field(examples=["US-VA"])
    """ISO 3166-1 code of the country, or ISO 3166-2 code of a part of it."""
    regime: Id = Field(examples=["opt-in"])
    """The regime for it."""


class RegimeSettings(Model):
    """Which law a visitor is met by. Without this table everybody is asked first, wherever they are (R35)."""

    use: tuple[Id, ...] = Field(default=(), examples=[["gb", "us-opt-out"]])
    """The regimes that are applied to visitors from where they hold: `gb`, `ch`, `us-opt-out`, `ca-qc`, `br`, `in`. All
    others are asked first (`opt-in`)."""
    default: Id = "opt-in"
    """The regime of visitors from nowhere known, and from places of which the built-in list says nothing."""
    place: Literal["none", "cloudflare", "cloudfront", "fastly", "app-engine", "vercel", "headers"] = "none"
    """Whose request fields tell the visitor's place. Name it only if every request passes it: anybody can send such
    fields. `headers` takes those named here; the driver's argument `place` goes before all of them."""
    country_header: Annotated[str, StringConstraints(pattern=HEADER_PATTERN)] | None = Field(
        default=None, examples=["X-Geo-Country"]
    )
    """With `place = "headers"`: the field that holds the ISO 3166-1 code of the country."""
    region_header: Annotated[str, StringConstraints(pattern=HEADER_PATTERN)] | None = Field(
        default=None, examples=["X-Geo-Region"]
    )
    """With `place = "headers"`: the field that holds the code of the part of it, without the country's."""
    places: tuple[RegimePlace, ...] = ()
    """Places that are met otherwise."""


class Email(Model):
    """How mail that the site sends is tracked (R220)."""

    tracking: Literal["none", "aggregate", "individual"] = Field(examples=["none"])
    """Not at all; counts nobody can be found in; or who opened and clicked what."""
    purpose: Id | None = Field(default=None, examples=["newsletter-tracking"])
    """The purpose that individual tracking asks for."""
    text: Text = Field(examples=["We do not track whether you open our mail."])
    """The same for the visitor, in words."""


class Section(Model):
    """A further section of the policy page, in the owner's words."""

    id: Id = Field(examples=["surveys"])
    """Its anchor on the page."""
    title: Line = Field(examples=["Surveys and contests"])
    """Its heading."""
    text: Text = Field(examples=["Taking part in a survey is up to you. …"])
    """What it says; an empty line begins a new paragraph."""


class Change(Model):
    """One line of the change log."""

    version: Line = Field(examples=["2026-11"])
    """The version that brought it."""
    date: datetime.date = Field(examples=["2026-11-22"])
    """Since when it holds."""
    summary: Text = Field(examples=["We no longer load fonts from elsewhere."])
    """What changed, for the visitor."""


class Policy(Model):
    """Everything the owner declares about one site."""

    version: Line = Field(examples=["2026-11"])
    """Named by every record; change it with the texts."""
    language: Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)] = "en"
    """Language of the texts in this file, a BCP 47 tag."""
    sites: tuple[Host, ...] = Field(min_length=1, examples=[["www.example.com"]])
    """The hosts that are this site; they and their subdomains are first party, nothing else is. Decisions belong to the
    site by its first host: with another one in front everybody is asked again."""
    controller: Controller
    """Who answers for the site (R24)."""
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    """Why anything is kept, read or contacted."""
    services: tuple[Service, ...] = ()
    """Whom the pages contact."""
    cookies: tuple[OwnCookie, ...] = ()
    """What the site itself keeps on the device."""
    recipients: tuple[Recipient, ...] = ()
    """Who else receives personal data: suppliers, affiliates, sponsors (R24)."""
    rights: Rights
    """What visitors can ask for (R24)."""
    retention: Retention
    """How long the proofs of consent and everything else are kept (R24, R189)."""
    mandatory_data: Text = Field(examples=["You need not give us any data to read this site."])
    """Whether the visitor must give data, and what follows if not (R24)."""
    automated_decisions: Text = Field(examples=["We make no decisions about you by machine alone."])
    """Whether decisions are made by machine alone (R24)."""
    dnt_response: Text = (
        "Browsers' Do Not Track field is not acted on: nothing optional is loaded without consent anyway."
    )
    """What the site does about the Do Not Track field (R53)."""
    dnt: Literal["ignore", "deny"] = "ignore"
    """Whether a Do Not Track field counts as a refusal of everything undecided; `dnt_response` then has to say so."""
    account: Literal["none", "latest", "account"] = "none"
    """Whether decisions follow visitors who sign in to their other devices, and which one counts where a device and the
    account differ at the first sign-in there: the latest, or the account's (R27). The account's opt-out always does."""
    regimes: RegimeSettings | None = None
    """Which law visitors are met by (R20)."""
    minors: Minors | None = None
    """What the site says of the young (R25)."""
    email: Email | None = None
    """How mail that the site sends is tracked (R220)."""
    payment: Text | None = Field(default=None, examples=["We take no payments on this site."])
    """What becomes of payment data."""
    security: Text | None = Field(default=None, examples=["All pages are served over TLS."])
    """How data are protected."""
    disclosure: Text | None = Field(default=None, examples=["We neither sell nor rent personal data."])
    """To whom data are disclosed, also when the law asks."""
    sections: tuple[Section, ...] = ()
    """Further sections of the policy page: information collected, social buttons, surveys, comments, …"""
    changes: tuple[Change, ...] = ()
    """The change log, newest first."""

    policy_path: Annotated[str, StringConstraints(pattern=PATH_PATTERN)] | None = Field(
        default=None, examples=["/privacy"]
    )
    """Where the policy page is served besides `<prefix>/policy`."""
    prefix: Annotated[str, StringConstraints(pattern=PREFIX_PATTERN)] = "/_ck"
    """Where our endpoints live; filter lists block names with "consent" or "cookie" in them."""
    cookie_name: Annotated[str, StringConstraints(pattern=COOKIE_NAME_PATTERN)] = "__Host-consent"
    """Name of the cookie that keeps the decision; a browser enforces what the prefix `__Host-` promises (R117)."""
    share_across_subdomains: Host | None = None
    """The domain (`example.com`) all of whose subdomains share one decision. It costs the prefix `__Host-` (the name
    begins with `__Secure-` then): any subdomain reads, replaces and deletes the cookie, though it cannot forge one."""
    mode: Literal["per-visitor", "shared"] = "per-visitor"
    """Whether a page differs by decision, or has the same bytes for all so that shared caches may keep it."""
    unknown: Literal["block", "ask", "allow"] = "block"
    """Third parties that no service covers: never loaded, asked for as a purpose of their own, or loaded at once."""
    undeclared_cookies: Literal["warn", "allow", "block"] = "warn"
    """Cookies of the app that this file does not declare: let pass with a note to the log, let pass, or not set."""
    harden: Literal["strict", "lax"] = "strict"
    """Attributes of the app's cookies: missing `Secure`, `HttpOnly` and `SameSite` are added, or left as they are."""
    csp: Literal["enforce", "report-only", "off"] = "enforce"
    """The Content-Security-Policy made from the decision: what also stops scripts that other scripts insert."""
    csp_widen: bool = True
    """Whether the app's own policy is widened by exactly our own endpoints."""
    csp_reports: bool = True
    """Whether browsers report what the policy stopped to `<prefix>/report`: hosts are counted, visitors are not."""
    banner_position: Literal["corner", "bottom", "centre", "inline"] = "corner"
    """Where the banner stands: in a corner, along the bottom, in the middle, or in the page's flow at its top."""
    friendlier: bool = True
    """Whether a placeholder loads its embed in the form that learns less (`friendlier_url` of its service)."""
    gpc_statement: datetime.date | None = Field(default=None, examples=["2026-11-22"])
    """Since when the site states at `/.well-known/gpc.json` that it honours Global Privacy Control (R42); absent: it
    states nothing there."""
    framed_by: tuple[Host, ...] = Field(default=(), examples=[["partner.example"]])
    """Other hosts whose pages may frame our own: the preferences, and embeds shown through `<prefix>/frame`."""
    referrer_policy: ReferrerPolicy | None = None
    """`Referrer-Policy` of pages that the app sends without one."""
    permissions_policy: Annotated[str, StringConstraints(pattern=FIELD_PATTERN)] | None = Field(
        default=None, examples=["geolocation=(), camera=()"]
    )
    """`Permissions-Policy` of pages that the app sends without one."""
    on_unreadable: Literal["block", "csp", "pass"] = "block"
    """HTML that cannot be read: refused, sent under a strict Content-Security-Policy, or sent as it is."""
    no_transform: Literal["rewrite", "honour"] = "rewrite"
    """Pages that the app sends with `Cache-Control: no-transform`: rewritten all the same, or sent as they are under
    the Content-Security-Policy (R147)."""
    on_store_failure: Literal["refuse", "spool"] = "refuse"
    """A decision whose proof cannot be stored: refused with a sentence, or kept in a file until it can."""
    honour_marks: bool = False
    """Whether `data-consent="exempt"` in a template is believed."""
    compat: tuple[Literal["plain", "cookiebot", "klaro", "iubenda", "complianz", "orejime"], ...] = ()
    """Other products' marks in templates that are understood."""
    lazy_attributes: tuple[Line, ...] = Field(default=(), examples=[["data-src", "data-lazy-src"]])
    """Further attributes that a script of the page turns into URLs: `data-src`, `data-lazy-src`."""
    reprompt_after: int = Field(default=182, ge=182, le=MAX_REPROMPT_DAYS)
    """Days after which a decision is asked for again (R16)."""

    @classmethod
    def load(cls, source: str | os.PathLike[str] | Mapping[str, Any]) -> Policy:
        """The policy in a TOML or JSON file, or in a mapping of the same shape.

        Services named by id come from the built-in catalogue, with the keys given here instead of its own.

        Args:
            source: path of a file, or the mapping.

        Raises:
            PolicyError: with every problem found, each with file, line and key, and how to mend it.
        """
        from consentkit.policy.load import load_policy  # noqa: PLC0415 (it needs these models)

        return load_policy(source)

    @model_validator(mode="after")
    def _values_agree(self) -> Policy:
        _raise(
            (
                *rules.site_rules(self.sites),
                *rules.share_rules(self.share_across_subdomains, self.sites),
                *rules.regime_rules(self.regimes, shared=self.mode == "shared"),
                *rules.minor_rules(self.minors, shared=self.mode == "shared"),
                *rules.dnt_rules(self.dnt, said="dnt_response" in self.model_fields_set),
                *rules.recipient_rules([each.purposes for each in self.recipients], self.purposes),
                *rules.retention_rules(self.retention.records_seconds, self.reprompt_after),
                *rules.reference_rules(
                    purposes=dict(enumerate(self.purposes)),
                    services=dict(enumerate(self.services)),
                    cookies=dict(enumerate(self.cookies)),
                    sections=dict(enumerate(self.sections)),
                    email=self.email,
                    declared={purpose.id for purpose in self.purposes},
                ),
            )
        )
        return self

    @cached_property
    def all_purposes(self) -> tuple[Purpose, ...]:
        """The declared purposes, and the one that `unknown = "ask"` adds."""
        if self.unknown != "ask":
            return self.purposes
        extra = Purpose(
            id=UNKNOWN_PURPOSE, title="Other external content", summary="Content from hosts this site has not listed.",
            text="Pages can hold content of hosts that this site has not listed. Each is named where it would appear.",
        )  # fmt: skip
        return (*self.purposes, extra)

    @cached_property
    def purposes_by_id(self) -> dict[str, Purpose]:
        """The same by id."""
        return {purpose.id: purpose for purpose in self.all_purposes}

    @cached_property
    def services_by_id(self) -> dict[str, Service]:
        """The declared services by id."""
        return {service.id: service for service in self.services}

    @cached_property
    def services_by_purpose(self) -> dict[str, tuple[Service, ...]]:
        """For each purpose its services, in the order of their ids (the order of the cookie's bitmap)."""
        return {
            purpose.id: tuple(sorted((s for s in self.services if purpose.id in s.purposes), key=lambda s: s.id))
            for purpose in self.all_purposes
        }

    @cached_property
    def asked_purposes(self) -> tuple[Purpose, ...]:
        """Those the banner asks for: not exempt, not asked at a form."""
        return tuple(p for p in self.all_purposes if not p.exempt and p.asked == "banner")

    @cached_property
    def purpose_digests(self) -> dict[str, bytes]:
        """For each purpose `DIGEST_BYTES` of what the visitor agreed to: its texts and its services (R17)."""
        out = dict[str, bytes]()
        for purpose in self.all_purposes:
            agreed = [
                purpose.model_dump(mode="json", include={"id", "title", "summary", "text", "legal_basis"}),
                [(s.id, s.name, s.provider, sorted(s.purposes)) for s in self.services_by_purpose[purpose.id]],
            ]
            packed = json.dumps(agreed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            out[purpose.id] = hashlib.sha256(packed.encode()).digest()[:DIGEST_BYTES]
        return out

    @cached_property
    def hash(self) -> str:
        """32 hexadecimal digits of everything declared: the proof names them (R183)."""
        packed = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(packed.encode()).hexdigest()[:32]


def _raise(findings: Iterable[Finding]) -> None:
    if found := tuple(findings):
        raise refusal(*found)
