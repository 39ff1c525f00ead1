"""What a site says of itself beside its services: who it is, why, for how long, of whom, and by which law (R24).

The tables of the policy file but for the services and cookies.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from consentkit.policy import rules
from consentkit.policy.base import Model, agree
from consentkit.policy.regimes import PLACE_PATTERN
from consentkit.policy.values import (
    HEADER_PATTERN,
    ConsentType,
    Duration,
    EmailAddress,
    Id,
    Line,
    Text,
    WebUrl,
    seconds,
)


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
        agree(rules.purpose_rules(self))
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
