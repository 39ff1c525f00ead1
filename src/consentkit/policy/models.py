"""What the site's owner declares: one frozen `Policy` (R3, R22, R24).

The names of the fields are the keys of the policy file. Checks of one value stand here beside
it; checks across values stand in `Policy`. Where a rule of law asks for a field, the field is
required and its R-number is named.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=64)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
HttpsUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$", max_length=2_000)]
Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$", max_length=253)]

# A host, with `*.` before it for its subdomains alone, or `*` for any host, and optionally a path prefix
# in which `*` stands for anything: "googletagmanager.com/gtag/js", "*.hs-scripts.com", "*/matomo.js".
HostPattern = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:\*|(?:\*\.)?[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*)(?:/[^\s]*)?$", min_length=2, max_length=500
    ),
]

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_629_800,
           "year": 31_557_600}  # fmt: skip


def seconds(duration: str) -> int:
    """A duration such as `13 months` in seconds; a month counts 30.44 days, a year 365.25.

    Raises:
        ValueError: if it is not a number and a unit.
    """
    number, _, unit = duration.partition(" ")
    if not number.isascii() or not number.isdigit() or unit.removesuffix("s") not in SECONDS:
        message = f"'{duration}' is no duration; write a number and a unit, such as '13 months'"
        raise ValueError(message)
    return int(number) * SECONDS[unit.removesuffix("s")]


def _check_duration(value: str) -> str:
    seconds(value)
    return value


def _check_lifetime(value: str) -> str:
    return value if value == "session" else _check_duration(value)


Duration = Annotated[Line, AfterValidator(_check_duration)]
Lifetime = Annotated[Line, AfterValidator(_check_lifetime)]

UNKNOWN_PURPOSE = "unknown"  # the purpose that `unknown = "ask"` adds for third parties nobody declared
MAX_REPROMPT_DAYS = 730  # AEPD: a choice is valid for 24 months at most (R16)
DIGEST_BYTES = 4  # of a purpose, in the consent cookie: a change goes unnoticed once in 4 thousand million


class Model(BaseModel):
    """Frozen; a key that nobody reads is a mistake, not an extension."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)


class Contact(Model):
    """Somebody who can be written to."""

    name: Line
    email: Line
    address: Text | None = None
    phone: Line | None = None


class Controller(Model):
    """Who answers for the site (GDPR art. 13(1)(a), (b); R24)."""

    name: Line
    address: Text
    email: Line
    phone: Line | None = None
    registration: Line | None = None
    dpo: Contact | None = None
    representative: Contact | None = None


class Cookie(Model):
    """Something kept on, or read from, the visitor's device (R2, R22)."""

    name: Line
    """The name, `*` standing for anything: `_ga_*`."""
    type: Literal["cookie", "local_storage", "session_storage", "indexeddb", "pixel", "link_decoration",
                  "script_read", "fingerprint", "request"] = "cookie"  # fmt: skip
    lifetime: Lifetime
    """`session`, or a number and a unit: `30 minutes`, `13 months`, `2 years`."""
    description: Text
    purpose: Id | None = None
    """The purpose, where it is not the service's own first one; required for the site's own cookies."""
    third_party: bool = False
    """Whether somebody else reads it as well (Planet49; R22)."""
    readable: bool = False
    """Whether scripts of the page must read it: it then keeps no `HttpOnly` (R129)."""
    domain: Line | None = None
    """The Domain it is set with, where not the host itself: needed to expire it (R116)."""
    path: Line = "/"

    @property
    def max_age(self) -> int | None:
        """The lifetime in seconds, None for a session."""
        return None if self.lifetime == "session" else seconds(self.lifetime)


class Transfer(Model):
    """Where a recipient takes data outside the EEA, and what protects them there (R24)."""

    country: Country
    safeguard: Line
    """`adequacy decision`, `standard contractual clauses`, … as the visitor will read it."""


