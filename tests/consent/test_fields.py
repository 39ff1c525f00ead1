"""Records in the words of standards: what is said of places and of those who receive data."""

from __future__ import annotations

import pytest

from consentkit.consent.fields import iso27560, jurisdiction, kantara
from consentkit.consent.record import Record
from tests.policies import make_policy, purpose, service

RECORD = Record(
    record_id="00000000-0000-4000-8000-000000000001",
    subject="ab" * 16,
    at=1_780_000_000,
    source="banner",
    choices={"media": True},
    services={"media": ("films", "songs")},
    policy_version="1",
    policy_hash="0" * 32,
    text_hash="1" * 64,
    language="en",
    controller="Brightwash Ltd",
)


@pytest.mark.parametrize(
    ("regime", "place"),
    [("gb", "GB"), ("ch", "CH"), ("us-opt-out", "US"), ("ca-qc", "CA-QC"), ("br", "BR"), ("in", "IN"), ("opt-in", "")],
)
def test_a_jurisdiction_is_a_place(regime: str, place: str) -> None:
    """The regime of one country names it; the one that half the world is met with names none."""
    assert place == jurisdiction(regime)


def test_no_jurisdiction_is_made_up() -> None:
    """ISO's field is left out where the place is not known; Kantara's, which has to be there, is empty."""
    assert "jurisdiction" not in iso27560(RECORD)["processing"]
    assert "" == kantara(RECORD)["jurisdiction"]


def test_who_receives_is_named_once() -> None:
    """A provider of several services is one party, and each service's name is told to Kantara's reader."""
    services = [{**service(name, "media"), "provider": "Moving Things Ltd"} for name in ("films", "songs")]
    policy = make_policy(purposes=[purpose("media")], services=services)
    record = iso27560(RECORD, policy=policy)
    assert ["controller", "recipient", "authority"] == [party["party_role"] for party in record["parties"]]
    assert ["Moving Things Ltd"] == record["processing"]["purposes"][0]["recipient_third_parties"]
    [told] = kantara(RECORD, policy)["services"][0]["purposes"]
    assert told["thirdPartyDisclosure"]
