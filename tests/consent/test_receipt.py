"""Receipts, and records in the words of standards."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from consentkit.consent.fields import ISO_SCHEMA, KANTARA_VERSION, iso27560, kantara, moment, state
from consentkit.consent.receipt import dump_receipt, parse_receipt
from consentkit.consent.record import Record
from consentkit.errors import UsageError
from consentkit.policy.models import Policy

NEW, OLD = b"n" * 32, "o" * 32
RECORD = Record(
    record_id="6f9619ff-8b86-4011-b42d-00c04fc964ff",
    subject="ab" * 16,
    at=1_780_000_000,
    source="banner",
    choices={"media": True, "functional": False},
    services={"media": ("youtube",)},
    policy_version="2026-11",
    policy_hash="0" * 32,
    text_hash="1" * 64,
    language="en",
    controller="Brightwash Größe Ltd",
    signals=("gpc",),
)
POLICY = Policy.load(
    {
        "version": "2026-11",
        "sites": ["www.brightwash.example"],
        "policy_path": "/privacy",
        "services": ["youtube"],
        "mandatory_data": "None.",
        "automated_decisions": "None.",
        "purposes": ["media", "functional"],
        "controller": {"name": "Brightwash Ltd", "address": "1 Glass Lane", "email": "privacy@brightwash.example"},
        "rights": {"contact": "Write.", "authority": "Data Office", "authority_url": "https://authority.example/"},
        "retention": {"records": "5 years", "text": "Ten years."},
    }
)


def test_a_receipt_verifies_without_a_store() -> None:
    """The document alone and the secret show that the receipt is the site's, also after reformatting."""
    text = dump_receipt(RECORD, NEW, policy=POLICY)
    receipt = parse_receipt(text, NEW)
    assert RECORD.record_id == receipt["record_header"]["record_id"]
    assert receipt == parse_receipt(json.dumps(json.loads(text)), [NEW])


def test_secrets_rotate() -> None:
    """What an older secret signed stays good; another secret does not fit."""
    text = dump_receipt(RECORD, OLD)
    assert parse_receipt(text, [NEW, OLD])
    with pytest.raises(UsageError, match="does not fit"):
        parse_receipt(text, [NEW])
    assert parse_receipt(dump_receipt(RECORD, [NEW, OLD]), NEW)


def test_any_change_is_noticed() -> None:
    """A receipt in which one choice was turned does not verify."""
    text = dump_receipt(RECORD, NEW)
    changed = text.replace('"functional": false', '"functional": true')
    assert text != changed
    with pytest.raises(UsageError, match="does not fit"):
        parse_receipt(changed, NEW)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "{}", '{"receipt": {}}', '{"receipt": {}, "signature": 7}', b"\xff", "[" * 100_000]
)
def test_what_is_no_receipt(text: str | bytes) -> None:
    """Anything else is refused in words."""
    with pytest.raises(UsageError, match="no receipt"):
        parse_receipt(text, NEW)


@pytest.mark.parametrize("signed", ["[]", "7", "null"])
def test_what_is_signed_has_to_be_a_receipt(signed: str) -> None:
    """A signature that does not fit what stands beside it never passes."""
    with pytest.raises(UsageError):
        parse_receipt(f'{{"receipt": {signed}, "signature": "x"}}', NEW)


@pytest.mark.parametrize("secrets", [[], b"short", ["", NEW]])
def test_no_receipt_without_a_secret(secrets: list[str | bytes] | bytes) -> None:
    """A secret that is missing or short signs nothing."""
    with pytest.raises(UsageError, match="secret"):
        dump_receipt(RECORD, secrets)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (None, True, "ConsentGiven"),
        (None, False, "ConsentRefused"),
        (True, True, "RenewedConsentGiven"),
        (True, False, "ConsentWithdrawn"),
        (False, True, "ConsentGiven"),
        (False, False, "ConsentRefused"),
    ],
)
def test_states(before: bool | None, now: bool, expected: str) -> None:
    """DPV's state follows from the record and the one before."""
    earlier = None if before is None else replace(RECORD, choices={"media": before}, services={})
    assert expected == state(replace(RECORD, choices={"media": now}, services={}), earlier, "media")


def test_an_old_grant_has_expired() -> None:
    """A grant that is too old is an expired one; a refusal stays a refusal."""
    assert "ConsentExpired" == state(RECORD, None, "media", expired=True)
    assert "ConsentRefused" == state(RECORD, None, "functional", expired=True)


def test_iso_27560() -> None:
    """Header, processing, parties and events carry the technical specification's names, and what the policy knows."""
    out = iso27560(RECORD, None, POLICY)
    assert {"record_header", "processing", "parties", "events", "consentkit"} == set(out)
    assert (ISO_SCHEMA, RECORD.record_id, RECORD.subject) == tuple(
        out["record_header"][key] for key in ("schema_version", "record_id", "pii_principal_id")
    )
    media = out["processing"]["purposes"][0]
    assert ("media", "consent", "banner") == (media["purpose_id"], media["lawful_basis"], media["collection_method"])
    assert any("Google" in name for name in media["recipient_third_parties"])
    assert "https://www.brightwash.example/privacy" == out["processing"]["withdrawal_method"]
    assert ["controller", "recipient", "authority"] == [party["party_role"] for party in out["parties"]]
    assert [("ConsentGiven", "P182D"), ("ConsentRefused", "P182D")] == [
        (event["event_state"], event["validity_duration"]) for event in out["events"]
    ]
    assert {"media": True, "functional": False} == out["consentkit"]["choices"]


def test_nothing_is_made_up() -> None:
    """Without the policy of that day only what the record holds is told."""
    out = iso27560(RECORD)
    assert [{"party_name": "Brightwash Größe Ltd", "party_role": "controller"}] == out["parties"]
    assert {"purpose": "media", "collection_method": "banner"} == out["processing"]["purposes"][0]
    assert "privacy_rights" not in out["processing"]


def test_kantara() -> None:
    """A receipt of Kantara 1.1 holds its fields and the purposes that were granted."""
    out = kantara(RECORD, POLICY)
    assert (KANTARA_VERSION, RECORD.at, RECORD.record_id) == (
        out["version"], out["consentTimestamp"], out["consentReceiptID"],
    )  # fmt: skip
    (purpose,) = out["services"][0]["purposes"]
    assert (["media"], True, "YouTube") == (
        purpose["purposeCategory"], purpose["thirdPartyDisclosure"], purpose["thirdPartyName"],
    )  # fmt: skip
    assert "youtube" == kantara(RECORD)["services"][0]["purposes"][0]["thirdPartyName"]
    assert "" == kantara(RECORD)["policyUrl"]


def test_moments() -> None:
    """Times are ISO 8601 in UTC."""
    assert "1970-01-01T00:00:00+00:00" == moment(0)
