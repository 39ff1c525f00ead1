"""Consent at forms: who agreed to what, in which words, and whether that still holds."""

from __future__ import annotations

import hashlib
import time

import pytest

from consentkit.errors import UsageError
from consentkit.policy.models import Policy
from consentkit.records.forms import AsyncFormConsents, FormConsents
from consentkit.records.memory import MemoryStore
from consentkit.records.store import Store
from consentkit.records.threads import AsyncFromSync

TEXT = "Yes, write to me once a month."


def test_undecided_is_denied(store: Store, policy: Policy) -> None:
    """Nobody is written to who never answered."""
    assert FormConsents(store, policy).allows("reader:1", "newsletter") is False


def test_the_newest_answer_wins(store: Store, policy: Policy) -> None:
    """Yes, withdrawn, refused and yes again: each time the newest answer holds."""
    forms = FormConsents(store, policy)
    forms.record("reader:1", "newsletter", True, text=TEXT)
    assert forms.allows("reader:1", "newsletter")
    forms.withdraw("reader:1", "newsletter")
    assert not forms.allows("reader:1", "newsletter")
    forms.record("reader:1", "newsletter", True, text=TEXT)
    forms.record("reader:1", "newsletter", False, text=TEXT)
    assert not forms.allows("reader:1", "newsletter")
    assert 4 == len(store.find("reader:1"))


def test_purposes_and_subjects_are_apart(store: Store, policy: Policy) -> None:
    """An answer is for one purpose of one subject."""
    forms = FormConsents(store, policy)
    forms.record("reader:1", "newsletter", True, text=TEXT)
    forms.record("reader:1", "sponsor", False, text="Share my answers with the sponsor.")
    assert (True, False) == (forms.allows("reader:1", "newsletter"), forms.allows("reader:1", "sponsor"))
    assert not forms.allows("reader:2", "newsletter")


def test_the_record_is_the_proof(store: Store, policy: Policy) -> None:
    """The record holds the words, their hash, the policy, the moment, and names the record before."""
    forms = FormConsents(store, policy)
    first = forms.record("reader:1", "newsletter", True, text=TEXT, now=1_780_000_000.9, language="en-GB")
    second = forms.withdraw("reader:1", "newsletter", now=1_780_000_100)
    assert [first, second] == store.find("reader:1")
    assert (TEXT, hashlib.sha256(TEXT.encode()).hexdigest()) == (first.text, first.text_hash)
    assert ("form", {"newsletter": True}, 1_780_000_000, "en-GB") == (
        first.source, first.choices, first.at, first.language,
    )  # fmt: skip
    assert ("7", policy.hash, "Brightwash Ltd") == (first.policy_version, first.policy_hash, first.controller)
    assert (None, first.record_id) == (first.previous, second.previous)
    assert ({"newsletter": False}, None, "en") == (second.choices, second.text, second.language)
    before = int(time.time())
    assert before <= forms.record("reader:1", "newsletter", True, text=TEXT).at <= time.time()


@pytest.mark.parametrize(
    ("purpose", "sentence"),
    [("analytics", "is asked for by the banner"), ("newsleter", "is not declared")],
)
def test_only_purposes_of_forms(store: Store, policy: Policy, purpose: str, sentence: str) -> None:
    """Another purpose is a mistake of the program, and the sentence says how to declare one and which there are."""
    forms = FormConsents(store, policy)
    for call in (
        lambda: forms.record("reader:1", purpose, True, text=TEXT),
        lambda: forms.withdraw("reader:1", purpose),
        lambda: forms.allows("reader:1", purpose),
    ):
        with pytest.raises(UsageError, match=sentence) as caught:
            call()
        assert 'asked = "form"' in str(caught.value)
        assert "newsletter, sponsor" in str(caught.value)
    assert [] == store.find("reader:1")


@pytest.mark.parametrize(
    ("subject", "granted", "text", "sentence"),
    [
        ("", True, TEXT, "subject is empty"),
        ("reader:1", True, " ", "text is empty"),
        ("reader:1", "on", TEXT, "True or False"),
        ("reader:1", None, TEXT, "True or False"),
    ],
)
def test_nothing_is_guessed(
    store: Store, policy: Policy, subject: str, granted: bool, text: str, sentence: str
) -> None:
    """An answer without a person, without words or without a clear yes or no is refused and not kept."""
    with pytest.raises(UsageError, match=sentence):
        FormConsents(store, policy).record(subject, "newsletter", granted, text=text)
    assert [] == store.find(subject)


def test_awaited_stores_have_their_own_class(policy: Policy) -> None:
    """A store that is awaited is refused at the start and not at the first answer."""
    with pytest.raises(UsageError, match="AsyncFormConsents"):
        FormConsents(AsyncFromSync(MemoryStore()), policy)  # type: ignore[arg-type]


@pytest.mark.anyio
async def test_the_same_on_the_event_loop(store: Store, policy: Policy) -> None:
    """The awaited twin answers alike."""
    forms = AsyncFormConsents(store, policy)
    assert not await forms.allows("reader:1", "newsletter")
    first = await forms.record("reader:1", "newsletter", True, text=TEXT)
    assert await forms.allows("reader:1", "newsletter")
    second = await forms.withdraw("reader:1", "newsletter")
    assert not await forms.allows("reader:1", "newsletter")
    assert [first, second] == store.find("reader:1")
    assert first.record_id == second.previous
    with pytest.raises(UsageError):
        await forms.allows("reader:1", "analytics")