class Service(Model):
    """A vendor's product that a page can contact: from the catalogue by id, or declared in full."""

    id: Id
    name: Line
    provider: Line
    """The company."""
    country: Country | None = None
    """ISO 3166-1 alpha-2 of the company's seat."""
    purposes: tuple[Id, ...] = Field(min_length=1)
    """All have to be granted before it is contacted (R31)."""
    hosts: tuple[HostPattern, ...] = ()
    """A host means itself and its subdomains; what follows a `/` is a path prefix."""
    inline: tuple[Line, ...] = ()
    """Text that gives its inline scripts away."""
    cookies: tuple[Cookie, ...] = ()
    description: Text | None = None
    data: Text | None = None
    """What it learns of the visitor."""
    privacy_url: HttpsUrl | None = None
    transfers: tuple[Transfer, ...] = ()
    placeholder: Literal["video", "audio", "map", "post", "share", "image", "form", "comments", "frame"] = "frame"
    """What a placeholder for it looks like (R208)."""
    watch_url: Line | None = None
    """How the page for people is made of an embed's URL: `REGEX -> REPLACEMENT`."""
    hint: Text | None = None
    """A word to the owner: for fonts, that they can be hosted at home (R4)."""
    source: HttpsUrl | None = None
    verified: datetime.date | None = None


class Purpose(Model):
    """Why something is kept, read or contacted."""

    id: Id
    title: Line
    summary: Line
    """One line, for the first layer (R21)."""
    text: Text
    """The whole explanation, for the second layer and the policy page."""
    legal_basis: Literal["consent", "contract", "legal_obligation", "vital_interests", "public_task",
                         "legitimate_interests"] = "consent"  # fmt: skip
    exemption: Literal["transmission", "strictly_necessary", "fr_audience"] | None = None
    """Why no consent is needed (ePrivacy art. 5(3); R3, R26); then `justification` says so in words."""
    justification: Text | None = None
    asked: Literal["banner", "form"] = "banner"
    """Where the visitor is asked: a newsletter or a sponsor's survey asks at its own form."""
    opt_out: tuple[Literal["sale", "share", "targeted_ads", "profiling"], ...] = ()
    """What of it an opt-out signal ends (R43)."""
    retention: Line | None = None

    @property
    def exempt(self) -> bool:
        """Whether it needs no consent."""
        return self.exemption is not None

    @model_validator(mode="after")
    def _exemption_is_justified(self) -> Purpose:
        if self.exemption and not self.justification:
            message = f"purpose '{self.id}' is exempt without saying why; add `justification` in words (R3)"
            raise ValueError(message)
        if self.legal_basis != "consent" and not self.exemption and self.asked == "banner":
            message = (f"purpose '{self.id}' rests on {self.legal_basis} and has no `exemption`; device access needs "
                       "consent or one of the exemptions (R3)")  # fmt: skip
            raise ValueError(message)
        return self


class Rights(Model):
    """What the visitor can ask for, and of whom (R24)."""

    contact: Text
    """How the rights of access, rectification, erasure, restriction, objection and portability are exercised."""
    authority: Line
    authority_url: HttpsUrl


class Retention(Model):
    """How long things are kept (R24, R189)."""

    records: Duration
    """Of the proofs of consent: `5 years`."""
    text: Text

    @property
    def records_seconds(self) -> int:
        """How long a proof is kept, in seconds."""
        return seconds(self.records)


class Minors(Model):
    """What the site says of the young (R25)."""

    age: int = Field(ge=0, le=21)
    text: Text


class Email(Model):
    """How mail that the site sends is tracked (R220)."""

    tracking: Literal["none", "aggregate", "individual"]
    purpose: Id | None = None
    """The purpose that individual tracking asks for."""
    text: Text


class Section(Model):
    """A further section of the policy page, in the owner's words."""

    id: Id
    title: Line
    text: Text


class Change(Model):
    """One line of the change log."""

    version: Line
    date: datetime.date
    summary: Text


