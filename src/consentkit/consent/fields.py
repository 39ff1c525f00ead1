"""A record in the words of others: ISO/IEC TS 27560 (R181, R182), Kantara 1.1 (R184), the states of DPV (R185).

What only the policy of that day knows, such as legal bases and recipients, is there if that policy is given; nothing
is made up. Names that no standard has stand under ``consentkit`` (R183).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, Literal

from consentkit.consent.forms import PENDING
from consentkit.consent.record import Record
from consentkit.policy.models import Policy, Purpose
from consentkit.policy.regimes import by_place

ISO_SCHEMA = "ISO/IEC TS 27560:2023"
KANTARA_VERSION = "KI-CR-v1.1.0"

DAY = 86_400  # seconds

State = Literal[
    "ConsentGiven", "RenewedConsentGiven", "ConsentRefused", "ConsentWithdrawn", "ConsentExpired", "ConsentRequested",
]  # fmt: skip


def state(record: Record, before: Record | None, purpose: str, *, expired: bool = False) -> State:
    """What a record means for a purpose, as `hasConsentStatus` of DPV 2.3 says it.

    Args:
        record: names the purpose in its choices.
        before: the subject's record before, if there was one.
        purpose: id of the purpose.
        expired: whether the consent is too old to rely on.

    Raises:
        KeyError: if the record does not name the purpose.
    """
    if PENDING in record.signals:
        return "ConsentRequested"
    earlier = before is not None and before.grants(purpose)
    if not (record.choices[purpose] or record.grants(purpose)):
        return "ConsentWithdrawn" if earlier else "ConsentRefused"
    if expired:
        return "ConsentExpired"
    return "RenewedConsentGiven" if earlier else "ConsentGiven"


def iso27560(record: Record, before: Record | None = None, policy: Policy | None = None) -> dict[str, Any]:
    """The record with the field names of ISO/IEC TS 27560: header, processing, parties, events.

    Args:
        record: the record.
        before: the subject's record before, if there was one.
        policy: the one that was in force (`Policy.hash` is `Record.policy_hash`), if it is known.
    """
    return {
        "record_header": {
            "schema_version": ISO_SCHEMA,
            "record_id": record.record_id,
            "pii_principal_id": record.subject,
        },
        "processing": {
            "privacy_notice": {"hash": record.text_hash, "policy_version": record.policy_version},
            "language": record.language,
            "purposes": [_purpose(record, purpose, policy) for purpose in record.choices],
            **({"jurisdiction": found} if (found := jurisdiction(record.regime)) else {}),
            **(_rights(policy) if policy else {}),
        },
        "parties": list(_parties(record, policy)),
        "events": [
            {
                "event_time": record.time.isoformat(),
                "event_type": "explicit" if record.source != "gpc" else "signal",
                "event_state": state(record, before, purpose),
                "purpose": purpose,
                "entity_id": record.subject,
                **({"validity_duration": f"P{policy.reprompt_after}D"} if policy else {}),
            }
            for purpose in record.choices
        ],
        "consentkit": _extras(record),
    }


def _extras(record: Record) -> dict[str, Any]:
    return {
        "schema_version": record.schema_version,
        "choices": dict(record.choices),
        "services": {purpose: list(ids) for purpose, ids in record.services.items()},
        "source": record.source,
        "policy_hash": record.policy_hash,
        "text_hash": record.text_hash,
        "regime": record.regime,
        "signals": list(record.signals),
        "previous": record.previous,
        "text": record.text,
    }


def _declared(policy: Policy | None, purpose: str) -> Purpose | None:
    return policy.purposes_by_id.get(purpose) if policy else None


def _purpose(record: Record, purpose: str, policy: Policy | None) -> dict[str, Any]:
    declared = _declared(policy, purpose)
    out: dict[str, Any] = {"purpose": purpose, "collection_method": record.source}
    if policy is None or declared is None:
        return out
    services = [service for service in policy.services if purpose in service.purposes]
    return {
        **out,
        "purpose": declared.title,
        "purpose_id": purpose,
        "purpose_description": declared.text,
        "lawful_basis": declared.legal_basis,
        "pii_information": [{"service": service.name, "data": service.data} for service in services if service.data],
        "pii_controllers": [policy.controller.name],
        "retention_period": declared.retention or policy.retention.text,
        "recipient_third_parties": list(dict.fromkeys(service.provider for service in services)),
        "processing_locations": sorted({service.country for service in services if service.country}),
    }


def _rights(policy: Policy) -> dict[str, Any]:
    site = f"https://{policy.sites[0]}"
    return {
        "privacy_rights": policy.rights.contact,
        "withdrawal_method": f"{site}{policy.policy_path or '/'}",
    }


def _parties(record: Record, policy: Policy | None) -> Iterable[dict[str, Any]]:
    controller: dict[str, Any] = {"party_name": record.controller, "party_role": "controller"}
    if policy is None:
        yield controller
        return
    yield {
        **controller,
        "party_contact": {"email": policy.controller.email, "address": policy.controller.address},
    }
    asked = (service for service in policy.services if not record.choices.keys().isdisjoint(service.purposes))
    for provider in dict.fromkeys(service.provider for service in asked):  # one that has several services is one party
        yield {"party_name": provider, "party_role": "recipient"}
    yield {
        "party_name": policy.rights.authority,
        "party_role": "authority",
        "party_type": "public",
        "party_contact": {"url": policy.rights.authority_url},
    }


def kantara(record: Record, policy: Policy | None = None) -> dict[str, Any]:
    """What was granted, as a receipt of the Kantara Initiative, version 1.1.

    Args:
        record: the record.
        policy: the one that was in force, if it is known.
    """
    controller: dict[str, Any] = {"piiController": record.controller, "onBehalf": False}
    if policy:
        controller |= {
            "contact": policy.controller.name,
            "address": {"streetAddress": policy.controller.address},
            "email": policy.controller.email,
            "phone": policy.controller.phone or "",
        }
    return {
        "version": KANTARA_VERSION,
        "jurisdiction": jurisdiction(record.regime),
        "consentTimestamp": record.at,
        "collectionMethod": record.source,
        "consentReceiptID": record.record_id,
        "publicKey": "",
        "language": record.language,
        "piiPrincipalId": record.subject,
        "piiControllers": [controller],
        "policyUrl": f"https://{policy.sites[0]}{policy.policy_path or '/'}" if policy else "",
        "services": [
            {
                "service": record.controller,
                "purposes": [_kantara_purpose(record, p, policy) for p, granted in record.choices.items() if granted],
            }
        ],
        "sensitive": False,
        "spiCat": [],
    }


def _kantara_purpose(record: Record, purpose: str, policy: Policy | None) -> dict[str, Any]:
    declared = _declared(policy, purpose)
    granted = record.services.get(purpose, ())
    names = [s.name for s in policy.services if s.id in granted] if policy else list(granted)
    return {
        "purpose": declared.text if declared else purpose,
        "purposeCategory": [purpose],
        "consentType": "EXPLICIT",
        "piiCategory": [],
        "primaryPurpose": False,
        "termination": (declared.retention if declared else None) or (policy.retention.text if policy else ""),
        "thirdPartyDisclosure": bool(names),
        "thirdPartyName": ", ".join(names),
    }


def jurisdiction(regime: str) -> str:
    """The place whose law a regime is, as an ISO 3166 code; "" for the strictest one, which is met with in many."""
    places = [code for code, place in by_place().items() if place.regime == regime]
    if len(places) == 1:
        return places[0]
    countries = {code.partition("-")[0] for code in places}
    return countries.pop() if len(countries) == 1 else ""


def moment(at: int) -> str:
    """POSIX seconds as ISO 8601 in UTC."""
    return datetime.datetime.fromtimestamp(at, datetime.UTC).isoformat()
