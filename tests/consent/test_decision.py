"""One decision: the new state and its proof, made together."""

from __future__ import annotations

import uuid

import pytest

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.decision import ENTROPY_BYTES, Decided, decide
from consentkit.consent.state import Consent, deny_all, grant, grant_all
from tests.policies import make_policy

POLICY = make_policy()
ENTROPY = bytes(range(ENTROPY_BYTES))


def made(before: Consent, *names: str, now: float = 5.7, entropy: bytes = ENTROPY) -> Decided:
    """A decision to grant exactly these."""
    return decide(before, grant(POLICY, names), now=now, entropy=entropy, source="banner", text_hash="t", language="en")


def test_state_and_proof_agree() -> None:
    """The record says what the state allows, who decided, when, and under which policy."""
    decided = made(Consent(POLICY, gpc=True), "ads", "counter")
    consent, record = decided.consent, decided.record
    assert {"ads": True, "numbers": False} == record.choices
    assert {"ads": ("adverts", "tags"), "numbers": ("counter",)} == record.services
    assert (5, 5) == (consent.decided_at, record.at)
    assert (consent.subject, consent.record_id) == (record.subject, record.record_id)
    assert (POLICY.version, POLICY.hash, "Shop", ("gpc",)) == (
        record.policy_version, record.policy_hash, record.controller, record.signals,
    )  # fmt: skip
    assert consent.gpc


def test_the_record_is_named_by_a_random_uuid() -> None:
    """Record and subject come from the entropy, 122 and 128 bits of it."""
    record = made(Consent(POLICY)).record
    assert 4 == uuid.UUID(record.record_id).version
    assert ENTROPY[16:32].hex() == record.subject
    assert record.previous is None


def test_the_next_record_names_the_one_before() -> None:
    """A later decision keeps the subject and names the record before it (R186)."""
    first = made(Consent(POLICY))
    second = made(first.consent, "ads", entropy=bytes(ENTROPY_BYTES))
    assert first.record.subject == second.record.subject
    assert first.record.record_id == second.record.previous
    assert first.record.record_id != second.record.record_id


def test_a_decision_about_one_thing_renews_no_other() -> None:
    """What was granted before counts from then on, through every later decision about something else (R16, R126)."""
    first = made(Consent(POLICY), "ads", now=100).consent
    assert (100, None, 100) == (first.decided_at, first.since, first.counts_from)
    only = {"numbers": grant(POLICY, ["numbers"])["numbers"]}
    for now in (200, 300):
        first = decide(
            first, only, now=now, entropy=ENTROPY, source="placeholder", text_hash="t", language="en"
        ).consent
        assert (now, 100) == (first.decided_at, first.counts_from)
    assert (400, None) == ((whole := made(first, "ads", now=400).consent).decided_at, whole.since)


def test_refusals_are_not_kept_waiting() -> None:
    """Where nothing was granted before, a grant counts from its own time on."""
    refused = made(Consent(POLICY), now=100).consent
    only = {"numbers": grant(POLICY, ["numbers"])["numbers"]}
    consent = decide(
        refused, only, now=200, entropy=ENTROPY, source="placeholder", text_hash="t", language="en"
    ).consent
    assert 200 == consent.counts_from


def test_what_is_not_named_keeps_its_choice() -> None:
    """A decision about one purpose leaves the others as they were."""
    before = Consent(POLICY, grant_all(POLICY))
    only = {"ads": deny_all(POLICY)["ads"]}
    decided = decide(before, only, now=1, entropy=ENTROPY, source="preferences", text_hash="t", language="en")
    assert decided.consent.allows("numbers")
    assert not decided.consent.allows("ads")
    assert {"ads": False, "numbers": True} == decided.record.choices


def test_too_little_entropy_is_refused() -> None:
    """Names that could be guessed are never made."""
    with pytest.raises(ValueError, match="64 random bytes"):
        made(Consent(POLICY), entropy=bytes(16))


def test_the_new_state_fits_the_cookie() -> None:
    """What a decision makes is what the cookie gives back."""
    codec = ConsentCookie(POLICY, ["a secret of 24 characters"])
    consent = made(Consent(POLICY), "tags").consent
    assert consent == codec.parse(codec.dump(consent).partition(";")[0], now=6)
