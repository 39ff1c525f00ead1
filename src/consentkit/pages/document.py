"""One rule: the policy page is one data structure; HTML, Markdown and JSON are only its clothes (R24).

Every item that GDPR art. 13 asks for is a field without a default: a document that lacks one cannot be made.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from consentkit.policy.advice import EEA
from consentkit.policy.models import Policy, Service, Transfer

JSON_VERSION = "1"  # of the structure that `/policy.json` has


@dataclass(frozen=True, slots=True)
class Item:
    """One thing kept on, or read from, the device (R22). `service` is empty for the site's own."""

    name: str
    kind: str
    service: str
    set_by: str
    purposes: tuple[str, ...]
    lifetime: str
    third_party: bool
    exempt: bool
    description: str


@dataclass(frozen=True, slots=True)
class PurposeEntry:
    """One purpose, with its legal basis and why it is exempt, if it is."""

    id: str
    title: str
    summary: str
    text: str
    legal_basis: str
    exemption: str | None
    justification: str | None
    asked: str
    retention: str | None
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecipientEntry:
    """Somebody who receives data: a service that pages contact, or a supplier behind the scenes (`id` empty)."""

    id: str
    name: str
    provider: str
    country: str | None
    purposes: tuple[str, ...]
    hosts: tuple[str, ...]
    description: str | None
    data: str | None
    privacy_url: str | None


@dataclass(frozen=True, slots=True)
class TransferEntry:
    """Data that leaves the EEA, and what protects it there; "" where the owner does not say."""

    recipient: str
    country: str
    safeguard: str


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """Everything the policy page says. JSON-ready with `dump`."""

    version: str
    hash: str
    language: str
    sites: tuple[str, ...]
    controller: dict[str, Any]
    dpo: dict[str, Any] | None
    representative: dict[str, Any] | None
    purposes: tuple[PurposeEntry, ...]
    recipients: tuple[RecipientEntry, ...]
    items: tuple[Item, ...]
    transfers: tuple[TransferEntry, ...]
    retention: str
    records_kept: str
    rights: str
    authority: str
    authority_url: str
    mandatory_data: str
    automated_decisions: str
    dnt_response: str
    minors: dict[str, Any] | None
    email: dict[str, Any] | None
    payment: str | None
    disclosure: str | None
    security: str | None
    sections: tuple[dict[str, Any], ...]
    changes: tuple[dict[str, Any], ...]

    def dump(self) -> dict[str, Any]:
        """The document for JSON."""
        return {"format": JSON_VERSION, **asdict(self)}


def policy_document(policy: Policy, *, cookie_name: str, cookie_text: str) -> PolicyDocument:
    """The policy page's content.

    Args:
        policy: what the owner declares.
        cookie_name: name of the cookie that keeps the visitor's decision.
        cookie_text: what the visitor is told of it.
    """
    controller = policy.controller
    return PolicyDocument(
        version=policy.version,
        hash=policy.hash,
        language=policy.language,
        sites=policy.sites,
        controller=controller.model_dump(mode="json", exclude={"dpo", "representative"}),
        dpo=controller.dpo.model_dump(mode="json") if controller.dpo else None,
        representative=controller.representative.model_dump(mode="json") if controller.representative else None,
        purposes=tuple(
            PurposeEntry(
                id=purpose.id,
                title=purpose.title,
                summary=purpose.summary,
                text=purpose.text,
                legal_basis=purpose.legal_basis,
                exemption=purpose.exemption,
                justification=purpose.justification,
                asked=purpose.asked,
                retention=purpose.retention,
                services=tuple(s.id for s in policy.services_by_purpose[purpose.id]),
            )
            for purpose in policy.all_purposes
        ),
        recipients=_recipients(policy),
        items=(_decision_cookie(policy, cookie_name, cookie_text), *own_items(policy), *_service_items(policy)),
        transfers=tuple(
            transfer
            for name, country, transfers in (
                *((service.name, service.country, service.transfers) for service in policy.services),
                *((recipient.name, recipient.country, recipient.transfers) for recipient in policy.recipients),
            )
            for transfer in _transfers(name, country, transfers)
        ),
        retention=policy.retention.text,
        records_kept=policy.retention.records,
        rights=policy.rights.contact,
        authority=policy.rights.authority,
        authority_url=policy.rights.authority_url,
        mandatory_data=policy.mandatory_data,
        automated_decisions=policy.automated_decisions,
        dnt_response=policy.dnt_response,
        minors=policy.minors.model_dump(mode="json", include={"age", "text"}) if policy.minors else None,
        email=policy.email.model_dump(mode="json") if policy.email else None,
        payment=policy.payment,
        disclosure=policy.disclosure,
        security=policy.security,
        sections=tuple(section.model_dump(mode="json") for section in policy.sections),
        changes=tuple(change.model_dump(mode="json") for change in policy.changes),
    )


def own_items(policy: Policy) -> list[Item]:
    """What the site itself keeps on the device, as declared."""
    exempt = exempt_ids(policy)
    return [
        Item(
            name=cookie.name,
            kind=cookie.type,
            service="",
            set_by=policy.controller.name,
            purposes=(cookie.purpose,),
            lifetime=cookie.lifetime,
            third_party=cookie.third_party,
            exempt=cookie.purpose in exempt,
            description=cookie.description,
        )
        for cookie in policy.cookies
    ]


def exempt_ids(policy: Policy) -> frozenset[str]:
    """The purposes that need no consent."""
    return frozenset(purpose.id for purpose in policy.all_purposes if purpose.exempt)


def service_items(service: Service, exempt: frozenset[str]) -> list[Item]:
    """What one service keeps on the device."""
    return [
        Item(
            name=cookie.name,
            kind=cookie.type,
            service=service.id,
            set_by=service.name,
            purposes=(cookie.purpose,) if cookie.purpose else service.purposes,
            lifetime=cookie.lifetime,
            third_party=cookie.third_party,
            exempt=exempt.issuperset((cookie.purpose,) if cookie.purpose else service.purposes),
            description=cookie.description,
        )
        for cookie in service.cookies
    ]


def _service_items(policy: Policy) -> list[Item]:
    exempt = exempt_ids(policy)
    return [item for service in policy.services for item in service_items(service, exempt)]


def _decision_cookie(policy: Policy, name: str, text: str) -> Item:
    # The visitor's own choice is kept without consent: it is what keeps the other cookies away (R6).
    return Item(name, "cookie", "", policy.controller.name, (), f"{policy.reprompt_after} days", False, True, text)


def _transfers(name: str, country: str | None, declared: tuple[Transfer, ...]) -> tuple[TransferEntry, ...]:
    """A company outside the EEA is a transfer also where its safeguard is missing: "None." would be untrue of it."""
    if declared or not country or country in EEA:
        return tuple(TransferEntry(name, transfer.country, transfer.safeguard) for transfer in declared)
    return (TransferEntry(name, country, ""),)


def _recipients(policy: Policy) -> tuple[RecipientEntry, ...]:
    services = [
        RecipientEntry(
            id=service.id,
            name=service.name,
            provider=service.provider,
            country=service.country,
            purposes=service.purposes,
            hosts=service.hosts,
            description=service.description,
            data=service.data,
            privacy_url=service.privacy_url,
        )
        for service in policy.services
    ]
    suppliers = [
        RecipientEntry("", supplier.name, supplier.name, supplier.country, (), (), supplier.role, None, None)
        for supplier in policy.recipients
    ]
    return (*services, *suppliers)
