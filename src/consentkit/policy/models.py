"""What the site's owner declares: one frozen `Policy` (R3, R22, R24).

The names of the fields are the keys of the policy file, their docstrings its reference. Its tables stand in `services`
and `tables`, what a single value may be in `values`, what must hold between values in `rules`. Where a rule of law asks
for a field, the field is required and its R-number is named.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from consentkit.policy import rules
from consentkit.policy.base import Model, agree
from consentkit.policy.services import Cookie, OwnCookie, Recipient, Service, Transfer
from consentkit.policy.tables import (
    Change,
    Contact,
    Controller,
    Email,
    Minors,
    Purpose,
    RegimePlace,
    RegimeSettings,
    Retention,
    Rights,
    Section,
)
from consentkit.policy.values import (
    COOKIE_NAME_PATTERN,
    FIELD_PATTERN,
    LANGUAGE_PATTERN,
    PATH_PATTERN,
    PREFIX_PATTERN,
    ConsentApi,
    ConsentType,
    Host,
    Line,
    ReferrerPolicy,
    Text,
    seconds,
)

__all__ = [
    "DIGEST_BYTES",
    "MAX_REPROMPT_DAYS",
    "UNKNOWN_PURPOSE",
    "Change",
    "ConsentApi",
    "ConsentType",
    "Contact",
    "Controller",
    "Cookie",
    "Email",
    "Minors",
    "Model",
    "OwnCookie",
    "Policy",
    "Purpose",
    "Recipient",
    "RegimePlace",
    "RegimeSettings",
    "Retention",
    "Rights",
    "Section",
    "Service",
    "Transfer",
    "seconds",
]  # fmt: skip

UNKNOWN_PURPOSE = rules.UNKNOWN_PURPOSE  # the purpose that `unknown = "ask"` adds for third parties nobody declared
MAX_REPROMPT_DAYS = 730  # AEPD: a choice is valid for 24 months at most (R16)
DIGEST_BYTES = 4  # of a purpose, in the consent cookie: a change goes unnoticed once in 4 thousand million


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
        agree(
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