class Policy(Model):
    """Everything the owner declares about one site."""

    version: Line
    """Named by every record; change it with the texts."""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$")] = "en"
    """Of the texts in this file."""
    sites: tuple[Host, ...] = Field(min_length=1)
    """The hosts that are this site; they and their subdomains are first party, nothing else is."""
    controller: Controller
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    services: tuple[Service, ...] = ()
    cookies: tuple[Cookie, ...] = ()
    """The site's own."""
    rights: Rights
    retention: Retention
    mandatory_data: Text
    """Whether the visitor must give data, and what follows if not (R24)."""
    automated_decisions: Text
    """Whether decisions are made by machine alone (R24)."""
    dnt_response: Text = (
        "Browsers' Do Not Track field is not acted on: nothing optional is loaded without consent anyway."
    )
    minors: Minors | None = None
    email: Email | None = None
    payment: Text | None = None
    security: Text | None = None
    disclosure: Text | None = None
    sections: tuple[Section, ...] = ()
    changes: tuple[Change, ...] = ()

    policy_path: Annotated[str, StringConstraints(pattern=r"^/[^\s?#]*$")] | None = None
    """Where the policy page is served besides `<prefix>/policy`."""
    prefix: Annotated[str, StringConstraints(pattern=r"^(?:/[A-Za-z0-9._~-]+)+$")] = "/_ck"
    """Where our endpoints live; filter lists block names with "consent" or "cookie" in them."""
    cookie_name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")] = "__Host-consent"
    mode: Literal["per-visitor", "shared"] = "per-visitor"
    unknown: Literal["block", "ask", "allow"] = "block"
    undeclared_cookies: Literal["warn", "allow", "block"] = "warn"
    harden: Literal["strict", "lax"] = "strict"
    csp: Literal["enforce", "report-only", "off"] = "enforce"
    csp_widen: bool = True
    on_unreadable: Literal["block", "csp", "pass"] = "block"
    on_store_failure: Literal["refuse", "spool"] = "refuse"
    honour_marks: bool = True
    """Whether `data-consent="exempt"` in a template is believed."""
    compat: tuple[Literal["plain", "cookiebot", "klaro", "iubenda", "complianz", "orejime"], ...] = ()
    lazy_attributes: tuple[Line, ...] = ()
    """Further attributes that a script of the page turns into URLs: `data-src`, `data-lazy-src`."""
    reprompt_after: int = Field(default=182, ge=182, le=MAX_REPROMPT_DAYS)
    """Days after which a decision is asked for again (R16)."""

    @model_validator(mode="after")
    def _references_hold(self) -> Policy:
        seen = set[str]()
        for purpose in self.purposes:
            if purpose.id in seen or purpose.id == UNKNOWN_PURPOSE:
                message = f"purpose id '{purpose.id}' is used twice or reserved; give each purpose its own id"
                raise ValueError(message)
            seen.add(purpose.id)
        services = set[str]()
        for service in self.services:
            if service.id in services or service.id in seen:
                message = f"service id '{service.id}' is used twice or is a purpose's; give each service its own id"
                raise ValueError(message)
            services.add(service.id)
            for wanted in (*service.purposes, *(c.purpose for c in service.cookies if c.purpose)):
                if wanted not in seen:
                    message = (f"service '{service.id}' serves purpose '{wanted}', which is not declared; declare it under "
                               "[[purposes]] or give the service other `purposes`")  # fmt: skip
                    raise ValueError(message)
        for cookie in self.cookies:
            if cookie.purpose not in seen:
                message = (f"cookie '{cookie.name}' needs a `purpose` out of {', '.join(sorted(seen))}; "
                           f"it has {cookie.purpose!r}")  # fmt: skip
                raise ValueError(message)
        if self.email and self.email.purpose and self.email.purpose not in seen:
            message = f"`email.purpose` names '{self.email.purpose}', which is not declared under [[purposes]]"
            raise ValueError(message)
        return self

    @cached_property
    def all_purposes(self) -> tuple[Purpose, ...]:
        """The declared purposes, and the one that `unknown = "ask"` adds."""
        if self.unknown != "ask":
            return self.purposes
        extra = Purpose(
            id=UNKNOWN_PURPOSE, title="Other external content", summary="Content from hosts this site has not listed.",
            text="Pages can hold content from hosts that this site has not listed. Each is named where it would appear.",
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
                [(s.id, s.name, s.provider, s.purposes) for s in self.services_by_purpose[purpose.id]],
            ]
            packed = json.dumps(agreed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            out[purpose.id] = hashlib.sha256(packed.encode()).digest()[:DIGEST_BYTES]
        return out

    @cached_property
    def hash(self) -> str:
        """32 hexadecimal digits of everything declared: the proof names them (R183)."""
        packed = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(packed.encode()).hexdigest()[:32]
